import { DataError, throwFaults } from '../errors.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { Grid, LabelVolume, ScalarVolume } from '../volume/volume.ts';

/** A subject's scans as they were read. */
export interface CaseInput {
  /** One image per modality of the plan, in its order, all on one grid. */
  readonly images: readonly ScalarVolume[];
  /** Above 0 within the brain; where there is none, the brain is where the first image is not 0. */
  readonly brainMask?: LabelVolume | undefined;
  /** Class numbers 0 … 255. */
  readonly reference?: LabelVolume | undefined;
}

/**
 * Checks that a subject's scans can be prepared.
 * @throws DataError naming all faults at once: images missing or on different grids, an empty image or brain mask, labels
 *   above 255
 */
export function checkInput({ images, brainMask, reference }: CaseInput, modalities: readonly string[]): void {
  if (images.length !== modalities.length) {
    throw new DataError(
      `There are ${images.length} images for the ${modalities.length} modalities ${modalities.join(', ')}; ` +
        'give one for each.',
    );
  }
  const faults: string[] = [];
  const others: (readonly [string, Grid | undefined])[] = [
    ...images.slice(1).map((image, index) => [`${modalities[index + 1]} image`, image] as const),
    ['brain mask', brainMask],
    ['reference', reference],
  ];
  for (const [name, grid] of others) {
    const difference = grid === undefined ? null : describeGridDifference(images[0], grid);
    if (difference !== null) {
      faults.push(
        `The ${name} has another grid than the ${modalities[0]} image: ${difference}; resample it to that image.`,
      );
    }
  }
  for (let channel = 0; channel < images.length; channel++) {
    if (isEmpty(images[channel].data)) {
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

function isEmpty(data: Float32Array): boolean {
  for (let v = 0; v < data.length; v++) if (data[v] !== 0) return false;
  return true;
}

/** [K, J, I], 1 within the brain: where the mask is above 0 or, without one, where the first image is not 0. */
export function brainOf({ images, brainMask }: CaseInput): Uint8Array {
  const brain = new Uint8Array(images[0].data.length);
  if (brainMask === undefined) {
    const { data } = images[0];
    for (let v = 0; v < brain.length; v++) brain[v] = data[v] !== 0 ? 1 : 0;
  } else {
    const { data } = brainMask;
    for (let v = 0; v < brain.length; v++) brain[v] = data[v] > 0 ? 1 : 0;
  }
  return brain;
}
