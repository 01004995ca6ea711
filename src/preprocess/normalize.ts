import type { Normalization } from './plan.ts';

/** A standard deviation of less than this share of the mean is rounding: the image is constant. */
const CONSTANT = 1e-6;

/**
 * Normalizes one sequence in place over the brain's voxels and sets the others to 0. Sums run in double precision, and the
 * standard deviation is that of the population (division by the number of voxels).
 *
 * @param image [K, J, I]
 * @param brain [K, J, I], above 0 within the brain; at least one voxel
 * @returns what keeps the image from being normalized ("is constant …"), or null
 */
export function normalize(image: Float32Array, brain: Uint8Array, normalization: Normalization): string | null {
  let count = 0;
  let sum = 0;
  let largest = 0;
  for (let v = 0; v < image.length; v++) {
    if (brain[v] === 0) continue;
    count++;
    sum += image[v];
    largest = Math.max(largest, Math.abs(image[v]));
  }
  const mean = sum / count;
  if (!Number.isFinite(mean)) return 'holds values that are no numbers within the brain';
  let squares = 0;
  for (let v = 0; v < image.length; v++) if (brain[v] !== 0) squares += (image[v] - mean) ** 2;
  const deviation = Math.sqrt(squares / count);
  if (deviation <= CONSTANT * largest) return `is constant within the brain (${Number(mean.toPrecision(6))})`;
  if (normalization === 'mean' && mean <= 0) {
    return `has a mean of ${Number(mean.toPrecision(6))} within the brain, by which it cannot be divided`;
  }
  const subtracted = normalization === 'z-score' ? mean : 0;
  const divisor = normalization === 'z-score' ? deviation : mean;
  for (let v = 0; v < image.length; v++) image[v] = brain[v] === 0 ? 0 : (image[v] - subtracted) / divisor;
  return null;
}
