import { type Triple, voxelCount } from '../volume/volume.ts';
import { type WindowKind, windowWeights } from './window.ts';

/**
 * Soft voting of overlapping patches: each voxel's result is the mean of its patches' values, weighted by where in the patch
 * the voxel lies. The sum is divided by the weight that really came together, so an identity predictor returns its input
 * for every volume, patch, window and tiling, at the borders too.
 *
 * Sums are kept in Float64, 8 (channels + 1) bytes a voxel: with an overlap of 0.95 a voxel adds up 8,000 votes, whose
 * rounding in Float32 could pass 1e-5; some 60 MB for the brain in a 1 mm scan and one channel.
 */
export class PatchFusion {
  private readonly shape: Triple;
  private readonly channels: number;
  private readonly patch: Triple;
  private readonly windows: readonly [Float64Array, Float64Array, Float64Array];
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;

  /**
   * @param shape the volume's extent i, j, k
   * @param patch the patch's extent i, j, k
   */
  constructor(shape: Triple, channels: number, patch: Triple, window: WindowKind) {
    this.shape = shape;
    this.channels = channels;
    this.patch = patch;
    this.windows = [windowWeights(window, patch[0]), windowWeights(window, patch[1]), windowWeights(window, patch[2])];
    this.sums = new Float64Array(channels * voxelCount(shape));
    this.weights = new Float64Array(voxelCount(shape));
  }

  /**
   * Adds one prediction of a patch; whatever lies outside the volume is ignored.
   *
   * @param values [C, K, J, I] of the patch, in the volume's own orientation (a view undone)
   * @param start the patch's first voxel in the volume
   * @throws RangeError when `values` has another length
   */
  add(values: Float32Array, start: Triple): void {
    const { shape, patch, sums, weights } = this;
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
        for (let i = firstI; i < endI; i++) weights[to + i] += weightOfRow * windowI[i];
        for (let c = 0; c < this.channels; c++) {
          const fromChannel = from + c * patchVoxels;
          const toChannel = to + c * voxels;
          for (let i = firstI; i < endI; i++) {
            sums[toChannel + i] += weightOfRow * windowI[i] * values[fromChannel + i];
          }
        }
      }
    }
  }

  /** The weighted means [C, K, J, I]; 0 where no patch was added. */
  result(): Float32Array {
    const { sums, weights } = this;
    const means = new Float32Array(sums.length);
    const voxels = weights.length;
    for (let c = 0; c < this.channels; c++) {
      const offset = c * voxels;
      for (let v = 0; v < voxels; v++) means[offset + v] = weights[v] > 0 ? sums[offset + v] / weights[v] : 0;
    }
    return means;
  }
}
