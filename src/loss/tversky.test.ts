import { describe, expect, it } from 'vitest';
import { randomValues } from '../../test/graph/random-values.ts';
import { lossOf } from '../../test/loss/loss-program.ts';
import { Random } from '../random.ts';
import type { LossTerm } from './loss-description.ts';

// One lesion voxel predicted at 0.8 and one background voxel at 0.4: TP 0.8, FN 0.2, FP 0.4.
const two = { logits: [Math.log(4), Math.log(2 / 3)], reference: [1, 0] };
const pair = [1, 1, 1, 1, 2];

function tversky(falsePositiveWeight: number, falseNegativeWeight: number, smoothing = 0) {
  return { name: 'tversky', weight: 1, falsePositiveWeight, falseNegativeWeight, smoothing } as const;
}

describe('the Tversky loss', () => {
  it.each([
    { weights: [0.3, 0.7], smoothing: 0, index: 0.8 / (0.8 + 0.3 * 0.4 + 0.7 * 0.2) },
    { weights: [0.7, 0.3], smoothing: 0, index: 0.8 / (0.8 + 0.7 * 0.4 + 0.3 * 0.2) },
    { weights: [1, 1], smoothing: 0, index: 0.8 / 1.4 },
    { weights: [0, 1], smoothing: 0, index: 0.8 / 1 },
    { weights: [0.1, 0.2], smoothing: 2, index: 2.8 / (0.8 + 0.04 + 0.04 + 2) },
  ])('of two voxels with $weights for FP, FN and smoothing $smoothing is by hand 1 - $index', (example) => {
    const [falsePositives, falseNegatives] = example.weights;
    const { loss } = lossOf(pair, [tversky(falsePositives, falseNegatives, example.smoothing)], two);
    expect(loss).toBeCloseTo(1 - example.index, 6);
  });

  it.each([0.5, 1, 1.5, 3])('is asymmetric similarity with beta %d at b^2 / (1 + b^2) for false negatives', (beta) => {
    const random = new Random('tversky', beta);
    const logits = randomValues(random, 'normal', 24);
    const feeds = { logits, reference: randomValues(random, 'mask', 24) };
    const square = beta * beta;
    for (const smoothing of [0, 1 + square]) {
      const asymmetric = { name: 'asymmetric', weight: 1, betas: [beta], smoothing } satisfies LossTerm;
      const same = tversky(1 / (1 + square), square / (1 + square), smoothing / (1 + square));
      const [found, expected] = [same, asymmetric].map((term) => lossOf([2, 1, 2, 3, 2], [term], feeds));
      expect(found.loss).toBeCloseTo(expected.loss, 6);
      for (const [at, value] of expected.gradient.entries()) expect(found.gradient[at]).toBeCloseTo(value, 7);
    }
  });
});
