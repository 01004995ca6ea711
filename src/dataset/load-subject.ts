import { throwFaults } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { sentenceOf } from './check/fault.ts';
import { inspectSubject, type MissingModalities } from './check/inspect-subject.ts';
import type { Label, Subject } from './subject.ts';

export interface LoadedSubject {
  /** In the order of the modalities asked for, null for one that the subject lacks; all on one grid, and at least one. */
  readonly images: readonly (ScalarVolume | null)[];
  /** Only where a reference was needed. */
  readonly reference?: LabelVolume;
  readonly brainMask?: LabelVolume;
  /** Of the first image that there is, where that is a NIfTI file: output that goes with this subject is written with it. */
  readonly header: NiftiHeader | null;
}

/**
 * Reads and checks a subject's images, its brain mask where it has one, and its reference where one is needed. The
 * reference of a subject that needs none is not touched, so that a scan can be predicted whatever became of its mask.
 *
 * @param options.labels the foreground labels that a reference may hold; any where not given
 * @param options.missing whether the subject may lack some of the modalities, as long as it has one; `refused` unless given
 * @param options.needReference as for training: a missing reference, or one without foreground, is a fault
 * @throws DataError with all faults of the subject, one a line
 */
export async function loadSubject(
  files: FileAccess,
  subject: Subject,
  options: {
    modalities: readonly string[];
    labels?: readonly Label[];
    needReference: boolean;
    missing?: MissingModalities;
  },
): Promise<LoadedSubject> {
  const { modalities, labels, needReference, missing } = options;
  const { faults, images, reference, brainMask } = await inspectSubject(files, subject, {
    modalities,
    missing,
    labels,
    reference: needReference ? 'needed' : 'unread',
  });
  throwFaults(faults.map(sentenceOf));
  if (images.length === 0) throw new RangeError('loadSubject: no modalities were asked for');
  return {
    images: modalities.map((modality) => images.find((image) => image.modality === modality)?.volume ?? null),
    ...(reference && { reference: reference.volume }),
    ...(brainMask && { brainMask: brainMask.volume }),
    header: images[0].header,
  };
}
