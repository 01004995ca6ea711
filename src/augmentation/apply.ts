import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { applyBiasField } from './apply-bias-field.ts';
import { applyBlur } from './apply-blur.ts';
import { applyBrightness, applyContrast } from './apply-brightness.ts';
import { applyGamma } from './apply-gamma.ts';
import { applyNoise } from './apply-noise.ts';
import { applyLowResolution, applyThickSlices } from './apply-resolution.ts';
import { cutSpatially } from './apply-spatial.ts';
import { type TransplantedSource, transplantLesion } from './apply-transplant.ts';
import type { AugmentationDraw } from './draw.ts';
import { Scratch } from './scratch.ts';
import type { AugmentationSource, AugmentedPatch } from './source.ts';

const scratch = new Scratch();

/**
 * Cuts a patch with all that was drawn applied: the transplant, flips, rotation, scaling and displacement, and then the changes of
 * intensity in nnU-Net's order. The result depends on the arguments alone. With an empty draw it is what `extractPatch` gives.
 *
 * Intensities change only within the brain, in the channels that the case has: everything else stays 0. Means and ranges are the
 * brain's within the patch.
 *
 * @param start the patch's first voxel in the source, may be negative; beyond the volume image, labels, brain and inside are 0
 * @param patch extent i, j, k
 * @param donor the case that the transplant names; null when there is no transplant
 * @param out wholly overwritten
 * @throws RangeError when an array's length does not match, or a transplant has no donor
 */
export function cutAugmented(
  source: AugmentationSource,
  start: Triple,
  patch: Triple,
  draw: AugmentationDraw,
  donor: AugmentationSource | null,
  out: AugmentedPatch,
): void {
  checkLengths(source, patch, out);
  let from: TransplantedSource = { source, start };
  if (draw.transplant !== undefined) {
    if (donor === null) throw new RangeError('cutAugmented: the draw has a transplant, so there must be a donor');
    from = transplantLesion(source, start, patch, draw, donor, scratch);
  }
  cutSpatially(from.source, from.start, patch, draw, out, scratch);
  const voxels = listBrain(out.brain);
  const size = voxelCount(patch);
  for (const [channel, isPresent] of source.present.entries()) {
    if (!isPresent) continue;
    changeIntensities(out.image.subarray(channel * size, (channel + 1) * size), channel, patch, voxels, draw);
  }
}

function changeIntensities(
  image: Float32Array,
  channel: number,
  patch: Triple,
  voxels: Int32Array,
  draw: AugmentationDraw,
): void {
  const { biasField, noise, blur, brightness, contrast, lowResolution, thickSlices, gammaInverted, gamma } = draw;
  if (biasField !== undefined) {
    applyBiasField(image, patch, voxels, biasField, new Random(biasField.seed, 'bias field', channel), scratch);
  }
  if (noise !== undefined) {
    applyNoise(image, voxels, noise.deviation, new Random(noise.seed, 'noise', channel), scratch);
  }
  if (blur !== undefined && blur[channel] > 0) applyBlur(image, patch, voxels, blur[channel], scratch);
  if (brightness !== undefined) applyBrightness(image, voxels, brightness[channel]);
  if (contrast !== undefined) applyContrast(image, voxels, contrast[channel]);
  if (lowResolution !== undefined) applyLowResolution(image, patch, voxels, lowResolution[channel], scratch);
  const slices = thickSlices?.[channel] ?? null;
  if (slices !== null) applyThickSlices(image, patch, voxels, slices, scratch);
  if (gammaInverted !== undefined) applyGamma(image, voxels, gammaInverted[channel], true, scratch);
  if (gamma !== undefined) applyGamma(image, voxels, gamma[channel], false, scratch);
}

function listBrain(brain: Uint8Array): Int32Array {
  const list = scratch.int32('brain voxels', brain.length);
  let count = 0;
  for (let v = 0; v < brain.length; v++) if (brain[v] !== 0) list[count++] = v;
  return list.subarray(0, count);
}

function checkLengths(
  { shape, image, labels, brain, present }: AugmentationSource,
  patch: Triple,
  out: AugmentedPatch,
): void {
  const volume = voxelCount(shape);
  const voxels = voxelCount(patch);
  const fits =
    image.length === present.length * volume &&
    labels.length === volume &&
    brain.length === volume &&
    out.image.length === present.length * voxels &&
    [out.labels, out.inside, out.brain].every(({ length }) => length === voxels);
  if (!fits) {
    throw new RangeError(
      `cutAugmented: the arrays don't fit ${present.length} channels of ${shape.join('x')} and ${patch.join('x')} voxels`,
    );
  }
}
