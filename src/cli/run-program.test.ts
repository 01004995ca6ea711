import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import { withInterrupt } from './interrupt.ts';
import { createProgram } from './program.ts';
import { runProgram } from './run-program.ts';

/** Runs a small program whose only command does `action`. */
async function run(words: readonly string[], action: () => void | Promise<void>, debug = false) {
  const command = new Command('look').argument('[file]').option('--threshold <t>', 'a number').action(action);
  const program = new Command('rarevox').version('1.2.3').addCommand(command);
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  program.configureOutput({ writeOut: () => {} });
  command.configureOutput({ writeOut: () => {} });
  const status = await runProgram(program, words, { error: { write }, debug });
  return { status, written };
}

describe('runProgram', () => {
  it('is 0 after success, help and version', async () => {
    expect(await run(['look'], () => {})).toEqual({ status: 0, written: '' });
    expect((await run(['look', '--help'], () => {})).status).toBe(0);
    expect((await run(['--version'], () => {})).status).toBe(0);
  });

  it('is 1 with the message alone after a fault of the data', async () => {
    const fail = (): never => {
      throw new DataError('a.nii.gz is truncated; copy it again.');
    };
    expect(await run(['look'], fail)).toEqual({ status: 1, written: 'a.nii.gz is truncated; copy it again.\n' });
  });

  it('is 2 with the message alone after wrong usage that a command finds itself', async () => {
    const fail = async (): Promise<void> => {
      throw new UsageError('Give --image or a folder, not both.');
    };
    expect(await run(['look'], fail)).toEqual({ status: 2, written: 'Give --image or a folder, not both.\n' });
  });

  it('is 2 with a suggestion after an unknown option or command', async () => {
    const option = await run(['look', '--treshold', '1'], () => {});
    expect(option.status).toBe(2);
    expect(option.written).toContain("unknown option '--treshold'");
    expect(option.written).toContain('Did you mean --threshold?');
    expect(option.written).toContain('rarevox look --help');
    const command = await run(['loook'], () => {});
    expect(command.status).toBe(2);
    expect(command.written).toContain('Did you mean look?');
  });

  it('is 2 after surplus arguments and where no command is given', async () => {
    expect((await run(['look', 'a', 'b'], () => {})).status).toBe(2);
    const nothing = await run([], () => {});
    expect(nothing.status).toBe(2);
    expect(nothing.written).toContain('Usage: rarevox');
  });

  it('shows the stack of an unexpected error only for debugging', async () => {
    const fail = (): never => {
      throw new TypeError('x is undefined', { cause: new Error('the root') });
    };
    const plain = await run(['look'], fail);
    expect(plain.status).toBe(1);
    expect(plain.written).toBe('rarevox: unexpected error: x is undefined (RAREVOX_DEBUG=1 shows where)\n');
    const debugged = await run(['look'], fail, true);
    expect(debugged.status).toBe(1);
    expect(debugged.written).toContain('run-program.test.ts');
    expect(debugged.written).toContain('Caused by: Error: the root');
  });

  it.each([
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 75, 'stopped by SIGTERM'],
    ['SIGUSR1', 75, 'stopped by SIGUSR1'],
  ] as const)('after %s is %d', async (signal, status, words) => {
    const work = (signalOfWork: AbortSignal): Promise<void> => {
      process.emit(signal);
      // A batch system may send it twice.
      if (signal !== 'SIGINT') process.emit(signal);
      signalOfWork.throwIfAborted();
      return Promise.resolve();
    };
    const result = await run(['look'], () => withInterrupt(work));
    expect(result).toEqual({ status, written: `rarevox: ${words}\n` });
    expect(process.listeners(signal)).toEqual([]);
  });
});

describe('the program', () => {
  it('has a description and an example for every command', () => {
    for (const command of createProgram().commands) {
      expect(command.description(), command.name()).not.toBe('');
      let help = '';
      command.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      command.outputHelp();
      expect(help, command.name()).toContain(`$ rarevox ${command.name()}`);
    }
  });
});
