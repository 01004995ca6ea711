import { DataError } from '../../errors.ts';
import { isWholeHead, measureBrain } from '../../preprocess/brain.ts';
import type { ProgressEvent } from '../../progress-event.ts';
import { spacingOf } from '../../volume/affine.ts';
import type { FileAccess } from '../../volume/file-access.ts';
import { formConflict } from '../../volume/nifti-forms.ts';
import type { Grid, LabelVolume, ScalarVolume } from '../../volume/volume.ts';
import { SPLITS_FILE, splitByFile } from '../splits-file.ts';
import type { Dataset, Subject } from '../subject.ts';
import { type DigestedImage, digestOf, findDuplicates } from './duplicates.ts';
import { type Fault, faultOf, partsOfMessage } from './fault.ts';
import {
  countOtherValues,
  type InspectedSubject,
  inspectSubject,
  type Loaded,
  type MissingModalities,
} from './inspect-subject.ts';

export interface CheckOptions {
  /** Modalities that every subject should have; all that the dataset names where not given. */
  readonly modalities?: readonly string[] | undefined;
  /** Whether a subject may lack some of the modalities, as training with modality dropout allows; `refused` unless given. */
  readonly missing?: MissingModalities | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every scan of a dataset and finds all of its faults, one subject in memory at a time. The kinds of fault are those
 * of the catalogue. References of test subjects are looked at where there are any.
 *
 * @returns the faults by subject in the order of the dataset, then those between subjects and in the folds
 */
export async function checkDataset(files: FileAccess, dataset: Dataset, options: CheckOptions = {}): Promise<Fault[]> {
  const faults: Fault[] = [];
  const digests: DigestedImage[] = [];
  for (const [index, subject] of dataset.subjects.entries()) {
    options.signal?.throwIfAborted();
    const inspected = await inspectSubject(files, subject, {
      modalities: options.modalities ?? dataset.modalities,
      missing: options.missing,
      labels: dataset.labels,
      reference: subject.split === 'training' ? 'needed' : 'optional',
    });
    faults.push(...inspected.faults, ...lookAt(subject, inspected));
    for (const { modality, path, volume } of inspected.images) {
      if (inspected.faults.some(({ code, file }) => code === 'empty-image' && file === path)) continue;
      digests.push({ subject: subject.id, modality, path, digest: await digestOf(volume) });
    }
    options.onEvent?.({ kind: 'progress', label: 'Checking scans', done: index + 1, total: dataset.subjects.length });
  }
  return [...faults, ...findDuplicates(dataset.subjects, digests), ...lookAtFolds(dataset)];
}

/** Folds that do not fit the subjects. What is wrong with several of them in the same way is told once. */
function lookAtFolds({ folds, subjects }: Dataset): Fault[] {
  const training = subjects.filter(({ split }) => split === 'training');
  const messages = new Set<string>();
  for (const fold of folds ?? []) {
    try {
      splitByFile(training, fold, SPLITS_FILE);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      messages.add(error.message);
    }
  }
  return [...messages].map((message) =>
    faultOf('wrong-splits', { file: SPLITS_FILE }, partsOfMessage(message, SPLITS_FILE)),
  );
}

/** What does not keep a subject from being used, but is worth a look. */
function lookAt(subject: Subject, { images, reference, brainMask, faults: known }: InspectedSubject): Fault[] {
  const faults: Fault[] = [];
  const masks = [brainMask, reference].filter((mask) => mask !== undefined);
  // Volumes of one 4D file share their header.
  const scans = images.filter(({ path }, index) => images.findIndex((other) => other.path === path) === index);
  for (const { volume, header, path } of [...scans, ...masks]) {
    const place = { file: path, subject: subject.id };
    const spacing = spacingOf(volume.affine);
    const extent = spacing.map((length, axis) => length * volume.shape[axis]);
    if (!isPlausible(spacing, extent)) faults.push(faultOf('implausible-spacing', place, { spacing, extent }));
    const conflict = header === null ? null : formConflict(header);
    if (conflict !== null) faults.push(faultOf('form-conflict', place, conflict));
  }
  if (brainMask !== undefined) {
    const found = countOtherValues(brainMask.volume, [{ value: 1 }]);
    // A mask of 0 and 255 is binary as well.
    const isBinary = found.length === 0 || (found.length === 1 && !brainMask.volume.data.some((value) => value === 1));
    const place = { file: brainMask.path, subject: subject.id };
    if (!isBinary) faults.push(faultOf('non-binary-brain-mask', place, { found }));
  }

  const first = images[0];
  if (first === undefined) return faults;
  if (subject.brainMask === undefined) {
    const nonZero = Uint8Array.from(first.volume.data, (value) => (value === 0 ? 0 : 1));
    const size = nonZero.includes(1) ? measureBrain(nonZero, first.volume) : null;
    const place = { file: first.path, subject: subject.id };
    if (size !== null && isWholeHead(size)) faults.push(faultOf('whole-head', place, size));
  }
  const brain = subject.brainMask === undefined ? first : brainMask;
  const isUsable = (file: Loaded<Grid>): boolean =>
    !known.some(({ code, file: at }) => at === file.path && !HARMLESS.has(code));
  if (reference === undefined || brain === undefined || !isUsable(reference) || !isUsable(brain)) return faults;
  const { lesion, outside } = countOutside(reference.volume, brain.volume);
  if (outside > OUTSIDE_TOLERANCE * lesion) {
    const place = { file: reference.path, subject: subject.id };
    faults.push(faultOf('mask-outside-brain', place, { outside, lesion, brain: brain.path }));
  }
  return faults;
}

/** Share of lesion voxels that may lie outside the brain: masks are drawn by hand, brain masks cut close. */
const OUTSIDE_TOLERANCE = 0.01;
/** Faults of a mask that leave its place meaningful. */
const HARMLESS: ReadonlySet<string> = new Set(['unknown-labels']);

/** mm: from what microscopes make of excised tissue to the thickest slices, and the bore of a scanner. */
function isPlausible(spacing: readonly number[], extent: readonly number[]): boolean {
  return spacing.every((length) => length >= 0.05 && length <= 15) && extent.every((length) => length <= 1000);
}

function countOutside(reference: LabelVolume, brain: ScalarVolume | LabelVolume): { lesion: number; outside: number } {
  let lesion = 0;
  let outside = 0;
  const inside = brain.data;
  for (let i = 0; i < inside.length; i++) {
    if (reference.data[i] === 0) continue;
    lesion++;
    if (inside[i] === 0) outside++;
  }
  return { lesion, outside };
}
