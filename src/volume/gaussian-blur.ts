import type { Triple } from './volume.ts';

/**
 * Convolves a volume along one axis with a Gaussian cut off at 4 sigma. At the borders the weights that fall inside are
 * normalized to 1, so that a constant image stays constant.
 *
 * @param data one value a voxel, i fastest
 * @param axis 0, 1 or 2 for i, j, k
 * @param sigma standard deviation in voxels, above 0
 * @param result another array of the same length, wholly overwritten
 * @returns `result`
 */
export function blurAlongAxis(
  data: Float32Array,
  shape: Triple,
  axis: number,
  sigma: number,
  result: Float32Array = new Float32Array(data.length),
): Float32Array {
  const length = shape[axis];
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const radius = Math.min(length - 1, Math.ceil(4 * sigma));
  const kernel = new Float64Array(radius + 1);
  for (let tap = 0; tap <= radius; tap++) kernel[tap] = Math.exp((-tap * tap) / (2 * sigma * sigma));
  const inverse = inverseWeights(kernel, length);
  if (axis === 0) blurRows(data, length, kernel, inverse, result);
  else blurAcrossRows(data, length, stride, kernel, inverse, result);
  return result;
}

/** For each voxel of a line 1 over the sum of the weights that fall inside. */
function inverseWeights(kernel: Float64Array, length: number): Float64Array {
  const inverse = new Float64Array(length);
  for (let n = 0; n < length; n++) {
    let weights = 0;
    for (let m = Math.max(0, n - kernel.length + 1); m < length && m < n + kernel.length; m++) {
      weights += kernel[m < n ? n - m : m - n];
    }
    inverse[n] = 1 / weights;
  }
  return inverse;
}

/** Along the axis whose voxels follow each other, in a line with zeros on both sides. */
function blurRows(
  data: Float32Array,
  length: number,
  kernel: Float64Array,
  inverse: Float64Array,
  result: Float32Array,
): void {
  const radius = kernel.length - 1;
  const line = new Float64Array(length + 2 * radius);
  for (let start = 0; start < data.length; start += length) {
    for (let n = 0; n < length; n++) line[radius + n] = data[start + n];
    for (let n = 0; n < length; n++) {
      const middle = radius + n;
      let sum = line[middle];
      for (let tap = 1; tap <= radius; tap++) sum += kernel[tap] * (line[middle - tap] + line[middle + tap]);
      result[start + n] = sum * inverse[n];
    }
  }
}

/** Along another axis: the voxels before the next one on the axis are a run of `stride`. */
function blurAcrossRows(
  data: Float32Array,
  length: number,
  stride: number,
  kernel: Float64Array,
  inverse: Float64Array,
  result: Float32Array,
): void {
  const radius = kernel.length - 1;
  const block = stride * length;
  for (let blockStart = 0; blockStart < data.length; blockStart += block) {
    for (let n = 0; n < length; n++) {
      const before = Math.min(radius, n);
      const after = Math.min(radius, length - 1 - n);
      const both = Math.min(before, after);
      const factor = inverse[n];
      const end = blockStart + (n + 1) * stride;
      for (let v = end - stride; v < end; v++) {
        let sum = data[v];
        for (let tap = 1, step = stride; tap <= both; tap++, step += stride) {
          sum += kernel[tap] * (data[v - step] + data[v + step]);
        }
        for (let tap = both + 1; tap <= before; tap++) sum += kernel[tap] * data[v - tap * stride];
        for (let tap = both + 1; tap <= after; tap++) sum += kernel[tap] * data[v + tap * stride];
        result[v] = sum * factor;
      }
    }
  }
}
