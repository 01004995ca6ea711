import type { Triple } from './volume.ts';

/**
 * Convolves a volume along one axis with a Gaussian cut off at 4 sigma. At the borders the weights that fall inside are
 * normalized to 1, so that a constant image stays constant.
 *
 * @param data one value a voxel, i fastest
 * @param axis 0, 1 or 2 for i, j, k
 * @param sigma standard deviation in voxels, above 0
 * @param result an array of the same length, wholly overwritten; may be `data` itself
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
  const width = axis === 0 ? 1 : shape[0];
  // Zeros before the first row and after the last one stand for what lies outside.
  const slab = new Float64Array((length + 2 * radius) * width);
  for (let block = 0; block < data.length; block += stride * length) {
    for (let first = block; first < block + stride; first += width) {
      if (stride === width) slab.set(data.subarray(first, first + length * width), radius * width);
      else copyRows(data, first, stride, width, slab.subarray(radius * width, (radius + length) * width));
      blurSlab(slab, width, kernel, inverse, result, first, stride);
    }
  }
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

/** Copies rows of `width` values, `stride` from one to the next in `data`, so that they follow each other. */
function copyRows(data: Float32Array, first: number, stride: number, width: number, rows: Float64Array): void {
  for (let to = 0, from = first; to < rows.length; to += width, from += stride) {
    rows.set(data.subarray(from, from + width), to);
  }
}

/**
 * Blurs across the rows of a slab. Four rows at a time: what one of them reads the next one reads a tap later, so that a step of
 * the kernel loads two values for four voxels. Each sum is taken in the order of the kernel, whatever the rows.
 *
 * @param slab rows of `width` values, as many of zeros before and after as the kernel reaches
 * @param inverse one a row
 * @param first where the first row goes in `result`
 * @param stride from one row's place to the next one's
 */
function blurSlab(
  slab: Float64Array,
  width: number,
  kernel: Float64Array,
  inverse: Float64Array,
  result: Float32Array,
  first: number,
  stride: number,
): void {
  const radius = kernel.length - 1;
  const length = inverse.length;
  let n = 0;
  for (; n + 3 < length; n += 4) {
    const factor0 = inverse[n];
    const factor1 = inverse[n + 1];
    const factor2 = inverse[n + 2];
    const factor3 = inverse[n + 3];
    const row = (radius + n) * width;
    for (let x = 0; x < width; x++) {
      let before = row + x;
      let after = before + 3 * width;
      let left0 = slab[before];
      let left1 = slab[before + width];
      let left2 = slab[before + 2 * width];
      let left3 = slab[after];
      let right0 = left0;
      let right1 = left1;
      let right2 = left2;
      let right3 = left3;
      let sum0 = left0;
      let sum1 = left1;
      let sum2 = left2;
      let sum3 = left3;
      for (let tap = 1; tap <= radius; tap++) {
        const weight = kernel[tap];
        before -= width;
        after += width;
        left3 = left2;
        left2 = left1;
        left1 = left0;
        left0 = slab[before];
        right0 = right1;
        right1 = right2;
        right2 = right3;
        right3 = slab[after];
        sum0 += weight * (left0 + right0);
        sum1 += weight * (left1 + right1);
        sum2 += weight * (left2 + right2);
        sum3 += weight * (left3 + right3);
      }
      const to = first + n * stride + x;
      result[to] = sum0 * factor0;
      result[to + stride] = sum1 * factor1;
      result[to + 2 * stride] = sum2 * factor2;
      result[to + 3 * stride] = sum3 * factor3;
    }
  }
  for (; n < length; n++) {
    for (let x = 0; x < width; x++) {
      const middle = (radius + n) * width + x;
      let sum = slab[middle];
      for (let tap = 1; tap <= radius; tap++) {
        sum += kernel[tap] * (slab[middle - tap * width] + slab[middle + tap * width]);
      }
      result[first + n * stride + x] = sum * inverse[n];
    }
  }
}
