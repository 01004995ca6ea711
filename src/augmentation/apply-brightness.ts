import { brainStatistics } from './brain-statistics.ts';

/**
 * x -> f x in the brain (batchgenerators' `MultiplicativeBrightnessTransform`). On z-scores it widens or narrows the spread.
 *
 * @param voxels indices of the brain's voxels
 */
export function applyBrightness(channel: Float32Array, voxels: Int32Array, factor: number): void {
  for (let n = 0; n < voxels.length; n++) channel[voxels[n]] *= factor;
}

/**
 * x -> mean + f (x - mean) in the brain, cut off at the smallest and largest value from before (batchgenerators'
 * `ContrastTransform` with `preserve_range`). The mean is the patch's brain's.
 */
export function applyContrast(channel: Float32Array, voxels: Int32Array, factor: number): void {
  const { minimum, maximum, mean } = brainStatistics(channel, voxels);
  for (let n = 0; n < voxels.length; n++) {
    const value = mean + factor * (channel[voxels[n]] - mean);
    channel[voxels[n]] = value < minimum ? minimum : value > maximum ? maximum : value;
  }
}
