import type { CurvePoint } from './curve-points.ts';
import type { RunSnapshot, ValidationSnapshot } from './run-snapshot.ts';
import type { StepCurve, StepPlot } from './step-plot.ts';

/** How the curves of one run are told apart. */
const LOSS = 0;
const VALIDATION = 1;
const RATE = 4;
/** Labels come after the mean over them. */
const FIRST_LABEL = 2;

const loss = { title: 'Loss', quantity: 'Loss', format: (value: number) => value.toFixed(4) } as const;
const dice = {
  title: 'Validation Dice',
  quantity: 'Dice',
  format: (value: number) => value.toFixed(3),
  range: [0, 1] as const,
};
const rate = { title: 'Learning rate', quantity: 'Learning rate', format: rateInWords };

/** A learning rate in three digits, as `0.00123` or `5.90e-6`. */
export function rateInWords(value: number): string {
  return value >= 0.001 || value === 0 ? value.toPrecision(3) : value.toExponential(2);
}

/** Loss, validation Dice and learning rate over the steps: of one run in detail, of several (folds) against each other. */
export function runPlots(runs: readonly RunSnapshot[]): readonly StepPlot[] {
  const [only] = runs;
  return runs.length === 1 && only !== undefined ? plotsOf(only) : plotsOfAll(runs);
}

function plotsOf(run: RunSnapshot): StepPlot[] {
  const { validations, meanLoss, learningRate } = run;
  const labels = run.description?.labels ?? [];
  const checked = validations.map((entry) => entry.loss);
  const lossCurves = [curve('Loss', LOSS, meanLoss)];
  if (checked.some((value) => value !== null)) {
    lossCurves.push(measured('Validation loss', VALIDATION, validations, (entry) => entry.loss));
  }
  const diceCurves = [measured(labels.length > 1 ? 'Mean' : 'Dice', VALIDATION, validations, (entry) => entry.mean)];
  if (labels.length > 1) {
    for (const [index, { name }] of labels.entries()) {
      diceCurves.push(measured(name, FIRST_LABEL + index, validations, (entry) => entry.dice[index] ?? null));
    }
  }
  return [
    { ...loss, curves: lossCurves, background: run.loss },
    { ...dice, curves: diceCurves },
    { ...rate, curves: [curve('Learning rate', RATE, learningRate)] },
  ];
}

function plotsOfAll(runs: readonly RunSnapshot[]): StepPlot[] {
  return [
    { ...loss, curves: runs.map(({ name, meanLoss }, index) => curve(name, index, meanLoss)) },
    {
      ...dice,
      curves: runs.map(({ name, validations }, index) => measured(name, index, validations, (entry) => entry.mean)),
    },
    { ...rate, curves: runs.map(({ name, learningRate }, index) => curve(name, index, learningRate)) },
  ];
}

function curve(name: string, series: number, points: readonly CurvePoint[]): StepCurve {
  return { name, series, points, isMarked: false };
}

function measured(
  name: string,
  series: number,
  validations: readonly ValidationSnapshot[],
  figureOf: (entry: ValidationSnapshot) => number | null,
): StepCurve {
  const points = validations.flatMap((entry): CurvePoint[] => {
    const value = figureOf(entry);
    return value === null ? [] : [[entry.step, value]];
  });
  return { name, series, points, isMarked: true };
}
