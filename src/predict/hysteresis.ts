import { type Connectivity, connectedComponents } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

/**
 * Thresholding with hysteresis (Canny, IEEE PAMI 8:679, 1986): the connected components of probabilities of at least `low`
 * that hold a voxel of at least `high`. Voxels of probability 0 are never marked.
 *
 * @param probabilities one value a voxel
 * @returns 1 where marked, else 0
 */
export function hysteresisThreshold(
  probabilities: Float32Array,
  shape: Triple,
  { low, high, connectivity }: { readonly low: number; readonly high: number; readonly connectivity: Connectivity },
): Uint8Array {
  const marked = new Uint8Array(probabilities.length);
  for (let voxel = 0; voxel < marked.length; voxel++) {
    const p = probabilities[voxel];
    if (p >= low && p > 0) marked[voxel] = 1;
  }
  const { labels, count } = connectedComponents(marked, shape, connectivity);
  const holdsHigh = new Uint8Array(count + 1);
  for (let voxel = 0; voxel < marked.length; voxel++) {
    if (labels[voxel] > 0 && probabilities[voxel] >= high) holdsHigh[labels[voxel]] = 1;
  }
  for (let voxel = 0; voxel < marked.length; voxel++) marked[voxel] = holdsHigh[labels[voxel]];
  return marked;
}
