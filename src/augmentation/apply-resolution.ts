import type { Triple } from '../volume/volume.ts';
import type { Scratch } from './scratch.ts';

/** Slices of whole voxels along one axis. */
export interface ThickSlices {
  /** 0, 1 or 2 for i, j, k */
  readonly axis: number;
  /** In a slice, 2 or more. */
  readonly voxels: number;
  /** Where the first whole slice begins, below `voxels`; what comes before is a thinner one. */
  readonly offset: number;
}

/**
 * Samples a channel down and up again (nnU-Net's `SimulateLowResolutionTransform`): along each axis round(scale x extent) voxels
 * that take the nearest value, and linear interpolation between them, both with the outer faces aligned; PyTorch's
 * `interpolate` with `nearest-exact` and then `trilinear`.
 *
 * @param voxels indices of the brain's voxels; the others are left as they are
 * @param scale share of the extents i, j, k that is left in between, above 0 up to 1
 */
export function applyLowResolution(
  channel: Float32Array,
  patch: Triple,
  voxels: Int32Array,
  scale: Triple,
  scratch: Scratch,
): void {
  const [a, b] = [scratch.float32('resolution a', channel.length), scratch.float32('resolution b', channel.length)];
  let from = channel;
  for (let axis = 0; axis < 3; axis++) {
    const length = patch[axis];
    const coarse = Math.max(1, Math.round(scale[axis] * length));
    if (coarse === length) continue;
    const to = from === a ? b : a;
    blendAlongAxis(from, patch, axis, lowResolutionBlend(length, coarse), to);
    from = to;
  }
  if (from !== channel) for (let n = 0; n < voxels.length; n++) channel[voxels[n]] = from[voxels[n]];
}

/**
 * Averages a channel over slices of several voxels, and interpolates linearly between the slices' centers: what a scan with thick
 * slices shows once it is resampled to the patch's grid.
 *
 * @param voxels indices of the brain's voxels; the others are left as they are
 */
export function applyThickSlices(
  channel: Float32Array,
  patch: Triple,
  voxels: Int32Array,
  slices: ThickSlices,
  scratch: Scratch,
): void {
  const length = patch[slices.axis];
  const bounds = [0];
  for (let n = slices.offset; n < length; n += slices.voxels) if (n > 0) bounds.push(n);
  bounds.push(length);
  const means = scratch.float32('resolution a', channel.length);
  averageAlongAxis(channel, patch, slices.axis, bounds, means);
  const blended = scratch.float32('resolution b', channel.length);
  blendAlongAxis(means, patch, slices.axis, sliceBlend(bounds), blended);
  for (let n = 0; n < voxels.length; n++) channel[voxels[n]] = blended[voxels[n]];
}

/** For each voxel of a line the two that it is interpolated between, and the weight of the second. */
interface Blend {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float64Array;
}

function lowResolutionBlend(length: number, coarse: number): Blend {
  const blend = emptyBlend(length);
  const nearest = (m: number): number => Math.min(length - 1, Math.floor(((m + 0.5) * length) / coarse));
  for (let n = 0; n < length; n++) {
    const position = Math.min(coarse - 1, Math.max(0, ((n + 0.5) * coarse) / length - 0.5));
    const below = Math.floor(position);
    blend.first[n] = nearest(below);
    blend.second[n] = nearest(Math.min(coarse - 1, below + 1));
    blend.share[n] = position - below;
  }
  return blend;
}

/** Between the slices' centers; beyond the outermost ones their value. */
function sliceBlend(bounds: readonly number[]): Blend {
  const length = bounds[bounds.length - 1];
  const blend = emptyBlend(length);
  const slices = bounds.length - 1;
  const center = (slice: number): number => (bounds[slice] + bounds[slice + 1] - 1) / 2;
  let slice = 0;
  for (let n = 0; n < length; n++) {
    while (slice + 1 < slices && center(slice + 1) <= n) slice++;
    const next = Math.min(slices - 1, slice + 1);
    blend.first[n] = bounds[slice];
    blend.second[n] = bounds[next];
    blend.share[n] = next === slice ? 0 : Math.max(0, (n - center(slice)) / (center(next) - center(slice)));
  }
  return blend;
}

function emptyBlend(length: number): Blend {
  return { first: new Int32Array(length), second: new Int32Array(length), share: new Float64Array(length) };
}

function blendAlongAxis(data: Float32Array, shape: Triple, axis: number, blend: Blend, out: Float32Array): void {
  const { first, second, share } = blend;
  const length = shape[axis];
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  for (let block = 0; block < data.length; block += stride * length) {
    for (let n = 0; n < length; n++) {
      const to = block + n * stride;
      const a = block + first[n] * stride;
      const b = block + second[n] * stride;
      const weight = share[n];
      for (let s = 0; s < stride; s++) out[to + s] = data[a + s] + weight * (data[b + s] - data[a + s]);
    }
  }
}

/** Every voxel becomes the mean of its slice. */
function averageAlongAxis(
  data: Float32Array,
  shape: Triple,
  axis: number,
  bounds: readonly number[],
  out: Float32Array,
): void {
  const length = shape[axis];
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const sums = new Float64Array(stride);
  for (let block = 0; block < data.length; block += stride * length) {
    for (let slice = 0; slice + 1 < bounds.length; slice++) {
      const begin = bounds[slice];
      const end = bounds[slice + 1];
      sums.fill(0);
      for (let n = begin; n < end; n++) {
        const from = block + n * stride;
        for (let s = 0; s < stride; s++) sums[s] += data[from + s];
      }
      for (let n = begin; n < end; n++) {
        const to = block + n * stride;
        for (let s = 0; s < stride; s++) out[to + s] = sums[s] / (end - begin);
      }
    }
  }
}
