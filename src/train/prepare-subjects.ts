import type { MissingModalities } from '../dataset/check/inspect-subject.ts';
import { type LoadedSubject, loadSubject } from '../dataset/load-subject.ts';
import type { Label, Subject } from '../dataset/subject.ts';
import { DataError, messageOf, throwFaults } from '../errors.ts';
import { foregroundIndices } from '../patch/foreground.ts';
import { isWholeHead, wholeHeadWarning } from '../preprocess/brain.ts';
import { CaseCache } from '../preprocess/case-cache.ts';
import type { StoredCase } from '../preprocess/case-file.ts';
import type { CaseInput } from '../preprocess/case-input.ts';
import { type CaseFingerprint, fingerprintCase } from '../preprocess/fingerprint.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import { prepareCase, presentChannels } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { spacingOf } from '../volume/affine.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { voxelCount } from '../volume/volume.ts';
import { checkTrainingSubjects } from './check-training-subjects.ts';
import { contentOf } from './subject-content.ts';
import type { TrainingCase } from './training-case.ts';

export interface ReadingOptions {
  readonly files: FileAccess;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called with what the user should know and that does not end the work, such as scans that seem to be whole heads. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** A folder for prepared scans, which other runs on the same data then take from there; and the version of rarevox. */
  readonly cache?: { readonly folder: string; readonly version: string } | undefined;
}

/** How to read: the options with the cache opened. */
export interface Reading extends Omit<ReadingOptions, 'cache'> {
  /** Whether a subject may lack some of the modalities, as long as it has one. */
  readonly missing: MissingModalities;
  readonly cache: CaseCache | null;
}

export function openReading(
  { files, cache, signal, onEvent, onWarning }: ReadingOptions,
  missing: MissingModalities = 'refused',
): Reading {
  return {
    missing,
    files,
    signal,
    onEvent,
    onWarning,
    cache: cache === undefined ? null : new CaseCache({ ...cache, files, onWarning }),
  };
}

/** A subject that was read, or whose fingerprint was in the cache: its files are sound. */
export interface ReadSubject {
  readonly subject: Subject;
  readonly fingerprint: CaseFingerprint;
  /** What its files are, where there is a cache. */
  readonly content: string | null;
  /** The scans, until they are prepared; absent where the cache made reading them needless. */
  loaded: LoadedSubject | null;
}

export interface ReadingRequest {
  readonly modalities: readonly string[];
  readonly labels: readonly Label[];
  /** Subjects whose scans will be prepared; those of the others are dropped once they are checked. */
  readonly kept: readonly Subject[];
}

/**
 * Reads and measures subjects, and warns of scans that seem to be whole heads.
 * @throws DataError with the faults of all subjects together
 */
export async function readSubjects(
  subjects: readonly Subject[],
  { modalities, labels, kept }: ReadingRequest,
  reading: Reading,
): Promise<ReadSubject[]> {
  const read: ReadSubject[] = [];
  const faults: string[] = [];
  for (const [index, subject] of subjects.entries()) {
    reading.signal?.throwIfAborted();
    await collectFaults(faults, async () => {
      const one = await readSubject(subject, modalities, labels, reading);
      if (!kept.includes(subject)) one.loaded = null;
      read.push(one);
    });
    reading.onEvent?.({ kind: 'progress', label: 'Reading scans', done: index + 1, total: subjects.length });
  }
  throwFaults(faults);
  const heads = read
    .map(({ fingerprint }) => fingerprint)
    .filter(({ brain }) => brain.from !== 'mask' && isWholeHead(brain))
    .map(({ id, brain }) => ({ name: id, milliliters: brain.milliliters }));
  const warning = wholeHeadWarning(heads);
  if (warning !== null) reading.onWarning?.(warning);
  return read;
}

/**
 * Makes training cases of subjects, and lets go of each one's scans. Warns of what they cannot teach.
 * @throws DataError where they teach nothing, or with the faults of all subjects together
 */
