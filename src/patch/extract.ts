import { type Triple, voxelCount } from '../volume/volume.ts';
import { VIEWS, type View } from './view.ts';

/** What a patch holds where it reaches beyond the volume. */
export type Outside = 'zero' | 'reflect';

/**
 * Copies a patch out of a volume, in one of its views: as `applyView` would turn the patch, without a patch in between.
 *
 * @param source [C, K, J, I]
 * @param shape the volume's extent i, j, k
 * @param start the patch's first voxel in the volume, may be negative; the patch may reach beyond the volume's end
 * @param patch the patch's extent i, j, k
 * @param outside `zero`, or `reflect`: mirrored at the edge voxel, which is not repeated, back and forth as often as
 *   needed; an axis of one voxel is replicated
 * @param out [C, K, J, I] of the patch; wholly overwritten
 * @returns `out`
 * @throws RangeError when an array's length does not match its shape
 */
export function extractPatch<T extends Float32Array | Uint8Array>(
  source: T,
  channels: number,
  shape: Triple,
  start: Triple,
  patch: Triple,
  outside: Outside,
  out: T,
  view: View = VIEWS.identity,
): T {
  const volume = voxelCount(shape);
  if (source.length !== channels * volume || out.length !== channels * voxelCount(patch)) {
    throw new RangeError(
      `extractPatch: ${channels} channels of ${shape.join('x')} and ${patch.join('x')} voxels do not fit arrays of ` +
        `${source.length} and ${out.length}`,
    );
  }
  const [mapI, mapJ, mapK] = view.flips.map((isFlipped, axis) => {
    const indices = sourceIndices(shape[axis], start[axis], patch[axis], outside);
    return isFlipped ? indices.reverse() : indices;
  }) as [Int32Array, Int32Array, Int32Array];
  const lengthI = patch[0];
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < patch[2]; k++) {
      for (let j = 0; j < patch[1]; j++) {
        if (mapK[k] < 0 || mapJ[j] < 0) {
          out.fill(0, to, to + lengthI);
          to += lengthI;
          continue;
        }
        const row = c * volume + shape[0] * (mapJ[j] + shape[1] * mapK[k]);
        for (let i = 0; i < lengthI; i++) {
          const from = mapI[i];
          out[to++] = from < 0 ? 0 : source[row + from];
        }
      }
    }
  }
  return out;
}

/**
 * Marks which voxels of a patch lie in the volume: 1 inside, 0 in the padding. This is the loss's weight for a patch that
 * is larger than its volume.
 *
 * @param out [K, J, I] of the patch; wholly overwritten
 * @returns `out`
 */
export function markInside<T extends Float32Array | Uint8Array>(
  shape: Triple,
  start: Triple,
  patch: Triple,
  out: T,
): T {
  if (out.length !== voxelCount(patch)) {
    throw new RangeError(`markInside: a patch of ${patch.join('x')} voxels does not fit an array of ${out.length}`);
  }
  out.fill(0);
  const first = start.map((s) => Math.max(0, -s));
  const end = start.map((s, axis) => Math.min(patch[axis], shape[axis] - s));
  if (end[0] <= first[0]) return out;
  for (let k = first[2]; k < end[2]; k++) {
    for (let j = first[1]; j < end[1]; j++) {
      const row = patch[0] * (j + patch[1] * k);
      out.fill(1, row + first[0], row + end[0]);
    }
  }
  return out;
}

/** For each voxel of the patch along one axis: the voxel of the volume that it takes its value from, -1 for none. */
function sourceIndices(length: number, start: number, patch: number, outside: Outside): Int32Array {
  const indices = new Int32Array(patch);
  // Mirroring without repeating the edge voxels has the period 2 (length - 1): 0 1 2 … n-1 … 2 1 | 0 1 2 …
  const period = Math.max(1, 2 * (length - 1));
  for (let i = 0; i < patch; i++) {
    const position = start + i;
    if (position >= 0 && position < length) {
      indices[i] = position;
    } else if (outside === 'zero') {
      indices[i] = -1;
    } else {
      const phase = ((position % period) + period) % period;
      indices[i] = Math.min(phase, period - phase, length - 1);
    }
  }
  return indices;
}
