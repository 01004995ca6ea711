import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { ChildEngine } from '../node/child-engine.ts';
import { parseInteger } from './option-values.ts';

/** Where it computes: the options that `train` and `predict` share. */
export interface ComputeOptions {
  readonly threads: number;
}

export function addComputeOptions(command: Command): Command {
  const threads = new Option('--threads <n>', 'threads that compute together')
    .argParser(parseInteger(1))
    .default(availableParallelism(), 'all that the machine has');
  return command.addOption(threads);
}

/** Runs work with a compute process of its own, which is gone afterwards whatever happened. */
export async function withEngine<T>(
  { threads }: ComputeOptions,
  signal: AbortSignal,
  work: (engine: ChildEngine) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const engine = new ChildEngine({ threads });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
