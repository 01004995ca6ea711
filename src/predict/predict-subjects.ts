import { loadSubject } from '../dataset/load-subject.ts';
import type { Subject } from '../dataset/subject.ts';
import { DataError, throwFaults } from '../errors.ts';
import { isWholeHead, measureBrain, wholeHeadWarning } from '../preprocess/brain.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { NiftiHeader } from '../volume/nifti-header.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { uncoveredSpacing } from './coverage.ts';
import { DATASET_DESCRIPTION, datasetDescription } from './dataset-description.ts';
import type { Ensemble } from './ensemble.ts';
import { joinLesions } from './lesions-table.ts';
import { type Prediction, predictPrepared, prepareForAll } from './predict.ts';
import { type OutputOptions, SubjectOutput } from './subject-output.ts';

/** What became of a subject. */
export interface SubjectOutcome {
  readonly id: string;
  /** `skipped`: it was predicted before, from the same scans by the same models and settings. */
  readonly kind: 'predicted' | 'skipped' | 'failed';
  /** Path of its mask; null where it failed. */
  readonly mask: string | null;
}

export interface PredictSubjectsOptions extends OutputOptions {
  /** Whether subjects that are finished are predicted again. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called for each subject once it is done with. */
  readonly onOutcome?: ((outcome: SubjectOutcome) => void) | undefined;
  /** Called for each scan without a brain mask that seems to be a whole head, or with voxels unlike those that a model was trained on. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Predicts subjects one after the other and writes each one's mask, table of lesions, sidecar and, if asked for,
 * probabilities and vote spread, the maps in the space and with the header of its first image; at the end the table of all
 * lesions in the output folder, of earlier runs' subjects too.
 *
 * A subject that is finished is skipped: its files are there, and its sidecar is the one that would be written, by the
 * content of models and scans, the settings and the version. Otherwise all its files are made anew. A subject with a fault
 * leaves what was there before; the others are predicted all the same. A fault of the engine or the disk, which no other
 * subject would escape, ends the work.
 *
 * @returns the paths of the masks that are there, predicted or skipped, in the subjects' order
 * @throws DataError at the end, with the faults of all subjects
 */
export async function predictSubjects(
  ensemble: Ensemble,
  subjects: readonly Subject[],
  options: PredictSubjectsOptions,
): Promise<string[]> {
  try {
    return await predictEach(ensemble, subjects, options);
  } finally {
    await ensemble.release().catch(() => undefined);
  }
}

/** A subject when its turn comes. */
type Upcoming =
  | { readonly kind: 'finished'; readonly output: SubjectOutput }
  | { readonly kind: 'faulty'; readonly fault: string }
  | { readonly kind: 'ready'; readonly output: SubjectOutput; readonly scan: PreparedScan };

interface PreparedScan {
  readonly prepared: readonly PreparedCase[];
  /** Of the first image, where that is a NIfTI file. */
  readonly header: NiftiHeader | null;
}

/** The next scan is read while one is predicted unless that one takes more bytes than this: then memory counts for more. */
const LARGEST_TO_READ_AHEAD = 2 ** 28;

async function predictEach(
  ensemble: Ensemble,
  subjects: readonly Subject[],
  options: PredictSubjectsOptions,
): Promise<string[]> {
  const { files, out, signal, onOutcome, saveVoteSpread: voteSpread, onEvent } = options;
  const masks: string[] = [];
  const faults: string[] = [];
  // A subject is written while the next one is predicted; a full disk ends that one too.
  let writing: Promise<void> = Promise.resolve();
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  const begin = (index: number): Promise<Upcoming> | null => {
    const subject = subjects[index];
    const upcoming = subject === undefined ? null : readSubject(ensemble, subject, options);
    // What is wrong with it is met when its turn comes.
    upcoming?.catch(() => undefined);
    return upcoming;
  };
  let isDescribed = false;
  const failed = (error: unknown, id: string): unknown => {
    if (stop.signal.aborted) return stop.signal.reason;
    if (!(error instanceof DataError)) return error;
    onOutcome?.({ id, kind: 'failed', mask: null });
    return new DataError([...faults, withName(error.message, id)].join('\n'), { cause: error });
  };
  const write = async (id: string, output: SubjectOutput, prediction: Prediction, header: NiftiHeader | null) => {
    try {
      if (!isDescribed) await files.write(`${out}/${DATASET_DESCRIPTION}`, datasetDescription(options.version));
      isDescribed = true;
      await output.write(prediction, header);
    } catch (error) {
      stop.abort(failed(error, id));
      throw stop.signal.reason;
    }
    masks.push(output.mask);
    onOutcome?.({ id, kind: 'predicted', mask: output.mask });
  };
  let ahead: Promise<Upcoming> | null = null;
  try {
    for (const [index, subject] of subjects.entries()) {
      signal?.throwIfAborted();
      const { id } = subject;
      const upcoming = (await (ahead ?? begin(index))) as Upcoming;
      ahead = isSmall(upcoming) ? begin(index + 1) : null;
      if (upcoming.kind !== 'ready') {
        // Outcomes in the order of the subjects.
        await writing;
        if (upcoming.kind === 'faulty') faults.push(upcoming.fault);
        else masks.push(upcoming.output.mask);
        const mask = upcoming.kind === 'faulty' ? null : upcoming.output.mask;
        onOutcome?.({ id, kind: upcoming.kind === 'faulty' ? 'failed' : 'skipped', mask });
        continue;
      }
      const { output, scan } = upcoming;
      if (subject.brainMask === undefined) warnOfHead(id, scan.prepared[0] as PreparedCase, options);
      warnOfSpacing(id, scan.prepared[0] as PreparedCase, ensemble, options);
      const label = `Predicting ${id} (${index + 1} of ${subjects.length})`;
      const asked = { label, voteSpread, signal: stop.signal, onEvent };
      const prediction = await predictPrepared(ensemble, scan.prepared, asked).catch(async (error: unknown) => {
        await writing;
        throw failed(error, id);
      });
      await writing;
      writing = write(id, output, prediction, scan.header);
      writing.catch(() => undefined);
    }
    await writing;
  } finally {
    signal?.removeEventListener('abort', forward);
    await Promise.allSettled([ahead, writing]);
  }
  if (masks.length > 0) await joinLesions(files, out);
  throwFaults(faults);
  return masks;
}

function isSmall(upcoming: Upcoming): boolean {
  if (upcoming.kind !== 'ready') return true;
  const bytes = upcoming.scan.prepared.reduce((sum, { image }) => sum + image.byteLength, 0);
  return bytes <= LARGEST_TO_READ_AHEAD;
}

/** @throws whatever is no fault of the subject's */
async function readSubject(ensemble: Ensemble, subject: Subject, options: PredictSubjectsOptions): Promise<Upcoming> {
  const output = await SubjectOutput.of(ensemble, subject, options);
  if (options.overwrite !== true && (await output.isFinished())) return { kind: 'finished', output };
  try {
    return { kind: 'ready', output, scan: await prepareSubject(options.files, subject, ensemble) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { kind: 'faulty', fault: withName(error.message, subject.id) };
  }
}

async function prepareSubject(files: FileAccess, subject: Subject, ensemble: Ensemble): Promise<PreparedScan> {
  const { modalities, missingModalities: missing } = ensemble;
  const loaded = await loadSubject(files, subject, { modalities, missing, needReference: false });
  const { images, brainMask, header } = loaded;
  const byModality: Record<string, ScalarVolume> = {};
  for (const [index, modality] of modalities.entries()) {
    const image = images[index] ?? null;
    if (image !== null) byModality[modality] = image;
  }
  return { prepared: prepareForAll(ensemble, byModality, brainMask), header };
}

function warnOfHead(
  id: string,
  { source, sourceBrain }: PreparedCase,
  { onWarning }: Pick<PredictSubjectsOptions, 'onWarning'>,
): void {
  const size = measureBrain(sourceBrain, source);
  const warning = isWholeHead(size) ? wholeHeadWarning([{ name: id, milliliters: size.milliliters }]) : null;
  if (warning !== null) onWarning?.(warning);
}

function warnOfSpacing(
  id: string,
  { source }: PreparedCase,
  { members }: Ensemble,
  { onWarning }: Pick<PredictSubjectsOptions, 'onWarning'>,
): void {
  const warnings = members.flatMap(({ model }) => uncoveredSpacing(id, source, model.description) ?? []);
  for (const warning of new Set(warnings)) onWarning?.(warning);
}

/** Each line of a message with the subject's name before it, unless the line has it. */
function withName(message: string, id: string): string {
  const lines = message.split('\n').map((line) => (line.includes(id) ? line : `${id}: ${line}`));
  return lines.join('\n');
}
