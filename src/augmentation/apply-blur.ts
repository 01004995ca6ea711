import { blurAlongAxis } from '../volume/gaussian-blur.ts';
import type { Triple } from '../volume/volume.ts';
import type { Scratch } from './scratch.ts';

/**
 * Blurs a channel by a Gaussian. The zeros around the brain take part, as in a scan with its background removed; what would
 * change outside the brain is left 0.
 *
 * @param voxels indices of the brain's voxels
 * @param sigma standard deviation in voxels, above 0
 */
export function applyBlur(
  channel: Float32Array,
  patch: Triple,
  voxels: Int32Array,
  sigma: number,
  scratch: Scratch,
): void {
  const blurred = scratch.float32('blur', channel.length);
  blurAlongAxis(channel, patch, 0, sigma, blurred);
  blurAlongAxis(blurred, patch, 1, sigma, blurred);
  blurAlongAxis(blurred, patch, 2, sigma, blurred);
  for (let n = 0; n < voxels.length; n++) channel[voxels[n]] = blurred[voxels[n]];
}
