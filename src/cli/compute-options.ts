import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { devices } from '../engine/engine.ts';
import type { ChildEngine } from '../node/child-engine.ts';
import { type DeviceChoice, openEngine } from '../node/open-engine.ts';
import { parseInteger } from './option-values.ts';
import type { ProgressDisplay } from './progress.ts';

/** Where it computes: the options that `train` and `predict` share. */
export interface ComputeOptions {
  readonly threads: number;
  /** Not given: `cpu`, or what a run to resume was started on. */
  readonly device?: DeviceChoice | undefined;
}

/** @param usualThreads how many where it is not said; all that the machine has without it */
export function addComputeOptions(command: Command, usualThreads?: number): Command {
  const threads = new Option('--threads <n>', 'threads that compute together')
    .argParser(parseInteger(1))
    .default(
      usualThreads ?? availableParallelism(),
      usualThreads === undefined ? 'all that the machine has' : undefined,
    );
  const device = new Option(
    '--device <name>',
    'what computes: cpu, webgpu (a GPU), cuda (experimental), or auto: webgpu where there is a GPU that it runs on, else cpu (default: cpu)',
  ).choices([...devices, 'auto']);
  return command.addOption(threads).addOption(device);
}

/** Runs work with a compute process of its own, which is gone afterwards whatever happened. */
export async function withEngine<T>(
  { threads, device = 'cpu' }: ComputeOptions,
  { signal, display }: { readonly signal: AbortSignal; readonly display: ProgressDisplay },
  work: (engine: ChildEngine) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const engine = await openEngine(threads, device);
  if (device !== 'cpu') display.note(`Device: ${engine.device}`);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
