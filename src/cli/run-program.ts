import { type Command, CommanderError } from 'commander';
import { DataError, messageOf, UsageError } from '../errors.ts';
import { Interruption } from './interrupt.ts';

/** Anything that text can be written to, such as `process.stderr`. */
export interface TextOutput {
  write(text: string): unknown;
}

export interface RunOptions {
  /** Where error messages and the help after a wrong call go. */
  readonly error: TextOutput;
  /** Whether unexpected errors show their stack. */
  readonly debug: boolean;
}

/**
 * Runs a command line and turns whatever was thrown into an exit status: 0 success, 1 a fault of the data or the run,
 * 2 wrong usage, 130 interrupted, 75 stopped by SIGTERM or SIGUSR1. A DataError or UsageError is printed as its message alone.
 *
 * @param words the arguments after the program's name
 */
export async function runProgram(program: Command, words: readonly string[], options: RunOptions): Promise<number> {
  settleAll(program, options.error);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return asksForHelpOrVersion(error) ? 0 : 2;
    if (error instanceof Interruption) {
      options.error.write(`rarevox: ${error.message}\n`);
      return error.status;
    }
    if (error instanceof DataError || error instanceof UsageError) {
      options.error.write(`${error.message}\n`);
      return error instanceof UsageError ? 2 : 1;
    }
    options.error.write(`rarevox: unexpected error: ${describeUnexpected(error, options.debug)}\n`);
    return 1;
  }
}

/** Ends the process without a word when the reader of its output goes away, as in `rarevox info FILE | head -1`. */
export function exitQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Gives a command and all below it the same manners; commander hands settings down only to commands it made itself. */
function settleAll(command: Command, error: TextOutput): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeErr: (text) => error.write(text) })
    .showHelpAfterError(`See \`${pathOf(command)} --help\`.`);
  for (const child of command.commands) settleAll(child, error);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function asksForHelpOrVersion(error: CommanderError): boolean {
  return error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
}

function describeUnexpected(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error && error.stack !== undefined) return withCauses(error);
  return `${messageOf(error)} (RAREVOX_DEBUG=1 shows where)`;
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${withCauses(error.cause)}` : own;
}
