import { describe, expect, it } from 'vitest';
import { movingMean, thinPoints } from './curve-points.ts';
import { progressSvg, trainingChart } from './training-chart.ts';

describe('movingMean', () => {
  it('averages what lies within reach, fewer values at the ends', () => {
    expect(movingMean([2, 4, 9, 1], 1)).toEqual([3, 5, 14 / 3, 5]);
    expect(movingMean([2, 4, 9, 1], 0)).toEqual([2, 4, 9, 1]);
    expect(movingMean([], 3)).toEqual([]);
  });
});

describe('thinPoints', () => {
  it('keeps short curves as they are', () => {
    expect(thinPoints([1, 5], [0.5, 0.25])).toEqual([
      [1, 0.5],
      [5, 0.25],
    ]);
  });

  it('keeps the order, the highest and the lowest point of long ones', () => {
    const values = Array.from({ length: 12_345 }, (_, n) => Math.sin(n * 0.7) + (n === 7_000 ? 10 : n === 3 ? -10 : 0));
    const steps = values.map((_, n) => n + 1);
    const points = thinPoints(steps, values);
    expect(points.length).toBeLessThanOrEqual(800);
    expect(points.every(([step], n) => n === 0 || step > (points[n - 1]?.[0] ?? 0))).toBe(true);
    expect(points).toContainEqual([7001, values[7000]]);
    expect(points).toContainEqual([4, values[3]]);
  });
});

describe('training curve', () => {
  const curve = {
    steps: [1, 2, 3, 4],
    loss: [0.9, 0.7, 0.6, 0.55],
    learningRate: [1e-3, 1e-3, 5e-4, 1e-4],
    validations: [
      { step: 2, loss: 0.8, dice: [0.25, null], mean: 0.25 },
      { step: 3, loss: 0.7, dice: [0.4, 0.6], mean: 0.5 },
      { step: 4, loss: null, dice: [0.4, 0.4], mean: 0.4 },
    ],
    classes: ['<core>'],
  };

  it('is one SVG of its own with both themes, and says what it shows', () => {
    const svg = progressSvg(curve);
    expect(svg.match(/<svg /g)).toHaveLength(1);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('Loss 0.900 at step 1 and 0.550 at step 4. Best validation Dice: 0.500 at step 3.');
    for (const name of [
      'Validation loss',
      'Dice: class 2',
      'Dice: &lt;core&gt;',
      'Best, step 3: 0.500',
      'Learning rate, up to 0.0010',
    ]) {
      expect(svg).toContain(name);
    }
    expect(svg).not.toMatch(/href=|NaN|<core>/);
  });

  it('gives the same text each time', () => {
    expect(trainingChart(curve)).toBe(trainingChart(curve));
  });

  it('has a curve before the first step, and after a loss that is no number', () => {
    expect(progressSvg({ steps: [], loss: [] })).toContain('No step has been made yet.');
    expect(progressSvg({ steps: [1, 2, 3], loss: [1, Number.NaN, 0.5] })).not.toMatch(/d="[^"]*NaN/);
  });
});
