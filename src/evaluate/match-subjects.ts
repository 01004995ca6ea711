import { DataError } from '../errors.ts';
import type { LabelMapFile } from './label-map-files.ts';
import { baseName } from './subject-key.ts';

/** A prediction and the reference to score it against. */
export interface EvaluationPair {
  readonly subject: string;
  readonly predictionFile: string;
  readonly referenceFile: string;
}

export interface MatchedSubjects {
  readonly pairs: readonly EvaluationPair[];
  /** Subjects with a reference and no prediction. */
  readonly missing: readonly string[];
  /** Subjects with a prediction and no reference. */
  readonly extra: readonly string[];
}

/**
 * Pairs predictions with references by subject, in the order of the references. Where a subject has several files, those
 * named `desc-lesion` or `label-lesion` are taken.
 *
 * @throws DataError where a subject still has several files on one side, since either could be meant
 */
export function matchSubjects(
  predictions: readonly LabelMapFile[],
  references: readonly LabelMapFile[],
): MatchedSubjects {
  const faults: string[] = [];
  const predicted = onePerSubject(predictions, 'prediction', faults);
  const present = onePerSubject(references, 'reference', faults);
  if (faults.length > 0) throw new DataError(faults.join('\n'));

  const pairs: EvaluationPair[] = [];
  const missing: string[] = [];
  for (const [subject, referenceFile] of present) {
    const predictionFile = predicted.get(subject);
    if (predictionFile === undefined) missing.push(subject);
    else pairs.push({ subject, predictionFile, referenceFile });
  }
  return { pairs, missing, extra: [...predicted.keys()].filter((subject) => !present.has(subject)) };
}

function onePerSubject(maps: readonly LabelMapFile[], what: string, faults: string[]): Map<string, string> {
  const bySubject = new Map<string, string[]>();
  for (const { subject, path } of maps) bySubject.set(subject, [...(bySubject.get(subject) ?? []), path]);
  const chosen = new Map<string, string>();
  for (const [subject, paths] of bySubject) {
    const lesions = paths.filter((path) => /_(desc|label)-lesion(_|\.)/.test(baseName(path)));
    const candidates = lesions.length > 0 ? lesions : paths;
    if (candidates.length === 1) chosen.set(subject, candidates[0] as string);
    else {
      faults.push(
        `${subject} has more than one ${what}: ${candidates.join(', ')}. Leave one, or name the file itself.`,
      );
    }
  }
  return chosen;
}
