import { type Triple, voxelCount } from './volume.ts';

/**
 * Exact squared Euclidean distances to a mask, by lower envelopes of parabolas, one axis after the other, in time linear in
 * the number of voxels (Felzenszwalb and Huttenlocher, Theory of Computing 8:415-428, 2012).
 *
 * Along one axis with voxels h mm apart, D(q) = min over p of h^2 (q - p)^2 + f(p), with f the squared distance within the axes
 * done so far. Each p with a finite f is a parabola; those that are lowest somewhere are kept with the bounds between them.
 * The parabolas of p < q cross at s = ((f(q) / h^2 + q^2) - (f(p) / h^2 + p^2)) / (2 (q - p)).
 *
 * @param mask one value a voxel, i fastest; anything but 0 belongs to it
 * @param spacing mm along i, j, k, above 0
 * @returns mm^2 from each voxel's center to the nearest center of a voxel of the mask: 0 within it, Infinity everywhere when it
 *   is empty
 * @throws RangeError when the mask doesn't fill the shape
 */
export function squaredDistances(mask: Uint8Array, shape: Triple, spacing: Triple): Float64Array {
  if (mask.length !== voxelCount(shape)) {
    throw new RangeError(`squaredDistances: ${mask.length} voxels do not fill a shape of ${shape.join('x')}`);
  }
  const squared = new Float64Array(mask.length);
  for (let v = 0; v < mask.length; v++) squared[v] = mask[v] === 0 ? Number.POSITIVE_INFINITY : 0;
  let stride = 1;
  for (let axis = 0; axis < 3; axis++) {
    lowerAlongAxis(squared, shape[axis], stride, spacing[axis] * spacing[axis]);
    stride *= shape[axis];
  }
  return squared;
}

/** Replaces f by D of `squaredDistances` on every line along one axis. */
function lowerAlongAxis(squared: Float64Array, length: number, stride: number, unit: number): void {
  if (length === 1) return;
  const line = new Float64Array(length);
  // The parabolas of the envelope from left to right: where each has its vertex, and from where on it is the lowest.
  const vertex = new Int32Array(length);
  const from = new Float64Array(length);
  // Lines along the axis start at every voxel whose index on it is 0.
  const block = stride * length;
  for (let blockStart = 0; blockStart < squared.length; blockStart += block) {
    for (let start = blockStart; start < blockStart + stride; start++) {
      let last = -1;
      for (let q = 0, v = start; q < length; q++, v += stride) {
        const value = squared[v];
        line[q] = value;
        if (value === Number.POSITIVE_INFINITY) continue;
        let crossing = Number.NEGATIVE_INFINITY;
        while (last >= 0) {
          const p = vertex[last];
          crossing = (value / unit + q * q - (line[p] / unit + p * p)) / (2 * (q - p));
          if (crossing > from[last]) break;
          last--;
        }
        last++;
        vertex[last] = q;
        from[last] = last === 0 ? Number.NEGATIVE_INFINITY : crossing;
      }
      if (last < 0) continue;
      let lowest = 0;
      for (let q = 0, v = start; q < length; q++, v += stride) {
        while (lowest < last && from[lowest + 1] < q) lowest++;
        const p = vertex[lowest];
        squared[v] = unit * (q - p) * (q - p) + line[p];
      }
    }
  }
}
