import type { Label, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import type { Model } from '../model/model-file.ts';
import { loadForPrediction } from '../predict/ensemble.ts';
import { resolvePrediction } from '../predict/options.ts';
import { predictSubjects } from '../predict/predict-subjects.ts';
import type { TrainingCurve } from '../report/training-chart.ts';
import type { RunLog } from '../train/run-log.ts';
import type { Run } from '../train/train.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { packageVersion } from './package-version.ts';
import type { ProgressDisplay } from './progress.ts';
import { referencesOf } from './references.ts';
import { type ScoreOptions, type Scores, score } from './score.ts';

/** A model, the subjects to predict, and what their references hold. */
export interface ScoredModel extends Pick<ScoreOptions, 'training' | 'configuration'> {
  readonly model: Model;
  readonly subjects: readonly Subject[];
  readonly labels: readonly Label[];
}

export interface ScoreModelOptions {
  readonly files: FileAccess;
  readonly engine: Engine;
  /** Folder for the masks. */
  readonly predictions: string;
  /** Folder for summary.json, cases.csv and report.html. */
  readonly out: string;
  readonly title: string;
  readonly notes?: readonly string[];
  readonly signal: AbortSignal;
}

/** Predicts a run's held-out subjects with its final weights, as `rarevox predict` would, and scores them. */
export async function scoreRun(
  run: Run,
  labels: readonly Label[],
  options: ScoreModelOptions,
  display: ProgressDisplay,
): Promise<Scores> {
  const training = curveOf(await run.folder.readLog(), labels);
  const what = { model: run.model, subjects: run.validation, labels, training, configuration: run.description };
  return scoreModel(what, options, display);
}

/** Predicts subjects with a model and its defaults, as `rarevox predict` would, and scores them. */
export async function scoreModel(
  { model, subjects, labels, ...shown }: ScoredModel,
  { files, engine, predictions, signal, ...report }: ScoreModelOptions,
  display: ProgressDisplay,
): Promise<Scores> {
  const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, {}));
  await predictSubjects(ensemble, subjects, {
    files,
    out: predictions,
    saveProbabilities: false,
    version: packageVersion(),
    signal,
    onEvent: (event) => display.show(event),
  });
  const references = referencesOf(labels, subjects);
  const options = { ...report, ...shown, connectivity: 18, empty: 'null', signal } as const;
  return score(files, predictions, references, options, display);
}

/** A run's log as a curve to draw. */
export function curveOf({ steps, validations }: RunLog, labels: readonly Label[]): TrainingCurve {
  return {
    steps: steps.map(({ step }) => step),
    loss: steps.map(({ loss }) => loss),
    learningRate: steps.map(({ learningRate }) => learningRate),
    validations: validations.map(({ step, loss, dice, meanDice }) => ({
      step,
      loss,
      dice: labels.map(({ value }) => dice[String(value)] ?? null),
      mean: meanDice,
    })),
    classes: labels.map(({ name }) => name),
  };
}
