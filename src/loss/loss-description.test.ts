import { describe, expect, it } from 'vitest';
import { randomValues } from '../../test/graph/random-values.ts';
import { lossOf } from '../../test/loss/loss-program.ts';
import { Random } from '../random.ts';
import { type LossTerm, lossDescriptionSchema, teachesBackground } from './loss-description.ts';

const sides = { falsePositiveWeight: 0.3, falseNegativeWeight: 0.7, smoothing: 0 };
const alone: readonly [LossTerm, boolean][] = [
  [{ name: 'asymmetric', weight: 1, betas: [1.5], smoothing: 0 }, false],
  [{ name: 'tversky', weight: 1, ...sides }, false],
  [{ name: 'dice', weight: 1, smoothing: 0 }, false],
  [{ name: 'generalized-dice', weight: 1 }, true],
  [{ name: 'focal', weight: 1, gamma: 2, alpha: 0.25 }, true],
  [{ name: 'focal', weight: 1, gamma: 2, alpha: 1 }, false],
  [{ name: 'cross-entropy', weight: 1, foregroundWeight: 1 }, true],
  [{ name: 'focal-tversky', weight: 1, ...sides, gamma: 4 / 3 }, false],
];

describe('lossFunction', () => {
  it('is the weighted sum of the terms, in value and gradient', () => {
    const shape = [2, 1, 2, 2, 2];
    const random = new Random('sum');
    const logits = randomValues(random, 'normal', 16);
    const feeds = { logits, reference: randomValues(random, 'mask', 16) };
    const weighted = alone.map(([term], index): LossTerm => ({ ...term, weight: 0.5 + index }));
    const parts = alone.map(([term]) => lossOf(shape, [term], feeds));
    const { loss, gradient } = lossOf(shape, weighted, feeds);
    const sum = (value: (part: (typeof parts)[number]) => number) =>
      parts.reduce((total, part, index) => total + (0.5 + index) * value(part), 0);
    expect(loss).toBeCloseTo(
      sum((part) => part.loss),
      12,
    );
    for (const [at, value] of gradient.entries())
      expect(value).toBeCloseTo(
        sum((part) => part.gradient[at]),
        12,
      );
  });
});

describe('teachesBackground', () => {
  it.each(alone)('of $name alone is whether a patch without foreground has a gradient', (term, expected) => {
    expect(teachesBackground({ terms: [term], automaticBetas: null })).toBe(expected);
    const feeds = { logits: [-4, -1, 0, 3], reference: [0, 0, 0, 0] };
    const { gradient } = lossOf([1, 1, 1, 2, 2], [term], feeds);
    if (expected) expect(gradient.every((value) => value > 0)).toBe(true);
    else expect(gradient.map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it('of a sum is whether one of its terms does', () => {
    const [asymmetric, tversky, , , , , entropy] = alone.map(([term]) => term);
    expect(teachesBackground({ terms: [asymmetric, tversky], automaticBetas: null })).toBe(false);
    expect(teachesBackground({ terms: [asymmetric, entropy], automaticBetas: null })).toBe(true);
  });
});

describe('lossDescriptionSchema', () => {
  it.each([
    { terms: [], automaticBetas: null },
    { terms: [{ name: 'dice', weight: 1 }], automaticBetas: null },
    { terms: [{ name: 'dice', weight: 0, smoothing: 0 }], automaticBetas: null },
    { terms: [{ name: 'dice', weight: 1, smoothing: 0, beta: 1 }], automaticBetas: null },
    { terms: [{ name: 'hausdorff', weight: 1 }], automaticBetas: null },
    { terms: [{ name: 'generalized-dice', weight: 1 }] },
  ])('refuses %j', (record) => {
    expect(lossDescriptionSchema.safeParse(record).success).toBe(false);
  });
});
