import { type NetworkOptions, patchFault, totalStride } from './options.ts';

/** Voxels along i, j, k. */
type Patch = readonly [number, number, number];

/**
 * The largest patch of about the same proportions that fits, by bisection; null where none does.
 *
 * @param fits whether a patch fits, such as into the memory; a smaller one always fits where a larger one does
 */
export function largestFittingPatch(
  network: NetworkOptions,
  patch: Patch,
  fits: (patch: Patch) => boolean,
): Patch | null {
  const candidates = smallerPatches(network, patch);
  let fitting: Patch | null = null;
  let from = 0;
  let to = candidates.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const candidate = candidates[middle] as Patch;
    if (fits(candidate)) {
      fitting = candidate;
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return fitting;
}

/** Patches shrunk in proportion to multiples of the total stride, smallest first. */
function smallerPatches(network: NetworkOptions, patch: Patch): Patch[] {
  const stride = totalStride(network);
  const counts = patch.map((size, axis) => size / (stride[axis] as number));
  const largest = Math.max(...counts);
  const patches: Patch[] = [];
  for (let step = 1; step < largest; step++) {
    const side = (axis: 0 | 1 | 2): number =>
      Math.max(1, Math.floor(((counts[axis] as number) * step) / largest)) * stride[axis];
    const smaller: Patch = [side(0), side(1), side(2)];
    if (patchFault(network, smaller) === null) patches.push(smaller);
  }
  return patches;
}
