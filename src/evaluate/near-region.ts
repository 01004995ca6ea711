import { squaredDistances } from '../volume/distance-transform.ts';
import type { Triple } from '../volume/volume.ts';

/**
 * The voxels of a mask and those whose center lies within so many mm of the center of one of them.
 *
 * @param mask one value a voxel, i fastest; anything but 0 belongs to it
 * @param spacing mm along i, j, k
 * @returns 1 within the region, 0 outside
 */
export function nearRegion(mask: Uint8Array, shape: Triple, spacing: Triple, distance: number): Uint8Array {
  const region = new Uint8Array(mask.length);
  const [width, height] = shape;
  const low = [shape[0], shape[1], shape[2]];
  const high = [-1, -1, -1];
  for (let v = 0; v < mask.length; v++) {
    if (mask[v] === 0) continue;
    const i = v % width;
    const j = Math.floor(v / width) % height;
    const k = Math.floor(v / (width * height));
    low[0] = Math.min(low[0], i);
    high[0] = Math.max(high[0], i);
    low[1] = Math.min(low[1], j);
    high[1] = Math.max(high[1], j);
    low[2] = Math.min(low[2], k);
    high[2] = Math.max(high[2], k);
  }
  if (high[0] < 0) return region;
  // Only the box around the mask, larger by the distance, can hold voxels of the region.
  const start = low.map((first, axis) => Math.max(0, first - Math.ceil(distance / spacing[axis])));
  const extent = high.map(
    (last, axis) => Math.min(shape[axis] - 1, last + Math.ceil(distance / spacing[axis])) - start[axis] + 1,
  );
  const box: Triple = [extent[0], extent[1], extent[2]];
  const within = new Uint8Array(box[0] * box[1] * box[2]);
  const rowOf = (j: number, k: number): number => start[0] + width * (start[1] + j + height * (start[2] + k));
  let v = 0;
  for (let k = 0; k < box[2]; k++) {
    for (let j = 0; j < box[1]; j++) {
      const row = rowOf(j, k);
      for (let i = 0; i < box[0]; i++) within[v++] = mask[row + i];
    }
  }
  const squared = squaredDistances(within, box, spacing);
  v = 0;
  for (let k = 0; k < box[2]; k++) {
    for (let j = 0; j < box[1]; j++) {
      const row = rowOf(j, k);
      for (let i = 0; i < box[0]; i++) region[row + i] = squared[v++] <= distance * distance ? 1 : 0;
    }
  }
  return region;
}
