import { DataError, throwFaults } from '../errors.ts';
import { checkSameGrid } from '../evaluate/evaluate-case.ts';
import type { LabelMapFile } from '../evaluate/label-map-files.ts';
import { labelValuesOf, unionOf } from '../evaluate/label-values.ts';
import type { EvaluationPair } from '../evaluate/match-subjects.ts';
import { pairSubjects } from '../evaluate/pair-subjects.ts';
import { checkProbabilities } from '../evaluate/threshold-curve.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import { listMapsOfOneClass } from './probability-maps.ts';
import { type SubjectProbabilities, sortProbabilities } from './subject-probabilities.ts';

export interface ReadingOptions {
  /** Leaves out the subjects that have a reference and no probabilities; else they are an error. */
  readonly allowMissing?: boolean;
  /** Labels that the dataset declares. */
  readonly declaredLabels?: readonly number[];
  readonly signal?: AbortSignal;
}

/** The subjects to calibrate on, in the order of the references. */
export interface CalibrationSubjects {
  readonly subjects: readonly SubjectProbabilities[];
  /** Where each one's probabilities are. */
  readonly maps: readonly string[];
  /** The label that the references hold; null where all are empty and none was declared. */
  readonly label: number | null;
  /** Subjects with a reference and no probabilities; not empty only with `allowMissing`. */
  readonly missing: readonly string[];
  /** Subjects with probabilities and no reference. */
  readonly extra: readonly string[];
}

/**
 * Reads the probability maps of a folder and their references, matched by subject.
 *
 * @param references a file, a folder, or a list of label maps such as a dataset's references
 * @throws DataError with the faults of all subjects at once: unreadable files, other grids, values that are no probabilities, maps or
 *   references of several classes
 */
export async function readCalibrationSubjects(
  files: FileAccess,
  predictions: string,
  references: string | readonly LabelMapFile[],
  options: ReadingOptions = {},
  onEvent?: (event: ProgressEvent) => void,
): Promise<CalibrationSubjects> {
  const maps = await listMapsOfOneClass(files, predictions);
  const allowMissing = options.allowMissing === true;
  const { pairs, missing, extra } = await pairSubjects(files, maps, predictions, references, allowMissing);
  const subjects: SubjectProbabilities[] = [];
  const labels: (readonly number[])[] = [options.declaredLabels ?? []];
  const faults: string[] = [];
  for (const [index, pair] of pairs.entries()) {
    options.signal?.throwIfAborted();
    onEvent?.({ kind: 'progress', label: 'Reading', done: index, total: pairs.length, detail: pair.subject });
    try {
      const { subject, values } = await readSubject(files, pair);
      subjects.push(subject);
      labels.push(values);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(error.message);
    }
  }
  throwFaults(faults);
  onEvent?.({ kind: 'progress', label: 'Reading', done: pairs.length, total: pairs.length });
  const found = unionOf(labels);
  if (found.length > 1) {
    throw new DataError(
      `The references hold the labels ${found.slice(0, 10).join(', ')}, and a threshold is for one class: of several the most probable one ` +
        'is taken. Give references of the one class that the probabilities are of.',
    );
  }
  const label = found[0] ?? null;
  return { subjects, maps: pairs.map(({ predictionFile }) => predictionFile), label, missing, extra };
}

async function readSubject(
  files: FileAccess,
  { subject, predictionFile, referenceFile }: EvaluationPair,
): Promise<{ subject: SubjectProbabilities; values: readonly number[] }> {
  const { volume: probabilities } = await readImage(files, predictionFile);
  const { volume: reference } = await readLabels(files, referenceFile);
  checkProbabilities(probabilities.data, predictionFile);
  checkSameGrid(predictionFile, probabilities, referenceFile, reference);
  return {
    subject: sortProbabilities(subject, probabilities.data, reference.data),
    values: labelValuesOf(reference),
  };
}
