import { DataError, throwFaults } from '../errors.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { Grid, LabelVolume, ScalarVolume } from '../volume/volume.ts';

/** A subject's scans as they were read. */
export interface CaseInput {
  /** One image per modality of the plan, in its order, null for one that the subject lacks; all on one grid, at least one. */
  readonly images: readonly (ScalarVolume | null)[];
  /** Above 0 within the brain; where there is none, the brain is where the first image that there is is not 0. */
  readonly brainMask?: LabelVolume | undefined;
  /** Class numbers 0 … 255. */
  readonly reference?: LabelVolume | undefined;
}

/**
 * Checks that a subject's scans can be prepared.
 * @throws DataError naming all faults at once: no image at all or images on different grids, an empty image or brain mask, labels
 *   above 255
 */
export function checkInput({ images, brainMask, reference }: CaseInput, modalities: readonly string[]): void {
  if (images.length !== modalities.length) {
    throw new DataError(
      `There are ${images.length} images for the ${modalities.length} modalities ${modalities.join(', ')}; ` +
        'give one for each.',
    );
  }
  if (images.every((image) => image === null)) {
    throw new DataError(`There is no image of the modalities ${modalities.join(', ')}; give at least one.`);
  }
  const first = images.findIndex((image) => image !== null);
  const faults: string[] = [];
  const others: (readonly [string, Grid | null | undefined])[] = [
    ...images.map((image, index) => [`${modalities[index]} image`, image] as const).slice(first + 1),
    ['brain mask', brainMask],
    ['reference', reference],
  ];
  for (const [name, grid] of others) {
    const difference = grid ? describeGridDifference(firstImageOf({ images }), grid) : null;
    if (difference !== null) {
      faults.push(
        `The ${name} has another grid than the ${modalities[first]} image: ${difference}; resample it to that image.`,
      );
    }
  }
  for (const [channel, image] of images.entries()) {
    if (image !== null && isEmpty(image.data)) {
      faults.push(`The ${modalities[channel]} image is empty: all of its voxels are 0; give the right file.`);
    }
  }
  if (brainMask !== undefined && !brainMask.data.some((label) => label > 0)) {
    faults.push('The brain mask is empty: it has no voxel above 0; give another mask, or none.');
  }
  const worst = reference?.data.find((label) => label < 0 || label > 255);
  if (worst !== undefined) faults.push(`The reference holds the label ${worst}; labels go from 0 to 255.`);
  throwFaults(faults);
}

/** The first image that there is: its grid is the scan's, and without a mask its voxels other than 0 are the brain. */
export function firstImageOf({ images }: Pick<CaseInput, 'images'>): ScalarVolume {
  const first = images.find((image) => image !== null);
  if (first === undefined) throw new RangeError('firstImageOf: there is no image');
  return first;
}

function isEmpty(data: Float32Array): boolean {
  for (let v = 0; v < data.length; v++) if (data[v] !== 0) return false;
  return true;
}

/** [K, J, I], 1 within the brain: where the mask is above 0 or, without one, where the first image that there is is not 0. */
export function brainOf({ images, brainMask }: CaseInput): Uint8Array {
  const first = firstImageOf({ images });
  const brain = new Uint8Array(first.data.length);
  if (brainMask === undefined) {
    const { data } = first;
    for (let v = 0; v < brain.length; v++) brain[v] = data[v] !== 0 ? 1 : 0;
  } else {
    const { data } = brainMask;
    for (let v = 0; v < brain.length; v++) brain[v] = data[v] > 0 ? 1 : 0;
  }
  return brain;
}
