import { DataError, throwFaults } from '../errors.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile } from '../volume/image-name.ts';
import { readLabels } from '../volume/read-image.ts';
import type { Grid, LabelVolume } from '../volume/volume.ts';
import { checkSameGrid, type EvaluationOptions, evaluateCase, figuresOfAbsentLabel } from './evaluate-case.ts';
import type { Figures } from './figures.ts';
import { agreeOnLabels } from './label-agreement.ts';
import { type LabelMapFile, listLabelMaps } from './label-map-files.ts';
import { labelValuesOf, unionOf } from './label-values.ts';
import { type EvaluationPair, matchSubjects } from './match-subjects.ts';
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
  const present = typeof references === 'string' ? await labelMapsAt(files, references) : references;
  const where = typeof references === 'string' ? references : 'the dataset';
  if (predicted.length === 0)
    throw new DataError(`${predictions} holds no predictions (label maps: .nii, .nii.gz, .nrrd, .mha).`);
  if (present.length === 0)
    throw new DataError(`${where} holds no references (label maps: .nii, .nii.gz, .nrrd, .mha).`);

  const { pairs, missing, extra } = matchSubjects(predicted, present);
  if (pairs.length === 0) {
    throw new DataError(
      `No prediction in ${predictions} belongs to a subject of ${where}: predictions of ${abridge(extra)}; ` +
        `references of ${abridge(missing)}. Name the files by subject (sub-01_…) or alike.`,
    );
  }
  // Whoever names one prediction's file means that one alone.
  if (missing.length > 0 && options.allowMissing !== true && !isImageFile(predictions)) {
    throw new DataError(
      `${missing.length} of ${present.length} references have no prediction in ${predictions}: ${missing.join(', ')}. ` +
        'Predict them too, or allow missing predictions (--allow-missing) to score the others alone.',
    );
  }
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
  const scored: (EvaluatedCase & { grid: Grid })[] = [];
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
    const { shape, affine } = reference;
    scored.push({ ...pair, metrics, grid: { shape, affine } });
    await onEvent?.({ kind: 'case', ...pair, prediction, reference });
  }
  throwFaults(faults);
  const labels = options.labels ?? agreeOnLabels(found, options.declaredLabels);
  // A label that a case holds nowhere was not scored above: which labels there are is known only now.
  const cases = scored.map(({ metrics, grid, ...pair }) => {
    const absent = figuresOfAbsentLabel(grid, false, options.empty ?? 'null');
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

async function labelMapsAt(files: FileAccess, path: string): Promise<readonly LabelMapFile[]> {
  return isImageFile(path) ? [{ subject: subjectKey(path), path }] : listLabelMaps(files, path);
}

/** A few names, and how many more there are. */
function abridge(names: readonly string[]): string {
  const few = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${few} and ${names.length - 3} more` : few;
}
