import type { Triple } from './volume.ts';

/**
 * Convolves a volume along one axis with a Gaussian cut off at 4 sigma. At the borders the weights that fall inside are
 * normalized to 1, so that a constant image stays constant.
 *
 * @param data one value a voxel, i fastest
 * @param axis 0, 1 or 2 for i, j, k
 * @param sigma standard deviation in voxels, above 0
 */
export function blurAlongAxis(data: Float32Array, shape: Triple, axis: number, sigma: number): Float32Array {
  const length = shape[axis];
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const radius = Math.min(length - 1, Math.ceil(4 * sigma));
  const kernel = new Float64Array(radius + 1);
  for (let tap = 0; tap <= radius; tap++) kernel[tap] = Math.exp((-tap * tap) / (2 * sigma * sigma));

  const result = new Float32Array(data.length);
  const line = new Float64Array(length);
  // Lines along the axis start at every voxel whose index on it is 0.
  const block = stride * length;
  for (let blockStart = 0; blockStart < data.length; blockStart += block) {
    for (let start = blockStart; start < blockStart + stride; start++) {
      for (let n = 0; n < length; n++) line[n] = data[start + n * stride];
      for (let n = 0; n < length; n++) {
        const first = n - radius < 0 ? 0 : n - radius;
        const last = n + radius >= length ? length - 1 : n + radius;
        let sum = 0;
        let weights = 0;
        for (let m = first; m <= last; m++) {
          const weight = kernel[m < n ? n - m : m - n];
          sum += weight * line[m];
          weights += weight;
        }
        result[start + n * stride] = sum / weights;
      }
    }
  }
  return result;
}
