import { DataError, throwFaults } from '../errors.ts';
import { checkSameGrid } from '../evaluate/evaluate-case.ts';
import type { LabelMapFile } from '../evaluate/label-map-files.ts';
import { labelValuesOf, unionOf } from '../evaluate/label-values.ts';
import { pairSubjects } from '../evaluate/pair-subjects.ts';
import { checkProbabilities } from '../evaluate/threshold-curve.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import { listStructureMaps, type Structure } from './probability-maps.ts';
import { type SubjectProbabilities, sortProbabilities } from './subject-probabilities.ts';

export interface ReadingOptions extends Structure {
  /** Leaves out the subjects that have a reference and no probabilities; else they are an error. */
  readonly allowMissing?: boolean;
  /** Labels that the dataset declares. */
  readonly declaredLabels?: readonly number[];
  readonly signal?: AbortSignal;
}

/** The subjects to calibrate on, in the order of the references. */
export interface CalibrationSubjects {
  readonly subjects: readonly SubjectProbabilities[];
  /** Where each one's probabilities are: the first of its maps. */
  readonly maps: readonly string[];
  /** The number of classes that there are maps of. */
  readonly classes: number;
  /** The labels of the references that count as the structure; none where all are empty and none was declared. */
  readonly labels: readonly number[];
  /** Subjects with a reference and no probabilities; not empty only with `allowMissing`. */
  readonly missing: readonly string[];
  /** Subjects with probabilities and no reference. */
  readonly extra: readonly string[];
}

/**
 * Reads the probability maps of a folder and their references, matched by subject: those of one label, or of all foreground labels as
 * one structure.
 *
 * @param references a file, a folder, or a list of label maps such as a dataset's references
 * @throws DataError with the faults of all subjects at once: unreadable files, other grids, values that are no probabilities, missing maps;
 *   references with other labels than there are maps of
 */
export async function readCalibrationSubjects(
  files: FileAccess,
  predictions: string,
  references: string | readonly LabelMapFile[],
  options: ReadingOptions = {},
  onEvent?: (event: ProgressEvent) => void,
): Promise<CalibrationSubjects> {
  const { maps, classes } = await listStructureMaps(files, predictions, options);
  const pathsOf = new Map(maps.map(({ path, paths }) => [path, paths]));
  const allowMissing = options.allowMissing === true;
  const { pairs, missing, extra } = await pairSubjects(files, maps, predictions, references, allowMissing);
  const subjects: SubjectProbabilities[] = [];
  const labels: (readonly number[])[] = [options.declaredLabels ?? []];
  const faults: string[] = [];
  for (const [index, pair] of pairs.entries()) {
    options.signal?.throwIfAborted();
    onEvent?.({ kind: 'progress', label: 'Reading', done: index, total: pairs.length, detail: pair.subject });
    try {
      const paths = pathsOf.get(pair.predictionFile) ?? [];
      const { subject, values } = await readSubject(files, pair.subject, paths, pair.referenceFile, options.label);
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
  checkLabels(found, classes, options.label);
  return {
    subjects,
    maps: pairs.map(({ predictionFile }) => predictionFile),
    classes,
    labels: options.label === undefined ? found : [options.label],
    missing,
    extra,
  };
}

function checkLabels(found: readonly number[], classes: number, label: number | undefined): void {
  const list = `The references hold the label${found.length === 1 ? '' : 's'} ${found.slice(0, 10).join(', ')}`;
  if (label !== undefined) {
    if (found.includes(label)) return;
    throw new DataError(`No reference holds the label ${label}. ${found.length === 0 ? 'They are empty' : list}.`);
  }
  if (found.length <= classes) return;
  throw new DataError(
    `${list}, and the probabilities are of ${classes === 1 ? 'one class' : `${classes} classes`}. Choose the label that they are of ` +
      '(--label), or give references of these classes alone.',
  );
}

/** @param label counts alone; undefined: every label does */
async function readSubject(
  files: FileAccess,
  subject: string,
  paths: readonly string[],
  referenceFile: string,
  label: number | undefined,
): Promise<{ subject: SubjectProbabilities; values: readonly number[] }> {
  const { volume: reference } = await readLabels(files, referenceFile);
  const maps: Float32Array[] = [];
  for (const path of paths) {
    const { volume } = await readImage(files, path);
    checkProbabilities(volume.data, path);
    checkSameGrid(path, volume, referenceFile, reference);
    maps.push(volume.data);
  }
  const wanted = label === undefined ? reference.data : Uint8Array.from(reference.data, (l) => (l === label ? 1 : 0));
  return { subject: sortProbabilities(subject, sumOf(maps), wanted), values: labelValuesOf(reference) };
}

/** Of probabilities that exclude each other; at most 1, which their rounding may pass. */
function sumOf(maps: readonly Float32Array[]): Float32Array {
  const [first] = maps;
  if (first === undefined || maps.length === 1) return first ?? new Float32Array(0);
  const sums = new Float32Array(first.length);
  for (let voxel = 0; voxel < sums.length; voxel++) {
    let sum = 0;
    for (const map of maps) sum += map[voxel];
    sums[voxel] = Math.min(1, sum);
  }
  return sums;
}
