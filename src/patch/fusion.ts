import { type Triple, voxelCount } from '../volume/volume.ts';
import { VIEWS, type View } from './view.ts';
import { type WindowKind, windowWeights } from './window.ts';

/**
 * Soft voting of overlapping patches: each voxel's result is the mean of its patches' values, weighted by where in the patch
 * the voxel lies. The sum is divided by the weight that really came together, so an identity predictor returns its input
 * for every volume, patch, window and tiling, at the borders too.
 *
 * Patches come in the order of their first planes, as `tilePatches` gives them, so a plane before the newest patch is final: it is divided
 * at once, and only as many planes as a patch is deep are ever being summed. Their sums are kept in Float64, 8 (channels + 1) bytes
 * a voxel: with an overlap of 0.95 a voxel adds up 8,000 votes, whose rounding in Float32 could pass 1e-5. That is 400 MB for
 * planes of 512 x 512 voxels, patches 96 planes deep and one channel, however many planes there are.
 *
 * If asked for, the weighted variance of a voxel's votes is kept too, in further 8 bytes a voxel and channel of those planes. A sum of squares
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
  /** Planes that are summed at a time; plane k stands at k modulo this. */
  private readonly depth: number;
  /** [C, depth, J, I] */
  private readonly sums: Float64Array;
  /** [depth, J, I] */
  private readonly weights: Float64Array;
  private readonly squares: Float64Array | null;
  /** [C, K, J, I], complete for the planes that are final. */
  private readonly means: Float32Array;
  private readonly spreads: Float32Array | null;
  /** Planes below this one are final. */
  private firstOpen = 0;

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
    this.depth = Math.min(patch[2], shape[2]);
    const open = shape[0] * shape[1] * this.depth;
    this.sums = new Float64Array(channels * open);
    this.weights = new Float64Array(open);
    this.squares = variance ? new Float64Array(channels * open) : null;
    this.means = new Float32Array(channels * voxelCount(shape));
    this.spreads = variance ? new Float32Array(channels * voxelCount(shape)) : null;
  }

  /**
   * Adds one prediction of a patch, a vote for each of its voxels; whatever lies outside the volume is ignored.
   *
   * @param values [C, K, J, I] of the patch, as it looks in the view
   * @param start the patch's first voxel in the volume; along k not before the first of an earlier patch
   * @throws RangeError when `values` has another length, or a plane of the patch is final already
   */
  add(values: Float32Array, start: Triple, view: View = VIEWS.identity): void {
    const { shape, patch, sums, weights, squares, depth } = this;
    const patchVoxels = voxelCount(patch);
    if (values.length !== this.channels * patchVoxels) {
      throw new RangeError(
        `PatchFusion: a patch of ${this.channels} channels of ${patch.join('x')} voxels, not ${values.length} values`,
      );
    }
    const [firstI, firstJ, firstK] = start.map((s) => Math.max(0, -s));
    const [endI, endJ, endK] = start.map((s, axis) => Math.min(patch[axis], shape[axis] - s));
    if (firstK >= endK) return;
    const firstPlane = start[2] + firstK;
    if (firstPlane < this.firstOpen) {
      throw new RangeError(
        `PatchFusion: a patch from plane ${firstPlane} on, where ${this.firstOpen} planes are final`,
      );
    }
    this.finishBefore(firstPlane);
    const [windowI, windowJ, windowK] = this.windows;
    const [flipI, flipJ, flipK] = view.flips;
    const plane = shape[0] * shape[1];
    const step = flipI ? -1 : 1;
    for (let k = firstK; k < endK; k++) {
      const slot = plane * ((start[2] + k) % depth);
      const planeInPatch = patch[1] * (flipK ? patch[2] - 1 - k : k);
      for (let j = firstJ; j < endJ; j++) {
        const weightOfRow = windowK[k] * windowJ[j];
        const row = patch[0] * (planeInPatch + (flipJ ? patch[1] - 1 - j : j));
        const from = flipI ? row + patch[0] - 1 : row;
        const to = slot + start[0] + shape[0] * (start[1] + j);
        for (let c = 0; c < this.channels; c++) {
          const fromChannel = from + c * patchVoxels;
          const toChannel = to + c * plane * depth;
          if (squares !== null) {
            for (let i = firstI; i < endI; i++) {
              const before = weights[to + i];
              if (before === 0) continue;
              const weight = weightOfRow * windowI[i];
              const deviation = values[fromChannel + step * i] - sums[toChannel + i] / before;
              squares[toChannel + i] += (deviation * deviation * before * weight) / (before + weight);
            }
          }
          for (let i = firstI; i < endI; i++) {
            sums[toChannel + i] += weightOfRow * windowI[i] * values[fromChannel + step * i];
          }
        }
        for (let i = firstI; i < endI; i++) weights[to + i] += weightOfRow * windowI[i];
      }
    }
  }

  /** The weighted means [C, K, J, I]; 0 where no patch was added. No patch can be added any more. */
  result(): Float32Array {
    this.finishBefore(this.shape[2]);
    return this.means;
  }

  /**
   * The weighted variances [C, K, J, I] of the votes about their means, sum w (x - mean)^2 / sum w: the inconsistency of the
   * votes, no estimate for votes that were not cast. 0 where there is one vote or none. No patch can be added any more.
   *
   * @throws RangeError where the constructor was not told to keep them
   */
  variances(): Float32Array {
    if (this.spreads === null) throw new RangeError('PatchFusion: it was not told to keep variances');
    this.finishBefore(this.shape[2]);
    return this.spreads;
  }

  /** Makes the planes below one final, and their place free for others. */
  private finishBefore(end: number): void {
    const { shape, channels, depth, weights, sums, squares, means, spreads } = this;
    const plane = shape[0] * shape[1];
    for (let k = this.firstOpen; k < end; k++) {
      const slot = plane * (k % depth);
      for (let c = 0; c < channels; c++) {
        const from = slot + c * plane * depth;
        const to = plane * (k + c * shape[2]);
        divide(sums, weights, from, slot, means.subarray(to, to + plane));
        sums.fill(0, from, from + plane);
        if (squares === null || spreads === null) continue;
        divide(squares, weights, from, slot, spreads.subarray(to, to + plane));
        squares.fill(0, from, from + plane);
      }
      weights.fill(0, slot, slot + plane);
    }
    this.firstOpen = Math.max(this.firstOpen, end);
  }
}

/** One plane of sums over its weights, 0 where there is no weight. */
function divide(sums: Float64Array, weights: Float64Array, from: number, slot: number, out: Float32Array): void {
  for (let v = 0; v < out.length; v++) {
    const weight = weights[slot + v];
    out[v] = weight > 0 ? sums[from + v] / weight : 0;
  }
}
