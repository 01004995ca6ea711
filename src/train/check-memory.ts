import { estimateMemory } from '../engine/estimate-memory.ts';
import { DataError } from '../errors.ts';
import { largestFittingPatch } from '../network/fitting-patch.ts';
import type { NetworkOptions } from '../network/options.ts';
import type { Triple } from '../volume/volume.ts';
import { gradientProgram, type LossFunction } from './programs.ts';

/** What determines the memory that a training step takes. */
export interface MemoryDemand {
  readonly network: NetworkOptions;
  readonly loss: LossFunction;
  readonly patch: Triple;
  readonly batch: number;
}

/** The estimated peak resident memory of the compute process while it trains, in bytes. */
export function trainingMemory({ network, loss, patch, batch }: MemoryDemand): number {
  return estimateMemory(gradientProgram(network, loss, batch, patch).program);
}

/**
 * What stands against training with so little memory; null when it is enough. The message says what is needed, what there
 * is, and the largest patch of about the same proportions that fits.
 * @param available bytes that the compute process may take
 */
export function checkMemory(demand: MemoryDemand, available: number): DataError | null {
  const needed = trainingMemory(demand);
  if (needed <= available) return null;
  const fitting = largestFittingPatch(
    demand.network,
    demand.patch,
    (patch) => trainingMemory({ ...demand, patch }) <= available,
  );
  const advice =
    fitting === null
      ? 'no smaller patch fits either: take a smaller network or batch, or a machine with more memory.'
      : `the largest patch of these proportions that fits is ${fitting.join('x')}: take that, or a smaller network or batch.`;
  return new DataError(
    `Training with patches of ${demand.patch.join('x')} and a batch of ${demand.batch} needs about ${gigabytes(needed)} ` +
      `of memory, and ${gigabytes(available)} are available; ${advice}`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
