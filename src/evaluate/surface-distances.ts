import { quantile } from '../quantile.ts';
import { squaredDistancesBetween } from '../volume/distance-transform.ts';
import type { Triple } from '../volume/volume.ts';

/** Distances between the surfaces of two masks, in mm. */
export interface SurfaceDistances {
  /** Average symmetric surface distance: the mean over both directed sets pooled. */
  readonly assd: number;
  /** Hausdorff distance: the largest of all. */
  readonly hd: number;
  /** The larger of the two directed 95th percentiles. */
  readonly hd95: number;
}

/**
 * Distances between the surfaces of two masks. A surface is the set of the mask's voxels that have a face neighbor outside the mask,
 * where beyond the volume's border is outside; distances go from voxel center to the nearest voxel center of the other surface (Heimann
 * et al., IEEE TMI 2009;28:1251-1265, doi 10.1109/TMI.2009.2013851, for ASSD and HD).
 *
 * HD95 has several definitions. Here it is the larger of the 95th percentiles of the two directed sets, each with linear
 * interpolation between order statistics, as MONAI's `compute_hausdorff_distance(percentile=95)`; MedPy's `hd95` pools the two
 * sets before it takes the percentile and is smaller or equal.
 *
 * @param prediction one value a voxel, i fastest; anything but 0 belongs to it
 * @param reference on the same grid
 * @param spacing mm along i, j, k; the axes are taken to be at right angles
 * @returns null where either mask is empty: there is no distance then
 */
export function surfaceDistances(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Triple,
  spacing: Triple,
): SurfaceDistances | null {
  const predicted = surfaceOf(prediction, shape);
  const present = surfaceOf(reference, shape);
  if (predicted.length === 0 || present.length === 0) return null;
  const forth = distancesBetween(predicted, present, shape, spacing);
  const back = distancesBetween(present, predicted, shape, spacing);
  return {
    assd: (sumOf(forth) + sumOf(back)) / (forth.length + back.length),
    hd: Math.max(forth[forth.length - 1], back[back.length - 1]),
    hd95: Math.max(quantile(forth, 0.95), quantile(back, 0.95)),
  };
}

/** Voxels of a mask that have a face neighbor outside it, by their indices, ascending. */
function surfaceOf(mask: Uint8Array, shape: Triple): Int32Array {
  const [width, height, depth] = shape;
  const plane = width * height;
  const voxels = new Int32Array(mask.length);
  let count = 0;
  let v = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      const isBorderRow = k === 0 || k === depth - 1 || j === 0 || j === height - 1;
      for (let i = 0; i < width; i++, v++) {
        if (mask[v] === 0) continue;
        const isInside =
          !isBorderRow &&
          i > 0 &&
          i < width - 1 &&
          mask[v - 1] !== 0 &&
          mask[v + 1] !== 0 &&
          mask[v - width] !== 0 &&
          mask[v + width] !== 0 &&
          mask[v - plane] !== 0 &&
          mask[v + plane] !== 0;
        if (!isInside) voxels[count++] = v;
      }
    }
  }
  return voxels.slice(0, count);
}

/** From each of the voxels to the nearest one of `target`, in mm, ascending. */
function distancesBetween(voxels: Int32Array, target: Int32Array, shape: Triple, spacing: Triple): Float64Array {
  const distances = squaredDistancesBetween(voxels, target, shape, spacing);
  for (let n = 0; n < distances.length; n++) distances[n] = Math.sqrt(distances[n]);
  return distances.sort();
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n];
  return sum;
}
