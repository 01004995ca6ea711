import { modeOf } from './mode.ts';
import { type Moments, momentsOf, valuesWithin } from './moments.ts';
import { percentilesOf } from './percentile.ts';
import type { Normalization } from './plan.ts';

/** A standard deviation of less than this share of the mean is rounding: the image is constant. */
const CONSTANT = 1e-6;

/** What `percentile` clips to (nnU-Net's choice for CT). */
export const CLIPPED_PERCENTILES = [0.5, 99.5] as const;

/**
 * Normalizes one sequence in place over the brain's voxels and sets the others to 0. Sums run in double precision, and the
 * standard deviation is that of the population (division by the number of voxels).
 *
 * @param image [K, J, I]
 * @param brain [K, J, I], above 0 within the brain; at least one voxel
 * @returns what keeps the image from being normalized ("is constant …"), or null
 */
export function normalize(image: Float32Array, brain: Uint8Array, normalization: Normalization): string | null {
  let moments = momentsOf(image, brain);
  if (!Number.isFinite(moments.mean)) return 'holds values that are no numbers within the brain';
  if (isConstant(moments)) return `is constant within the brain (${rounded(moments.mean)})`;
  if (normalization === 'percentile') {
    const [lowest, highest] = percentilesOf(valuesWithin(image, brain), CLIPPED_PERCENTILES);
    clip(image, lowest, highest);
    moments = momentsOf(image, brain);
    if (isConstant(moments)) {
      return (
        `is constant within the brain (${rounded(moments.mean)}) between its percentiles ` +
        `${CLIPPED_PERCENTILES.join(' and ')}, so that the normalization "percentile" does not suit it`
      );
    }
  }
  const { mean } = moments;
  if (normalization === 'mean' && mean <= 0) {
    return `has a mean of ${rounded(mean)} within the brain, by which it cannot be divided`;
  }
  const [subtracted, divisor] = originAndUnit(image, brain, normalization, moments);
  if (divisor === 0)
    return `is constant within the brain but for single voxels, so that the normalization "mode" does not suit it`;
  for (let v = 0; v < image.length; v++) image[v] = brain[v] === 0 ? 0 : (image[v] - subtracted) / divisor;
  return null;
}

/** What the image is moved and divided by. */
function originAndUnit(
  image: Float32Array,
  brain: Uint8Array,
  normalization: Normalization,
  { mean, deviation }: Moments,
): [origin: number, unit: number] {
  if (normalization === 'mean') return [0, mean];
  if (normalization !== 'mode') return [mean, deviation];
  const peak = modeOf(valuesWithin(image, brain));
  return [peak.mode, peak.deviation];
}

function isConstant({ deviation, largest }: Moments): boolean {
  return deviation <= CONSTANT * largest;
}

function clip(image: Float32Array, lowest: number, highest: number): void {
  for (let v = 0; v < image.length; v++) {
    if (image[v] < lowest) image[v] = lowest;
    else if (image[v] > highest) image[v] = highest;
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
