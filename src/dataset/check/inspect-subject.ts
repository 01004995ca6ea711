import { DataError } from '../../errors.ts';
import { describeGridDifference } from '../../volume/affine.ts';
import type { FileAccess } from '../../volume/file-access.ts';
import type { NiftiHeader } from '../../volume/nifti-header.ts';
import { readImage, readLabels } from '../../volume/read-image.ts';
import type { LabelVolume, ScalarVolume } from '../../volume/volume.ts';
import type { Label, Subject } from '../subject.ts';
import type { FaultCode, FaultDetails } from './catalogue.ts';
import { type Fault, faultOf, partsOfMessage } from './fault.ts';

/** An image or label map with what its faults are named after. */
export interface Loaded<V> {
  readonly volume: V;
  /** Null where the file is of a format without one. */
  readonly header: NiftiHeader | null;
  readonly path: string;
}

/** An image that could be read. */
export interface LoadedImage extends Loaded<ScalarVolume> {
  readonly modality: string;
}

/** What could be read of a subject, and every fault that keeps it from being used. */
export interface InspectedSubject {
  readonly faults: readonly Fault[];
  /** Those that could be read, in the order of the modalities. */
  readonly images: readonly LoadedImage[];
  readonly reference?: Loaded<LabelVolume>;
  readonly brainMask?: Loaded<LabelVolume>;
}

/** What becomes of a subject that lacks a modality. */
export type MissingModalities = 'refused' | 'allowed';

export interface InspectOptions {
  readonly modalities: readonly string[];
  /** Whether a subject may lack some of the modalities, as long as it has one; `refused` where not given. */
  readonly missing?: MissingModalities | undefined;
  /** The foreground labels that a reference may hold; any where not given. */
  readonly labels?: readonly Label[] | undefined;
  /** `needed`: as for training; `optional`: looked at where there is one; `unread`: not touched. */
  readonly reference: 'needed' | 'optional' | 'unread';
}

/**
 * Reads a subject's images, its brain mask where it has one, and its reference where asked to, and finds what would keep it
 * from being trained on or predicted.
 */
export async function inspectSubject(
  files: FileAccess,
  subject: Subject,
  options: InspectOptions,
): Promise<InspectedSubject> {
  const faults: Fault[] = [];
  const note = <Code extends FaultCode>(code: Code, file: string | null, details: FaultDetails[Code]): void => {
    const place = file === null ? { file, subject: subject.id } : { file, subject: subject.id };
    faults.push(faultOf(code, place, details));
  };

  const { missing = 'refused' } = options;
  const noteMissing = (modality: string): void => {
    const use = options.reference === 'unread' ? 'prediction' : 'training';
    const available = Object.keys(subject.images).sort();
    note('missing-modality', null, { modality, available, use, missing });
  };
  if (missing === 'allowed' && options.modalities.every((modality) => subject.images[modality] === undefined)) {
    noteMissing(options.modalities.join(' or '));
  }
  const images: LoadedImage[] = [];
  for (const modality of options.modalities) {
    const path = subject.images[modality];
    if (path === undefined) {
      if (missing === 'refused') noteMissing(modality);
      continue;
    }
    const frame = subject.frames?.[modality];
    const image = await attempt(() => readImage(files, path, frame === undefined ? {} : { frame }));
    if (image instanceof DataError) {
      note('unreadable', path, partsOfMessage(image.message, path));
      continue;
    }
    images.push({ ...image, path, modality });
    const { data } = image.volume;
    const count = countNonFinite(data);
    if (count > 0) note('non-finite', path, { count, voxels: data.length });
    else if (isConstant(data)) note('empty-image', path, { value: data[0] });
  }
  const first = images[0];
  const checkGrid = (checked: Loaded<ScalarVolume | LabelVolume>, advice: string): void => {
    const difference = first === undefined ? null : describeGridDifference(checked.volume, first.volume);
    if (difference !== null) note('grid-mismatch', checked.path, { image: first.path, difference, advice });
  };
  for (const other of images.slice(1)) checkGrid(other, 'resample it to that image');

  const loadMask = async (path: string): Promise<Loaded<LabelVolume> | undefined> => {
    const mask = await attempt(() => readLabels(files, path));
    if (!(mask instanceof DataError)) return { ...mask, path };
    // A file that is an image but no label map is whole; its values are what is wrong.
    const image = await attempt(() => readImage(files, path));
    note(image instanceof DataError ? 'unreadable' : 'not-a-mask', path, partsOfMessage(mask.message, path));
    return undefined;
  };

  const brainMask = subject.brainMask === undefined ? undefined : await loadMask(subject.brainMask);
  if (brainMask !== undefined) {
    checkGrid(brainMask, 'make the brain mask from that image');
    if (isEmpty(brainMask.volume)) note('empty-mask', brainMask.path, { kind: 'brain mask', isTest: false });
  }

  let reference: Loaded<LabelVolume> | undefined;
  if (options.reference === 'needed' && subject.reference === undefined) note('missing-reference', null, {});
  if (options.reference !== 'unread' && subject.reference !== undefined) {
    reference = await loadMask(subject.reference);
    if (reference !== undefined) {
      const { volume, path } = reference;
      checkGrid(reference, 'draw or resample the mask on that image');
      const unknown = options.labels === undefined ? [] : countOtherValues(volume, options.labels);
      if (isEmpty(volume)) note('empty-mask', path, { kind: 'reference', isTest: options.reference === 'optional' });
      else if (options.labels !== undefined && unknown.length > 0) {
        const listed = options.labels.map(({ value, name }) => `${value} (${name})`);
        note('unknown-labels', path, { found: unknown, listed });
      }
    }
  }
  return { faults, images, ...(reference && { reference }), ...(brainMask && { brainMask }) };
}

/** The values of a label map besides 0 and the given ones, rising, with their numbers of voxels. */
export function countOtherValues(
  volume: LabelVolume,
  labels: readonly Pick<Label, 'value'>[],
): (readonly [number, number])[] {
  const known = new Set(labels.map(({ value }) => value));
  const counts = new Map<number, number>();
  const { data } = volume;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && !known.has(data[i])) counts.set(data[i], (counts.get(data[i]) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** The result, or the fault of the user's data. */
async function attempt<T>(load: () => Promise<T>): Promise<T | DataError> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

function isEmpty(volume: LabelVolume): boolean {
  for (let i = 0; i < volume.data.length; i++) if (volume.data[i] !== 0) return false;
  return true;
}

function isConstant(data: Float32Array): boolean {
  for (let i = 1; i < data.length; i++) if (data[i] !== data[0]) return false;
  return true;
}

function countNonFinite(data: Float32Array): number {
  let count = 0;
  // A finite number minus itself is 0; NaN and the infinities give NaN.
  for (let i = 0; i < data.length; i++) if (data[i] - data[i] !== 0) count++;
  return count;
}
