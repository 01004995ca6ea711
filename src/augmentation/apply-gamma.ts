import { brainStatistics } from './brain-statistics.ts';

/** Ranges and deviations below count as 0, so that a constant image stays as it is. */
const SMALLEST = 1e-7;

/**
 * Gamma within the brain's range, keeping its mean and standard deviation (batchgenerators' `GammaTransform` with `retain_stats`):
 * y = ((x - min) / (max - min))^gamma (max - min) + min, then mean + (y - mean(y)) std / std(y).
 *
 * @param voxels indices of the brain's voxels
 * @param isInverted of the negative image, which is negated again afterwards
 */
export function applyGamma(channel: Float32Array, voxels: Int32Array, gamma: number, isInverted: boolean): void {
  const { minimum, maximum, mean, deviation } = brainStatistics(channel, voxels);
  const range = maximum - minimum;
  if (range < SMALLEST) return;
  // The negative image has its smallest value where this one has its largest: -x - min(-x) = max - x.
  const origin = isInverted ? maximum : minimum;
  const sign = isInverted ? -1 : 1;
  const unit = sign / range;
  let sum = 0;
  for (let n = 0; n < voxels.length; n++) {
    // Rounding may lead an eps below 0, whose power is not a number.
    const share = (channel[voxels[n]] - origin) * unit;
    const value = origin + sign * range * (share > 0 ? share ** gamma : 0);
    channel[voxels[n]] = value;
    sum += value;
  }
  const changedMean = sum / voxels.length;
  let squares = 0;
  for (let n = 0; n < voxels.length; n++) squares += (channel[voxels[n]] - changedMean) ** 2;
  const changed = Math.sqrt(squares / voxels.length);
  const ratio = deviation / (changed < SMALLEST ? SMALLEST : changed);
  for (let n = 0; n < voxels.length; n++) channel[voxels[n]] = mean + (channel[voxels[n]] - changedMean) * ratio;
}
