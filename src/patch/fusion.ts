import { type Triple, voxelCount } from '../volume/volume.ts';
import { type WindowKind, windowWeights } from './window.ts';

/**
 * Soft voting of overlapping patches: each voxel's result is the mean of its patches' values, weighted by where in the patch
 * the voxel lies. The sum is divided by the weight that really came together, so an identity predictor returns its input
 * for every volume, patch, window and tiling, at the borders too.
 *
 * Sums are kept in Float64, 8 (channels + 1) bytes a voxel: with an overlap of 0.95 a voxel adds up 8,000 votes, whose
 * rounding in Float32 could pass 1e-5; some 60 MB for the brain in a 1 mm scan and one channel.
 *
 * If asked for, the weighted variance of a voxel's votes is kept too, in further 8 bytes a voxel and channel. A sum of squares
 * minus a squared mean would cancel where the votes agree; so the sum of squared deviations M grows vote by vote (Chan, Golub
 * and LeVeque, The American Statistician 37:242, 1983: their rule for joining two samples, with weights for counts and one
 * value as the second sample): with S the weighted sum and W the weight of the votes before, a vote x of weight w adds
 * (x - S / W)^2 W w / (W + w). No term is negative, and the means are the same to the bit with and without it.
 */
export class PatchFusion {
  private readonly shape: Triple;
  private readonly channels: number;
  private readonly patch: Triple;
  private readonly windows: readonly [Float64Array, Float64Array, Float64Array];
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;
  private readonly squares: Float64Array | null;

  /**
   * @param shape the volume's extent i, j, k
   * @param patch the patch's extent i, j, k
   * @param options.variance whether `variances` will be asked for
   */
  constructor(
    shape: Triple,
    channels: number,
    patch: Triple,
    window: WindowKind,
    { variance = false }: { readonly variance?: boolean } = {},
  ) {
    this.shape = shape;
    this.channels = channels;
    this.patch = patch;
    this.windows = [windowWeights(window, patch[0]), windowWeights(window, patch[1]), windowWeights(window, patch[2])];
    this.sums = new Float64Array(channels * voxelCount(shape));
    this.weights = new Float64Array(voxelCount(shape));
    this.squares = variance ? new Float64Array(channels * voxelCount(shape)) : null;
  }

  /**
   * Adds one prediction of a patch, a vote for each of its voxels; whatever lies outside the volume is ignored.
   *
   * @param values [C, K, J, I] of the patch, in the volume's own orientation (a view undone)
   * @param start the patch's first voxel in the volume
   * @throws RangeError when `values` has another length
   */
  add(values: Float32Array, start: Triple): void {
    const { shape, patch, sums, weights, squares } = this;
    const patchVoxels = voxelCount(patch);
    if (values.length !== this.channels * patchVoxels) {
      throw new RangeError(
        `PatchFusion: a patch of ${this.channels} channels of ${patch.join('x')} voxels, not ${values.length} values`,
      );
    }
    const voxels = voxelCount(shape);
    const [windowI, windowJ, windowK] = this.windows;
    const [firstI, firstJ, firstK] = start.map((s) => Math.max(0, -s));
    const [endI, endJ, endK] = start.map((s, axis) => Math.min(patch[axis], shape[axis] - s));
    for (let k = firstK; k < endK; k++) {
      for (let j = firstJ; j < endJ; j++) {
        const weightOfRow = windowK[k] * windowJ[j];
        const from = patch[0] * (j + patch[1] * k);
        const to = start[0] + shape[0] * (start[1] + j + shape[1] * (start[2] + k));
        for (let c = 0; c < this.channels; c++) {
          const fromChannel = from + c * patchVoxels;
          const toChannel = to + c * voxels;
          if (squares !== null) {
            for (let i = firstI; i < endI; i++) {
              const before = weights[to + i];
              if (before === 0) continue;
              const weight = weightOfRow * windowI[i];
              const deviation = values[fromChannel + i] - sums[toChannel + i] / before;
              squares[toChannel + i] += (deviation * deviation * before * weight) / (before + weight);
            }
          }
          for (let i = firstI; i < endI; i++) {
            sums[toChannel + i] += weightOfRow * windowI[i] * values[fromChannel + i];
          }
        }
        for (let i = firstI; i < endI; i++) weights[to + i] += weightOfRow * windowI[i];
      }
    }
  }

  /** The weighted means [C, K, J, I]; 0 where no patch was added. */
  result(): Float32Array {
    return this.overWeights(this.sums);
  }

  /**
   * The weighted variances [C, K, J, I] of the votes about their means, sum w (x - mean)^2 / sum w: the inconsistency of the
   * votes, no estimate for votes that were not cast. 0 where there is one vote or none.
   *
   * @throws RangeError where the constructor was not told to keep them
   */
  variances(): Float32Array {
    if (this.squares === null) throw new RangeError('PatchFusion: it was not told to keep variances');
    return this.overWeights(this.squares);
  }

  private overWeights(sums: Float64Array): Float32Array {
    const { weights } = this;
    const means = new Float32Array(sums.length);
    const voxels = weights.length;
    for (let c = 0; c < this.channels; c++) {
      const offset = c * voxels;
      for (let v = 0; v < voxels; v++) means[offset + v] = weights[v] > 0 ? sums[offset + v] / weights[v] : 0;
    }
    return means;
  }
}
