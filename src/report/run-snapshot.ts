import type { RunDescription } from '../train/run-description.ts';
import { type RunLog, recentLoss } from '../train/run-log.ts';
import type { RunProgress } from '../train/run-progress.ts';
import { type CurvePoint, movingMean, thinPoints } from './curve-points.ts';

/** A training run as it stands, for a page that shows it: JSON. */
export interface RunSnapshot {
  /** The run's folder, by its name. */
  readonly name: string;
  /** Null before the run has written its configuration. */
  readonly progress: RunProgress | null;
  /** When the run last wrote, in milliseconds since 1970; null before that. */
  readonly written: number | null;
  readonly description: RunDescription | null;
  /** The mean loss of the last 50 steps, and the last learning rate; null before the first step. */
  readonly latest: { readonly loss: number; readonly learningRate: number } | null;
  /** Over steps: the lowest and the highest values of its stretches where there are many. */
  readonly loss: readonly CurvePoint[];
  /** The moving mean of the loss. */
  readonly meanLoss: readonly CurvePoint[];
  readonly learningRate: readonly CurvePoint[];
  readonly validations: readonly ValidationSnapshot[];
  /** Addresses of what the run has of these, seen from the snapshot's; null where there is none. */
  readonly files: {
    /** The picture of the last validation. */
    readonly picture: string | null;
    /** The report of the training. */
    readonly report: string | null;
    /** The report of the held-out subjects' scores with the final weights. */
    readonly scores: string | null;
  };
  /** What is wrong with the run's files, in a sentence; null where nothing is. */
  readonly fault: string | null;
}

/** A validation: Dice from 0 to 1, by the labels in their order, null where there is none. */
export interface ValidationSnapshot {
  readonly step: number;
  readonly loss: number | null;
  readonly mean: number | null;
  readonly dice: readonly (number | null)[];
  readonly subjects: Readonly<Record<string, readonly (number | null)[]>>;
}

/** All runs of a folder. */
export interface RunsSnapshot {
  readonly version: 1;
  /** The folder that was asked for. */
  readonly title: string;
  readonly runs: readonly RunSnapshot[];
}

/** The curves and validations of a run's log. */
export function curvesOf(
  { steps, validations }: RunLog,
  labels: RunDescription['labels'],
): Pick<RunSnapshot, 'latest' | 'loss' | 'meanLoss' | 'learningRate' | 'validations'> {
  const at = steps.map(({ step }) => step);
  const loss = steps.map((entry) => entry.loss);
  const points = (values: readonly number[]): CurvePoint[] =>
    thinPoints(at, values).map(([step, value]) => [step, shortened(value)]);
  const byLabel = (dice: Readonly<Record<string, number | null>>): (number | null)[] =>
    labels.map(({ value }) => dice[String(value)] ?? null);
  const last = steps.at(-1);
  return {
    latest: last === undefined ? null : { loss: recentLoss(steps), learningRate: last.learningRate },
    loss: points(loss),
    meanLoss: points(movingMean(loss, Math.round(loss.length / 50))),
    learningRate: points(steps.map((entry) => entry.learningRate)),
    validations: validations.map(({ step, loss: own, meanDice, dice, subjects }) => ({
      step,
      loss: own,
      mean: meanDice,
      dice: byLabel(dice),
      subjects: Object.fromEntries(Object.entries(subjects).map(([id, scores]) => [id, byLabel(scores)])),
    })),
  };
}

/** To six digits: more than a curve can show. */
function shortened(value: number): number {
  return Number(value.toPrecision(6));
}
