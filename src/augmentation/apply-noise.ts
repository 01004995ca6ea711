import type { Random } from '../random.ts';
import type { Scratch } from './scratch.ts';

/**
 * Adds independent Gaussian noise in the brain.
 *
 * @param voxels indices of the brain's voxels
 * @param deviation standard deviation
 */
export function applyNoise(
  channel: Float32Array,
  voxels: Int32Array,
  deviation: number,
  random: Random,
  scratch: Scratch,
): void {
  const noise = scratch.float32('noise', voxels.length);
  random.fillNormal(noise);
  for (let n = 0; n < voxels.length; n++) channel[voxels[n]] += deviation * noise[n];
}
