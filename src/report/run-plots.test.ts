import { expect, it } from 'vitest';
import type { RunDescription } from '../train/run-description.ts';
import { rateInWords, runPlots } from './run-plots.ts';
import { curvesOf, type RunSnapshot } from './run-snapshot.ts';

function snapshot(name: string, labels: RunDescription['labels']): RunSnapshot {
  const steps = [1, 2].map((step) => ({
    step,
    loss: 1 / step,
    learningRate: 0.01,
    gradientNorm: 1,
    seconds: step,
    dataSeconds: 0,
  }));
  const dice = Object.fromEntries(labels.map(({ value }) => [String(value), value === 2 ? null : 0.5]));
  const validation = { kind: 'validation', step: 2, dice, meanDice: 0.5, seconds: 2, validationSeconds: 1 } as const;
  return {
    name,
    progress: null,
    written: null,
    description: { labels } as RunDescription,
    ...curvesOf({ steps, validations: [{ ...validation, loss: 0.7, subjects: { a: dice } }] }, labels),
    files: { picture: null, report: null, scores: null },
    fault: null,
  };
}

const labels = [
  { value: 1, name: 'front' },
  { value: 2, name: 'back' },
];

it('shows one run in detail', () => {
  const plots = runPlots([snapshot('run', labels)]);
  expect(plots.map(({ title, curves }) => [title, curves.map(({ name, points }) => [name, points])])).toEqual([
    [
      'Loss',
      [
        [
          'Loss',
          [
            [1, 1],
            [2, 0.5],
          ],
        ],
        ['Validation loss', [[2, 0.7]]],
      ],
    ],
    [
      'Validation Dice',
      [
        ['Mean', [[2, 0.5]]],
        ['front', [[2, 0.5]]],
        // Undefined: no point.
        ['back', []],
      ],
    ],
    [
      'Learning rate',
      [
        [
          'Learning rate',
          [
            [1, 0.01],
            [2, 0.01],
          ],
        ],
      ],
    ],
  ]);
  expect(plots[0]?.background).toEqual([
    [1, 1],
    [2, 0.5],
  ]);
  expect(runPlots([snapshot('run', labels.slice(0, 1))])[1]?.curves.map(({ name }) => name)).toEqual(['Dice']);
});

it('shows folds against each other', () => {
  const plots = runPlots([snapshot('fold-0', labels), snapshot('fold-1', labels)]);
  for (const { curves } of plots) {
    expect(curves.map(({ name, series, points }) => [name, series, points.at(-1)?.[0]])).toEqual([
      ['fold-0', 0, 2],
      ['fold-1', 1, 2],
    ]);
  }
});

it('writes learning rates in three digits', () => {
  expect([0.001, 0.000123456, 0.0000059, 0].map(rateInWords)).toEqual(['0.00100', '1.23e-4', '5.90e-6', '0.00']);
});
