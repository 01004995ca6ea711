import type { Triple } from '../volume/volume.ts';

/** Indices of a label map's voxels above 0, ascending. */
export function foregroundIndices(labels: Uint8Array): Int32Array {
  let count = 0;
  for (let v = 0; v < labels.length; v++) if (labels[v] > 0) count++;
  const indices = new Int32Array(count);
  let next = 0;
  for (let v = 0; v < labels.length; v++) if (labels[v] > 0) indices[next++] = v;
  return indices;
}

/**
 * How many of the given voxels lie in the central half-cube of the patch at `start`: from a quarter of the patch (rounded
 * down) to as much before its end, along each axis. Goes through the indices of the cube's slices only, since lesions are
 * rare: no copy of the patch, and no table as large as the volume.
 *
 * @param indices ascending voxel indices in a volume of `shape`
 */
export function countInCentralHalf(indices: Int32Array, shape: Triple, start: Triple, patch: Triple): number {
  const firstI = start[0] + Math.floor(patch[0] / 4);
  const firstJ = start[1] + Math.floor(patch[1] / 4);
  const firstK = start[2] + Math.floor(patch[2] / 4);
  const endI = start[0] + patch[0] - Math.floor(patch[0] / 4);
  const endJ = start[1] + patch[1] - Math.floor(patch[1] / 4);
  const endK = start[2] + patch[2] - Math.floor(patch[2] / 4);
  const plane = shape[0] * shape[1];
  let count = 0;
  const last = lowerBound(indices, endK * plane);
  for (let n = lowerBound(indices, firstK * plane); n < last; n++) {
    const inPlane = indices[n] % plane;
    const i = inPlane % shape[0];
    const j = (inPlane - i) / shape[0];
    if (i >= firstI && i < endI && j >= firstJ && j < endJ) count++;
  }
  return count;
}

/** Position of the first index that is not below `value`. */
function lowerBound(indices: Int32Array, value: number): number {
  let low = 0;
  let high = indices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
