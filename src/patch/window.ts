export const WINDOW_KINDS = ['spline', 'gaussian', 'uniform'] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

/**
 * Weights of a patch's voxels along one axis, with mean 1; a voxel's weight in the patch is the product over its three
 * axes. Every weight is positive and the window is symmetric.
 *
 * - `spline`: the window of Hashemi et al. 2019 (arXiv:1803.11078), like a quadratic B-spline. With t rising from almost
 *   0 at the edge to almost 1 in the middle, (2t)^2/2 in the outer and 1 - (2(t-1))^2/2 in the inner half. For even
 *   lengths, windows half a patch apart add up to 2 everywhere; odd lengths are no partition of unity.
 * - `gaussian`: standard deviation an eighth of the length, as nnU-Net has it. A voxel is less than four standard
 *   deviations from the middle, so a corner weighs at least exp(-24) = 4e-11 of the middle: nothing that Float32, let
 *   alone Float64, would lose (nnU-Net's half precision does, and is why it replaces zeros there).
 * - `uniform`: all 1.
 *
 * @param length voxels, at least 1
 */
export function windowWeights(kind: WindowKind, length: number): Float64Array {
  const weights = new Float64Array(length);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    weights[i] = rawWeight(kind, i, length);
    sum += weights[i];
  }
  for (let i = 0; i < length; i++) weights[i] *= length / sum;
  return weights;
}

function rawWeight(kind: WindowKind, i: number, length: number): number {
  switch (kind) {
    case 'spline': {
      const fromEdge = Math.min(i, length - 1 - i);
      const t = length % 2 === 0 ? (2 * fromEdge + 1) / length : (2 * (fromEdge + 1)) / (length + 1);
      return t < 0.5 ? (2 * t) ** 2 / 2 : 1 - (2 * (t - 1)) ** 2 / 2;
    }
    case 'gaussian': {
      const deviations = (i - (length - 1) / 2) / (length / 8);
      return Math.exp(-(deviations ** 2) / 2);
    }
    case 'uniform':
      return 1;
    default:
      return kind satisfies never;
  }
}
