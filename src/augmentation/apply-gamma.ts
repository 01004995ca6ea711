import { brainStatistics } from './brain-statistics.ts';
import type { Scratch } from './scratch.ts';

/** Ranges and deviations below count as 0, so that a constant image stays as it is. */
const SMALLEST = 1e-7;

/**
 * x^gamma on [0, 1] comes from a table with linear interpolation, but near 0, where a power below 1 has no bounded curvature. For
 * exponents of 1/2 to 3 the error is below h^2 / 8 max |gamma (gamma - 1) x^(gamma - 2)| <= 3e-7.
 */
const CELLS = 8192;
const SMALLEST_IN_TABLE = 1 / 64;

/**
 * Gamma within the brain's range, keeping its mean and standard deviation (batchgenerators' `GammaTransform` with `retain_stats`):
 * y = ((x - min) / (max - min))^gamma (max - min) + min, then mean + (y - mean(y)) std / std(y).
 *
 * @param voxels indices of the brain's voxels
 * @param isInverted of the negative image, which is negated again afterwards
 */
export function applyGamma(
  channel: Float32Array,
  voxels: Int32Array,
  gamma: number,
  isInverted: boolean,
  scratch: Scratch,
): void {
  const { minimum, maximum, mean, deviation } = brainStatistics(channel, voxels);
  const range = maximum - minimum;
  if (range < SMALLEST) return;
  // The negative image has its smallest value where this one has its largest: -x - min(-x) = max - x.
  const origin = isInverted ? maximum : minimum;
  const sign = isInverted ? -1 : 1;
  const unit = sign / range;
  const powers = scratch.float64('powers', CELLS + 1);
  for (let cell = 0; cell <= CELLS; cell++) powers[cell] = (cell / CELLS) ** gamma;
  let sum = 0;
  for (let n = 0; n < voxels.length; n++) {
    const share = (channel[voxels[n]] - origin) * unit;
    const cell = share * CELLS;
    const first = cell | 0;
    // Rounding may lead an eps below 0, whose power is not a number, or above 1.
    const power =
      share < SMALLEST_IN_TABLE
        ? Math.max(0, share) ** gamma
        : first < CELLS
          ? powers[first] + (cell - first) * (powers[first + 1] - powers[first])
          : 1;
    const value = origin + sign * range * power;
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
