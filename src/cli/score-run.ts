import type { Label } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
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
import { type Scores, score } from './score.ts';

export interface ScoreRunOptions {
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
  { files, engine, predictions, signal, ...report }: ScoreRunOptions,
  display: ProgressDisplay,
): Promise<Scores> {
  const ensemble = await loadForPrediction(engine, run.model, resolvePrediction(run.model.description, {}));
  await predictSubjects(ensemble, run.validation, {
    files,
    out: predictions,
    saveProbabilities: false,
    version: packageVersion(),
    signal,
    onEvent: (event) => display.show(event),
  });
  const training = curveOf(await run.folder.readLog(), labels);
  const references = referencesOf(labels, run.validation);
  const options = {
    ...report,
    connectivity: 18,
    empty: 'null',
    training,
    configuration: run.description,
    signal,
  } as const;
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
