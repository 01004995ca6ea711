import { DataError, throwFaults } from '../errors.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import type { Label, Subject } from './subject.ts';

export interface LoadedSubject {
  /** In the order of the modalities asked for, all on one grid. */
  readonly images: ScalarVolume[];
  /** Only where a reference was needed. */
  readonly reference?: LabelVolume;
  readonly brainMask?: LabelVolume;
  /** Of the first image, where that is a NIfTI file: output that goes with this subject is written with it. */
  readonly header: NiftiHeader | null;
}

/** An image or label map with what its faults are named after. */
interface Loaded<V> {
  readonly volume: V;
  readonly header: NiftiHeader | null;
  readonly path: string;
}

/**
 * Reads and checks a subject's images, its brain mask where it has one, and its reference where one is needed. The
 * reference of a subject that needs none is not touched, so that a scan can be predicted whatever became of its mask.
 *
 * @param options.labels the foreground labels that a reference may hold; any where not given
 * @param options.needReference as for training: a missing reference, or one without foreground, is a fault
 * @throws DataError with all faults of the subject, one a line
 */
export async function loadSubject(
  files: FileAccess,
  subject: Subject,
  options: { modalities: readonly string[]; labels?: readonly Label[]; needReference: boolean },
): Promise<LoadedSubject> {
  const faults: string[] = [];
  const images: Loaded<ScalarVolume>[] = [];
  for (const modality of options.modalities) {
    const image = await attempt(faults, () => loadImage(files, subject, modality));
    if (image === null) continue;
    images.push(image);
    const nonFinite = countNonFinite(image.volume.data);
    if (nonFinite > 0) {
      faults.push(
        `${image.path}: ${nonFinite} of its ${image.volume.data.length} voxels are NaN or infinite; set them to 0 or ` +
          'convert the original again.',
      );
    }
  }
  const first = images[0];
  for (const other of images.slice(1)) checkGrid(faults, other, first, 'resample it to that image');

  let brainMask: LabelVolume | undefined;
  const { brainMask: brainMaskPath } = subject;
  if (brainMaskPath !== undefined) {
    const mask = await attempt(faults, async () => ({
      ...(await readLabels(files, brainMaskPath)),
      path: brainMaskPath,
    }));
    if (mask !== null) {
      brainMask = mask.volume;
      if (first !== undefined) checkGrid(faults, mask, first, 'make the brain mask from that image');
      if (isEmpty(mask.volume))
        faults.push(`${mask.path}: this brain mask is empty; make it again or remove the file.`);
    }
  }

  let reference: LabelVolume | undefined;
  if (options.needReference) {
    const mask = await attempt(faults, () => loadReference(files, subject));
    if (mask !== null) {
      reference = mask.volume;
      if (first !== undefined) checkGrid(faults, mask, first, 'draw or resample the mask on that image');
      checkLabels(faults, mask, options.labels);
    }
  }

  throwFaults(faults);
  if (first === undefined) throw new RangeError('loadSubject: no modalities were asked for');
  return {
    images: images.map((image) => image.volume),
    ...(reference === undefined ? {} : { reference }),
    ...(brainMask === undefined ? {} : { brainMask }),
    header: first.header,
  };
}

async function loadImage(files: FileAccess, subject: Subject, modality: string): Promise<Loaded<ScalarVolume>> {
  const path = subject.images[modality];
  if (path === undefined) {
    const available = Object.keys(subject.images).sort().join(', ');
    throw new DataError(
      `${subject.id}: it has no ${modality} image (it has ${available}); add the image, leave the subject out, or use ` +
        'other modalities.',
    );
  }
  const frame = subject.frames?.[modality];
  return { ...(await readImage(files, path, frame === undefined ? {} : { frame })), path };
}

async function loadReference(files: FileAccess, subject: Subject): Promise<Loaded<LabelVolume>> {
  const path = subject.reference;
  if (path === undefined) {
    throw new DataError(`${subject.id}: it has no reference mask; add the mask or leave the subject out.`);
  }
  return { ...(await readLabels(files, path)), path };
}

/** The result, or null with the fault noted when it is one of the user's data. */
async function attempt<T>(faults: string[], load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    faults.push(error.message);
    return null;
  }
}

function checkGrid(
  faults: string[],
  checked: Loaded<ScalarVolume | LabelVolume>,
  image: Loaded<ScalarVolume>,
  advice: string,
): void {
  const difference = describeGridDifference(checked.volume, image.volume);
  if (difference !== null)
    faults.push(`${checked.path}: its grid is not that of ${image.path}: ${difference}; ${advice}.`);
}

function checkLabels(faults: string[], mask: Loaded<LabelVolume>, labels: readonly Label[] | undefined): void {
  if (isEmpty(mask.volume)) {
    faults.push(`${mask.path}: this mask is empty, which teaches nothing; complete the mask or leave the subject out.`);
    return;
  }
  if (labels === undefined) return;
  const known = new Set(labels.map((label) => label.value));
  const counts = new Map<number, number>();
  const { data } = mask.volume;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && !known.has(data[i])) counts.set(data[i], (counts.get(data[i]) ?? 0) + 1);
  }
  const unknown = [...counts].sort(([a], [b]) => a - b);
  if (unknown.length === 0) return;
  const listed = unknown.slice(0, 8).map(([value, count]) => `${value} (${count} voxels)`);
  if (unknown.length > 8) listed.push(`${unknown.length - 8} more`);
  faults.push(
    `${mask.path}: it holds labels that the dataset does not list: ${listed.join(', ')}; the dataset lists 0 (background), ` +
      `${labels.map((label) => `${label.value} (${label.name})`).join(', ')}; correct the mask or the list.`,
  );
}

function isEmpty(volume: LabelVolume): boolean {
  for (let i = 0; i < volume.data.length; i++) if (volume.data[i] !== 0) return false;
  return true;
}

function countNonFinite(data: Float32Array): number {
  let count = 0;
  // A finite number minus itself is 0; NaN and the infinities give NaN.
  for (let i = 0; i < data.length; i++) if (data[i] - data[i] !== 0) count++;
  return count;
}
