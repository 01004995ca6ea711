import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { Random } from '../../src/random.ts';
import { randomValues } from './random-values.ts';
import { runForms, runProgram } from './run-program.ts';

describe.each(runForms)('max-pool with ties, in the $form form, optimized: $optimize', (form) => {
  /** The gradient in x of the sum of maxPool(x) times `weighting`. */
  async function gradientOf(shape: readonly number[], window: readonly number[], feeds: Record<string, Float64Array>) {
    const b = new GraphBuilder();
    const x = b.input('x', shape);
    const y = b.maxPool(x, window);
    const [inX] = gradient(b, b.total(b.multiply(y, b.input('weighting', y.shape))), [x]) as [Value];
    const { found } = await runProgram(b.program({ found: inX }), feeds, form);
    return [...(found as Float32Array)];
  }

  it('shares a gradient equally among the largest', async () => {
    const feeds = {
      // Windows along the last axis: (5, 5), (1, 3), (-2, -2)
      x: Float64Array.of(5, 5, 1, 3, -2, -2),
      weighting: Float64Array.of(4, 7, -6),
    };
    expect(await gradientOf([1, 1, 1, 1, 6], [1, 1, 2], feeds)).toEqual([2, 2, 0, 7, -3, -3]);
  });

  it('shares it among all eight of a constant window', async () => {
    const feeds = { x: new Float64Array(8), weighting: Float64Array.of(1) };
    expect(await gradientOf([1, 1, 2, 2, 2], [2, 2, 2], feeds)).toEqual(new Array(8).fill(0.125));
  });

  it('keeps the sum of the gradient in each channel', async () => {
    const random = new Random('ties');
    const feeds = {
      x: randomValues(random, 'tied', 2 * 3 * 4 * 4 * 6),
      weighting: randomValues(random, 'normal', 2 * 3 * 2 * 2 * 3),
    };
    const found = await gradientOf([2, 3, 4, 4, 6], [2, 2, 2], feeds);
    for (let channel = 0; channel < 6; channel++) {
      const sum = found.slice(96 * channel, 96 * (channel + 1)).reduce((total, value) => total + value, 0);
      const expected = feeds.weighting
        .slice(12 * channel, 12 * (channel + 1))
        .reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(expected, 4);
    }
  });
});
