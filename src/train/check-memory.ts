import { estimateMemory } from '../engine/estimate-memory.ts';
import { DataError } from '../errors.ts';
import { type NetworkOptions, patchFault, totalStride } from '../network/options.ts';
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
  const fitting = largestFittingPatch(demand, available);
  const advice =
    fitting === null
      ? 'no smaller patch fits either: take a smaller network or batch, or a machine with more memory.'
      : `the largest patch of these proportions that fits is ${fitting.join('x')}: take that, or a smaller network or batch.`;
  return new DataError(
    `Training with patches of ${demand.patch.join('x')} and a batch of ${demand.batch} needs about ${gigabytes(needed)} ` +
      `of memory, and ${gigabytes(available)} are available; ${advice}`,
  );
}

/** By bisection: a smaller patch never needs more. */
function largestFittingPatch(demand: MemoryDemand, available: number): Triple | null {
  const candidates = smallerPatches(demand.network, demand.patch);
  let fitting: Triple | null = null;
  let from = 0;
  let to = candidates.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const patch = candidates[middle] as Triple;
    if (trainingMemory({ ...demand, patch }) <= available) {
      fitting = patch;
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return fitting;
}

/** Patches shrunk in proportion to multiples of the total stride, smallest first. */
function smallerPatches(network: NetworkOptions, patch: Triple): Triple[] {
  const stride = totalStride(network);
  const counts = patch.map((size, axis) => size / (stride[axis] as number));
  const largest = Math.max(...counts);
  const patches: Triple[] = [];
  for (let step = 1; step < largest; step++) {
    const side = (axis: 0 | 1 | 2): number =>
      Math.max(1, Math.floor(((counts[axis] as number) * step) / largest)) * stride[axis];
    const smaller: Triple = [side(0), side(1), side(2)];
    if (patchFault(network, smaller) === null) patches.push(smaller);
  }
  return patches;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