export async function prepareSubjects(
  read: readonly ReadSubject[],
  plan: PreprocessPlan,
  labels: readonly Label[],
  reading: Reading,
): Promise<TrainingCase[]> {
  checkTrainingSubjects(
    read.map(({ fingerprint }) => fingerprint),
    plan.modalities,
    labels,
    reading.onWarning,
  );
  const cases: TrainingCase[] = [];
  const faults: string[] = [];
  for (const [index, one] of read.entries()) {
    reading.signal?.throwIfAborted();
    await collectFaults(faults, async () => {
      cases.push(trainingCase(one.subject.id, await prepareSubject(one, plan, labels, reading)));
    });
    one.loaded = null;
    reading.onEvent?.({ kind: 'progress', label: 'Preparing scans', done: index + 1, total: read.length });
  }
  throwFaults(faults);
  return cases;
}

/** A prepared case as training takes it. */
export function trainingCase(id: string, { grid, image, reference, brain }: StoredCase): TrainingCase {
  return {
    id,
    shape: grid.shape,
    spacing: spacingOf(grid.affine),
    image,
    labels: reference,
    brain,
    present: presentChannels(image, image.length / voxelCount(grid.shape)),
    foreground: foregroundIndices(reference),
  };
}

async function readSubject(
  subject: Subject,
  modalities: readonly string[],
  labels: readonly Label[],
  { files, cache, missing }: Reading,
): Promise<ReadSubject> {
  // A run that allows missing modalities may have left the subject's fingerprint; where they are refused it is a fault.
  const isComplete = modalities.every((modality) => subject.images[modality] !== undefined);
  const isUsable = missing === 'allowed' || isComplete;
  const content = cache === null || !isUsable ? null : await contentOf(files, subject, modalities, labels);
  if (cache !== null && content !== null) {
    const fingerprint = await cache.readFingerprint(content, subject.id);
    if (fingerprint !== null) return { subject, fingerprint, content, loaded: null };
  }
  const loaded = await loadSubject(files, subject, { modalities, labels, needReference: true, missing });
  const fingerprint = namingFaults(subject.id, () => fingerprintCase(subject.id, inputOf(loaded), modalities, labels));
  // A file that was changed while it was read must not go into the cache under its old digest.
  const isSame = content !== null && content === (await contentOf(files, subject, modalities, labels));
  if (isSame) await cache?.writeFingerprint(content, fingerprint);
  return { subject, fingerprint, content: isSame ? content : null, loaded };
}

async function prepareSubject(
  { subject, content, loaded }: ReadSubject,
  plan: PreprocessPlan,
  labels: readonly Label[],
  { files, cache, missing }: Reading,
): Promise<StoredCase> {
  const { modalities } = plan;
  if (content !== null) {
    const stored = await cache?.readCase(content, plan);
    if (stored) return stored;
  }
  const scans = loaded ?? (await loadSubject(files, subject, { modalities, labels, needReference: true, missing }));
  const { grid, image, reference, brain } = namingFaults(subject.id, () => prepareCase(inputOf(scans), plan));
  const prepared = { grid, image, reference: reference as Uint8Array, brain };
  // Scans that were read just now are not those of the first look where a file has changed since.
  const isSame =
    content !== null && (loaded !== null || content === (await contentOf(files, subject, modalities, labels)));
  if (isSame) await cache?.writeCase(content, plan, prepared);
  return prepared;
}

export function inputOf({ images, reference, brainMask }: LoadedSubject): CaseInput {
  return { images, reference, brainMask };
}

/** Runs a step for one subject; its faults are collected, and anything else is thrown on. */
export async function collectFaults(faults: string[], step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    faults.push(messageOf(error));
  }
}

/** Puts the subject's name before each line of a fault that does not know it. */
export function namingFaults<T>(id: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${id}: ${error.message.replaceAll('\n', `\n${id}: `)}`, { cause: error });
  }
}
