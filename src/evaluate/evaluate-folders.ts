import { DataError, throwFaults } from '../errors.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile } from '../volume/image-name.ts';
import { readLabels } from '../volume/read-image.ts';
import { type LabelVolume, voxelCount } from '../volume/volume.ts';
import { checkSameGrid, type EvaluationOptions, evaluateCase, figuresOfAbsentLabel } from './evaluate-case.ts';
import type { Figures } from './figures.ts';
import { agreeOnLabels } from './label-agreement.ts';
import type { LabelMapFile } from './label-map-files.ts';
import { labelValuesOf, unionOf } from './label-values.ts';
import type { EvaluationPair } from './match-subjects.ts';
import { labelMapsAt, pairSubjects } from './pair-subjects.ts';
import { subjectKey } from './subject-key.ts';
import { type EvaluatedCase, type Summary, summarize } from './summary.ts';

export interface FolderEvaluationOptions extends EvaluationOptions {
  /**
   * Scores the subjects that have a prediction where others have none, as for the validation part of a dataset. Without
   * it a missing prediction is an error: a set of scores must not get better because hard cases were left out.
   */
  readonly allowMissing?: boolean;
  /** Labels that the dataset declares: scored, with those of the references, even where every file lacks them. */
  readonly declaredLabels?: readonly number[];
  readonly signal?: AbortSignal;
}

/** A case was scored. Its volumes come along for whoever wants to draw them; they are not kept. */
export interface CaseEvent {
  readonly kind: 'case';
  readonly subject: string;
  readonly predictionFile: string;
  readonly referenceFile: string;
  readonly prediction: LabelVolume;
  readonly reference: LabelVolume;
}

export type EvaluationEvent = ProgressEvent | CaseEvent;

/** Evaluation waits for what the listener returns, so that one case's volumes are in memory at a time. */
export type EvaluationListener = (event: EvaluationEvent) => void | Promise<void>;

export interface FolderEvaluation {
  readonly cases: readonly EvaluatedCase[];
  readonly summary: Summary;
  readonly labels: readonly number[];
  /** Subjects with a reference and no prediction; not empty only with `allowMissing`. */
  readonly missing: readonly string[];
  /** Subjects with a prediction and no reference, which can't be scored. */
  readonly extra: readonly string[];
}

/**
 * Scores predictions against references: two files, or two folders whose files are matched by subject (`subjectKey`).
 *
 * @param references a file, a folder, or a list of label maps such as a dataset's references
 * @throws DataError with every fault at once: missing predictions, nothing to compare, unreadable files, other grids,
 *   labels that don't agree
 */
export async function evaluateFolders(
  files: FileAccess,
  predictions: string,
  references: string | readonly LabelMapFile[],
  options: FolderEvaluationOptions = {},
  onEvent?: EvaluationListener,
): Promise<FolderEvaluation> {
  if (typeof references === 'string' && isImageFile(predictions) && isImageFile(references)) {
    const pair = { subject: subjectKey(references), predictionFile: predictions, referenceFile: references };
    return { ...(await evaluateFiles(files, [pair], options, onEvent)), missing: [], extra: [] };
  }
  const predicted = await labelMapsAt(files, predictions);
  if (predicted.length === 0)
    throw new DataError(`${predictions} holds no predictions (label maps: .nii, .nii.gz, .nrrd, .mha).`);
  const allowMissing = options.allowMissing === true;
  const { pairs, missing, extra } = await pairSubjects(files, predicted, predictions, references, allowMissing);
  return { ...(await evaluateFiles(files, pairs, options, onEvent)), missing, extra };
}

/**
 * Scores pairs of files one after the other. Without `options.labels`, those of all references (and
 * the declared ones) are scored in every case.
 *
 * @throws DataError with the faults of all pairs at once
 */
export async function evaluateFiles(
  files: FileAccess,
  pairs: readonly EvaluationPair[],
  options: FolderEvaluationOptions = {},
  onEvent?: EvaluationListener,
): Promise<{ cases: readonly EvaluatedCase[]; summary: Summary; labels: readonly number[] }> {
  const scored: (EvaluatedCase & { voxels: number })[] = [];
  const found: { predictionFile: string; predicted: readonly number[]; present: readonly number[] }[] = [];
  const faults: string[] = [];
  for (const [index, pair] of pairs.entries()) {
    options.signal?.throwIfAborted();
    await onEvent?.({ kind: 'progress', label: 'Evaluating', done: index, total: pairs.length, detail: pair.subject });
    const volumes = await readPair(files, pair, faults);
    if (volumes === null || faults.length > 0) continue;
    const { prediction, reference } = volumes;
    const predicted = labelValuesOf(prediction);
    const present = labelValuesOf(reference);
    found.push({ predictionFile: pair.predictionFile, predicted, present });
    const labels = options.labels ?? unionOf([predicted, present]);
    const metrics = evaluateCase(prediction, reference, { ...options, labels });
    scored.push({ ...pair, metrics, voxels: voxelCount(reference.shape) });
    await onEvent?.({ kind: 'case', ...pair, prediction, reference });
  }
  throwFaults(faults);
  const labels = options.labels ?? agreeOnLabels(found, options.declaredLabels);
  // A label that a case holds nowhere was not scored above: which labels there are is known only now.
  const cases = scored.map(({ metrics, voxels, ...pair }) => {
    const absent = figuresOfAbsentLabel(voxels, options.empty ?? 'null');
    const complete: Record<string, Figures> = {};
    for (const label of labels) complete[String(label)] = metrics[String(label)] ?? absent;
    return { ...pair, metrics: complete };
  });
  await onEvent?.({ kind: 'progress', label: 'Evaluating', done: pairs.length, total: pairs.length });
  return { cases, summary: summarize(cases), labels };
}

async function readPair(
  files: FileAccess,
  pair: EvaluationPair,
  faults: string[],
): Promise<{ prediction: LabelVolume; reference: LabelVolume } | null> {
  const prediction = await readOrNote(files, pair.predictionFile, faults);
  const reference = await readOrNote(files, pair.referenceFile, faults);
  if (prediction === null || reference === null) return null;
  try {
    checkSameGrid(pair.predictionFile, prediction, pair.referenceFile, reference);
  } catch (error) {
    note(error, faults);
    return null;
  }
  return { prediction, reference };
}

async function readOrNote(files: FileAccess, path: string, faults: string[]): Promise<LabelVolume | null> {
  try {
    return (await readLabels(files, path)).volume;
  } catch (error) {
    note(error, faults);
    return null;
  }
}

function note(error: unknown, faults: string[]): void {
  if (!(error instanceof DataError)) throw error;
  faults.push(error.message);
}
