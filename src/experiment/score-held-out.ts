import type { Label, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { evaluateFolders } from '../evaluate/evaluate-folders.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import { thinCounts } from '../evaluate/threshold-counts.ts';
import type { Model } from '../model/model-file.ts';
import { loadForPrediction } from '../predict/ensemble.ts';
import { resolvePrediction } from '../predict/options.ts';
import { outputNames } from '../predict/output-names.ts';
import { predictSubjects } from '../predict/predict-subjects.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { PlannedResult } from './plan.ts';
import type { ResultCase } from './result.ts';

export interface ScoreOptions {
  readonly files: FileAccess;
  readonly engine: Engine;
  readonly labels: readonly Label[];
  /** Folder for the masks. */
  readonly out: string;
  /** Of rarevox. */
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ProgressEvent) => void;
}

/**
 * Predicts held-out subjects in one way and scores them. Subjects that lack a sequence that is asked for are left out; none may be left.
 * What was predicted before it was interrupted is not predicted again. The masks stay; `removeProbabilities` takes the maps away.
 */
export async function scoreHeldOut(
  model: Model,
  subjects: readonly Subject[],
  { prediction, sequences }: Pick<PlannedResult, 'prediction' | 'sequences'>,
  { files, engine, labels, out, version, signal, onEvent }: ScoreOptions,
): Promise<ResultCase[]> {
  const chosen = sequences === null ? subjects : subjects.flatMap((subject) => withSequences(subject, sequences));
  if (chosen.length === 0) return [];
  const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, prediction));
  await predictSubjects(ensemble, chosen, { files, out, saveProbabilities: true, version, signal, onEvent });
  const references = chosen.map(({ id, reference }) => ({ subject: subjectKey(id), path: reference as string }));
  const evaluation = await evaluateFolders(
    files,
    out,
    references,
    {
      connectivity: 18,
      probabilities: out,
      declaredLabels: labels.map(({ value }) => value),
      labelNames: Object.fromEntries(labels.map(({ value, name }) => [String(value), name])),
      signal,
    },
    (event) => {
      if (event.kind === 'progress') onEvent(event);
    },
  );
  return evaluation.cases.map(({ subject, metrics }) => {
    const own = evaluation.curves.filter((curve) => curve.subject === subject);
    return {
      subject,
      metrics,
      counted: Object.fromEntries(own.map(({ label, counts }) => [String(label), thinCounts(counts)])),
    };
  });
}

/** Deletes the probability maps that `scoreHeldOut` leaves, which are many times as large as all else. */
export async function removeProbabilities(
  files: FileAccess,
  out: string,
  subjects: readonly Subject[],
  labels: readonly Label[],
): Promise<void> {
  const words = labels.map(({ name }) => name);
  for (const { id } of subjects) {
    for (const name of outputNames(id, words).probabilities) await files.remove(`${out}/${name}`);
  }
}

/** The subject with these sequences alone, or nothing where it lacks one. */
function withSequences(subject: Subject, sequences: readonly string[]): Subject[] {
  if (sequences.some((sequence) => subject.images[sequence] === undefined)) return [];
  const images = Object.fromEntries(sequences.map((sequence) => [sequence, subject.images[sequence] as string]));
  return [{ ...subject, images }];
}
