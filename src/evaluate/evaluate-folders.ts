import { DataError, throwFaults } from '../errors.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile } from '../volume/image-name.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import { resampleImage, resampleLabels } from '../volume/resample.ts';
import type { Grid, LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { RegionCalibration } from './calibration-regions.ts';
import { type CaseCurve, thinCurve } from './curves-file.ts';
import { checkSameGrid, type EvaluationOptions, evaluateInDetail, figuresOfAbsentLabel } from './evaluate-case.ts';
import type { Figures } from './figures.ts';
import { agreeOnLabels } from './label-agreement.ts';
import type { LabelMapFile } from './label-map-files.ts';
import { labelValuesOf, maskOfLabel, unionOf } from './label-values.ts';
import type { LesionVolumes } from './lesion-sizes.ts';
import type { EvaluationPair } from './match-subjects.ts';
import { labelMapsAt, pairSubjects } from './pair-subjects.ts';
import { listProbabilityMaps, type ProbabilityFile, probabilityFilesOf } from './probability-files.ts';
import { subjectKey } from './subject-key.ts';
import { type EvaluatedCase, type Summary, summarize } from './summary.ts';
import { countAtThresholds } from './threshold-counts.ts';
import { checkProbabilities } from './threshold-curve.ts';

export interface FolderEvaluationOptions extends Omit<EvaluationOptions, 'probabilities'> {
  /**
   * Scores the subjects that have a prediction where others have none, as for the validation part of a dataset. Without
   * it a missing prediction is an error: a set of scores must not get better because hard cases were left out.
   */
  readonly allowMissing?: boolean;
  /** Labels that the dataset declares: scored, with those of the references, even where every file lacks them. */
  readonly declaredLabels?: readonly number[];
  /** Their names, by the label's number as text: probability maps are named after them. */
  readonly labelNames?: Readonly<Record<string, string>>;
  /** A file or a folder of probability maps, for APR, AUC, the curves and the calibration. */
  readonly probabilities?: string;
  /**
   * The voxels of a subject's brain other than 0, on the reference's grid, or null where they are not known: for the calibration within
   * the brain. Asked only where there are probability maps.
   */
  readonly brainOf?: (subject: string, reference: Grid) => Promise<Uint8Array | null>;
  /**
   * Resamples predictions that are on another grid than their reference onto it: labels by the nearest voxel, probabilities linearly, 0
   * outside the field of view. Without it another grid is an error.
   */
  readonly resample?: boolean;
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
  /** Of every case and label with a probability map. */
  readonly curves: readonly CaseCurve[];
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
): Promise<Pick<FolderEvaluation, 'cases' | 'summary' | 'labels' | 'curves'>> {
  const { declaredLabels = [], empty = 'null', connectivity } = options;
  const maps = options.probabilities === undefined ? null : await listProbabilityMaps(files, options.probabilities);
  // Of one pair the only map is meant, whatever its name says of the subject.
  if (pairs.length === 1 && maps?.length === 1) maps[0] = { ...maps[0], subject: pairs[0].subject };
  const scored: (EvaluatedCase & { grid: Grid })[] = [];
  const curves: CaseCurve[] = [];
  const calibrations = new Map<number, RegionCalibration>();
  const found: { predictionFile: string; predicted: readonly number[]; present: readonly number[] }[] = [];
  const faults: string[] = [];
  for (const [index, pair] of pairs.entries()) {
    options.signal?.throwIfAborted();
    await onEvent?.({ kind: 'progress', label: 'Evaluating', done: index, total: pairs.length, detail: pair.subject });
    const volumes = await readPair(files, pair, options.resample === true, faults);
    if (volumes === null) continue;
    const { prediction, reference } = volumes;
    const predicted = labelValuesOf(prediction);
    const present = labelValuesOf(reference);
    found.push({ predictionFile: pair.predictionFile, predicted, present });
    const labels = options.labels ?? unionOf([declaredLabels, predicted, present]);
    const probabilities =
      maps === null ? {} : await readProbabilities(files, maps, pair, labels, reference, options, faults);
    if (faults.length > 0) continue;
    const scoring = { labels, empty, probabilities, ...(connectivity && { connectivity }) };
    const { metrics, details } = evaluateInDetail(prediction, reference, scoring);
    const lesions = Object.fromEntries(Object.entries(details).map(([label, of]) => [label, of.lesions]));
    const { shape, affine } = reference;
    scored.push({ ...pair, metrics, lesions, grid: { shape, affine } });
    const brain = maps === null ? null : ((await options.brainOf?.(pair.subject, reference)) ?? null);
    for (const [key, volume] of Object.entries(probabilities)) {
      const label = Number(key);
      const curve = details[key].curve;
      if (curve !== null) {
        const counts = countAtThresholds(volume.data, maskOfLabel(reference, label));
        curves.push({ subject: pair.subject, label, curve: thinCurve(curve), counts });
      }
      const calibration = calibrations.get(label) ?? new RegionCalibration();
      calibration.add(volume.data, reference, label, brain);
      calibrations.set(label, calibration);
    }
    await onEvent?.({ kind: 'case', ...pair, prediction, reference });
  }
  throwFaults(faults);
  const labels = options.labels ?? agreeOnLabels(found, declaredLabels);
  // A label that a case holds nowhere was not scored above: which labels there are is known only now.
  const cases = scored.map(({ metrics, lesions = {}, grid, ...pair }) => {
    const absent = figuresOfAbsentLabel(grid, maps !== null, empty);
    const completeMetrics: Record<string, Figures> = {};
    const completeLesions: Record<string, LesionVolumes> = {};
    for (const label of labels) {
      completeMetrics[String(label)] = metrics[String(label)] ?? absent;
      completeLesions[String(label)] = lesions[String(label)] ?? { reference: [], predicted: [] };
    }
    return { ...pair, metrics: completeMetrics, lesions: completeLesions };
  });
  await onEvent?.({ kind: 'progress', label: 'Evaluating', done: pairs.length, total: pairs.length });
  const calibration = Object.fromEntries([...calibrations].map(([label, of]) => [String(label), of.result()]));
  const summary = { ...summarize(cases), ...(maps !== null && { calibration }) };
  return { cases, summary, labels, curves };
}

async function readPair(
  files: FileAccess,
  pair: EvaluationPair,
  resample: boolean,
  faults: string[],
): Promise<{ prediction: LabelVolume; reference: LabelVolume } | null> {
  const read = async (path: string): Promise<LabelVolume> => (await readLabels(files, path)).volume;
  const prediction = await orNote(() => read(pair.predictionFile), faults);
  const reference = await orNote(() => read(pair.referenceFile), faults);
  if (prediction === null || reference === null) return null;
  if (describeGridDifference(prediction, reference) === null) return { prediction, reference };
  if (resample) return { prediction: resampleLabels(prediction, reference), reference };
  await orNote(() => checkSameGrid(pair.predictionFile, prediction, pair.referenceFile, reference), faults);
  return null;
}

/** The probability maps of the labels in one subject, by the label's number as text. */
async function readProbabilities(
  files: FileAccess,
  maps: readonly ProbabilityFile[],
  { subject, referenceFile }: EvaluationPair,
  labels: readonly number[],
  reference: LabelVolume,
  { labelNames = {}, resample = false }: FolderEvaluationOptions,
  faults: string[],
): Promise<Readonly<Record<string, ScalarVolume>>> {
  const volumes: Record<string, ScalarVolume> = {};
  const paths = await orNote(() => probabilityFilesOf(maps, subject, labels, labelNames), faults);
  for (const [label, path] of Object.entries(paths ?? {})) {
    const volume = await orNote(async () => {
      const read = (await readImage(files, path)).volume;
      checkProbabilities(read.data, path);
      if (resample && describeGridDifference(read, reference) !== null) {
        return resampleImage(read, reference, { outside: 0 });
      }
      checkSameGrid(path, read, referenceFile, reference);
      return read;
    }, faults);
    if (volume !== null) volumes[label] = volume;
  }
  return volumes;
}

/** What `work` gives, or null with its fault noted. */
async function orNote<T>(work: () => T | Promise<T>, faults: string[]): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    faults.push(error.message);
    return null;
  }
}
