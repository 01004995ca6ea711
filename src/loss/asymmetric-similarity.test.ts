import { describe, expect, it } from 'vitest';
import { gradientError } from '../../test/graph/gradient-check.ts';
import { interpret } from '../../test/graph/interpreter.ts';
import { randomValues } from '../../test/graph/random-values.ts';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { gradient } from '../graph/gradient.ts';
import type { Shape } from '../graph/op.ts';
import { elementCount } from '../graph/program.ts';
import { Random } from '../random.ts';
import { type AsymmetricSimilarityOptions, asymmetricSimilarity } from './asymmetric-similarity.ts';

/** Outputs `loss` and `gradient` in the inputs `logits`, `reference` and, where asked for, `weight`. */
function lossProgram(shape: Shape, options: AsymmetricSimilarityOptions, weighted = false) {
  const b = new GraphBuilder();
  const logits = b.input('logits', shape);
  const reference = b.input('reference', shape);
  const weight = weighted ? b.input('weight', [shape[0] as number, 1, ...shape.slice(2)]) : null;
  const loss = asymmetricSimilarity(b, { logits, reference, weight }, options);
  const [inLogits] = gradient(b, loss, [logits]) as [Value];
  return b.program({ loss, gradient: inLogits });
}

function lossOf(shape: Shape, options: AsymmetricSimilarityOptions, feeds: Record<string, ArrayLike<number>>) {
  const outputs = interpret(lossProgram(shape, options, 'weight' in feeds), feeds);
  return { loss: outputs.loss?.[0] as number, gradient: outputs.gradient as Float64Array };
}

/** The logit of a probability. */
function logit(p: number): number {
  return Math.log(p / (1 - p));
}

const pair = [1, 1, 1, 1, 2];

describe('asymmetric similarity', () => {
  // One lesion voxel predicted at 0.8 and one background voxel at 0.4: TP 0.8, FN 0.2, FP 0.4.
  const two = { logits: [logit(0.8), logit(0.4)], reference: [1, 0] };

  it.each([
    // 1.6 / (1.6 + 0.2 + 0.4)
    { beta: 1, smoothing: 0, similarity: 1.6 / 2.2 },
    // 5 * 0.8 / (5 * 0.8 + 4 * 0.2 + 0.4)
    { beta: 2, smoothing: 0, similarity: 4 / 5.2 },
    // 3.25 * 0.8 / (3.25 * 0.8 + 2.25 * 0.2 + 0.4)
    { beta: 1.5, smoothing: 0, similarity: 2.6 / 3.45 },
    // (1.6 + 1) / (2.2 + 1)
    { beta: 1, smoothing: 1, similarity: 2.6 / 3.2 },
    { beta: 1.5, smoothing: 3.25, similarity: 5.85 / 6.7 },
  ])(
    'of two voxels with beta $beta and smoothing $smoothing is by hand 1 - $similarity',
    ({ beta, smoothing, similarity }) => {
      expect(lossOf(pair, { betas: [beta], smoothing }, two).loss).toBeCloseTo(1 - similarity, 6);
    },
  );

  it('has the gradient that two voxels give by hand', () => {
    // Beta 1: F = 2 TP / D with D = sum p + sum g = 2.2. dF/dp = 2 g / D - 2 TP / D^2; dp/dlogit = p (1 - p).
    const { gradient: found } = lossOf(pair, { betas: [1], smoothing: 0 }, two);
    expect(found[0]).toBeCloseTo(-(2 / 2.2 - 1.6 / 2.2 ** 2) * 0.8 * 0.2, 6);
    expect(found[1]).toBeCloseTo((1.6 / 2.2 ** 2) * 0.4 * 0.6, 6);
  });

  it('punishes a missed lesion voxel more than a false one when beta is above 1, and less when below', () => {
    // Both predict one lesion voxel rightly; the one misses another, the other invents one.
    const shape = [1, 1, 1, 1, 4];
    const missed = { logits: [40, -40, -40, -40], reference: [1, 1, 0, 0] };
    const invented = { logits: [40, 40, -40, -40], reference: [1, 0, 0, 0] };
    for (const beta of [0.5, 1, 1.5, 3]) {
      const options = { betas: [beta], smoothing: 0 };
      const square = beta * beta;
      expect(lossOf(shape, options, missed).loss).toBeCloseTo(1 - (1 + square) / (1 + square + square), 6);
      expect(lossOf(shape, options, invented).loss).toBeCloseTo(1 - (1 + square) / (1 + square + 1), 6);
    }
  });

  it.each([0, 1])('with beta 1 and smoothing %d is the Dice loss 1 - (2 TP + s) / (sum p + sum g + s)', (smoothing) => {
    const shape = [2, 1, 2, 3, 2];
    const random = new Random('dice', smoothing);
    const logits = randomValues(random, 'normal', 24);
    const reference = randomValues(random, 'mask', 24);
    const probabilities = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const overlap = probabilities.reduce((sum, p, at) => sum + p * (reference[at] as number), 0);
    const total = probabilities.reduce((sum, p, at) => sum + p + (reference[at] as number), 0);
    const { loss } = lossOf(shape, { betas: [1], smoothing }, { logits, reference });
    expect(loss).toBeCloseTo(1 - (2 * overlap + smoothing) / (total + smoothing), 6);
  });

  it('takes the counts over the whole batch, not patch by patch', () => {
    const options = { betas: [1], smoothing: 0 };
    const feeds = { logits: [logit(0.8), logit(0.4), logit(0.1), logit(0.3)], reference: [1, 0, 0, 0] };
    // TP 0.8, sum p 1.6, sum g 1
    expect(lossOf([2, 1, 1, 1, 2], options, feeds).loss).toBeCloseTo(1 - 1.6 / 2.6, 6);
  });

  it('leaves out what the weight masks: padding changes neither loss nor gradient', () => {
    const options = { betas: [1.5], smoothing: 0.5 };
    const alone = lossOf(pair, options, two);
    const padded = (value: number, label: number) =>
      lossOf([1, 1, 1, 1, 4], options, {
        logits: [...two.logits, value, -value],
        reference: [...two.reference, label, label],
        weight: [1, 1, 0, 0],
      });
    for (const { loss, gradient: found } of [padded(0, 0), padded(30, 1), padded(-5, 1)]) {
      expect(loss).toBeCloseTo(alone.loss, 12);
      expect(found[0]).toBeCloseTo(alone.gradient[0] as number, 12);
      expect(found[1]).toBeCloseTo(alone.gradient[1] as number, 12);
      expect([...found.slice(2)].map(Math.abs)).toEqual([0, 0]);
    }
  });

  it('of several classes is the mean over the foreground classes, each with its beta', () => {
    // Two voxels, background and two classes; probabilities by voxel (0.5, 0.3, 0.2) and (0.2, 0.2, 0.6).
    const logits = [0.5, 0.2, 0.3, 0.2, 0.2, 0.6].map(Math.log);
    // The first voxel is class 1, the second class 2.
    const reference = [0, 0, 1, 0, 0, 1];
    // Class 1: TP 0.3, FN 0.7, FP 0.2; class 2: TP 0.6, FN 0.4, FP 0.2.
    const first = (2 * 0.3) / (2 * 0.3 + 0.7 + 0.2);
    const second = (5 * 0.6) / (5 * 0.6 + 4 * 0.4 + 0.2);
    const { loss } = lossOf([1, 3, 1, 1, 2], { betas: [1, 2], smoothing: 0 }, { logits, reference });
    expect(loss).toBeCloseTo(1 - (first + second) / 2, 6);
  });

  it('needs one beta for each foreground class', () => {
    expect(() => lossProgram([1, 3, 1, 1, 2], { betas: [1], smoothing: 0 })).toThrow(
      'asymmetric similarity: 2 foreground classes need as many betas; got 1',
    );
  });
});

describe('the gradient of asymmetric similarity is that of central differences', () => {
  it.each([
    { about: 'one class', shape: [2, 1, 2, 3, 2], betas: [1.5], smoothing: 0, weighted: false },
    { about: 'smoothed', shape: [1, 1, 2, 3, 2], betas: [3], smoothing: 3.25, weighted: false },
    { about: 'weighted', shape: [2, 1, 2, 3, 2], betas: [0.5], smoothing: 0, weighted: true },
    { about: 'three classes', shape: [2, 4, 2, 2, 2], betas: [1, 1.5, 2], smoothing: 0.1, weighted: true },
  ])('$about', ({ about, shape, betas, smoothing, weighted }) => {
    const random = new Random('loss', about);
    const [n, outputs, ...spatial] = shape as [number, number, ...number[]];
    const voxels = elementCount(spatial);
    const reference = new Float64Array(elementCount(shape));
    for (let at = 0; at < n * voxels; at++) {
      const [sample, voxel] = [Math.floor(at / voxels), at % voxels];
      if (outputs === 1) reference[at] = random.integer(2);
      else reference[(sample * outputs + random.integer(outputs)) * voxels + voxel] = 1;
    }
    const weight = randomValues(random, 'mask', n * voxels);
    const feeds = { reference, ...(weighted ? { weight } : {}) };
    const logits = randomValues(random, 'normal', elementCount(shape));
    const options = { betas, smoothing };
    const program = lossProgram(shape, options, weighted);
    const evaluate = (values: Float64Array) => interpret(program, { ...feeds, logits: values }).loss?.[0] as number;
    const analytic = interpret(program, { ...feeds, logits }).gradient as Float64Array;
    expect(gradientError(evaluate, logits, analytic, random, 8)).toBeLessThan(1e-6);
  });
});

describe.each(runForms)(
  'in float32 asymmetric similarity is defined everywhere ($form, optimized: $optimize)',
  (form) => {
    const run = async (
      shape: Shape,
      smoothing: number,
      logits: readonly number[],
      reference: readonly number[],
      weight?: readonly number[],
    ) => {
      const feeds = { logits, reference, ...(weight === undefined ? {} : { weight }) };
      const betas = new Array(Math.max(1, (shape[1] as number) - 1)).fill(1.5);
      const outputs = await runProgram(lossProgram(shape, { betas, smoothing }, weight !== undefined), feeds, form);
      return { loss: outputs.loss?.[0] as number, gradient: [...(outputs.gradient as Float32Array)] };
    };
    const logitValues = [-200, -30, -3, 0, 3, 30, 200, -1];
    const eight = [1, 1, 2, 2, 2];

    it('with loss 1 and gradient exactly 0 on a patch without foreground, at smoothing 0', async () => {
      const found = await run(eight, 0, logitValues, new Array(8).fill(0));
      expect(found.loss).toBe(1);
      expect(found.gradient.map(Math.abs)).toEqual(new Array(8).fill(0));
    });

    it('also where nothing is predicted and where all is masked', async () => {
      for (const found of [
        await run(eight, 0, new Array(8).fill(-200), new Array(8).fill(0)),
        await run(eight, 0, logitValues, new Array(8).fill(1), new Array(8).fill(0)),
      ]) {
        expect(found.loss).toBe(1);
        expect(found.gradient.map(Math.abs)).toEqual(new Array(8).fill(0));
      }
    });

    it('with loss near 0 on a patch of foreground that is all found, and a finite gradient', async () => {
      const found = await run(eight, 0, new Array(8).fill(200), new Array(8).fill(1));
      expect(found.loss).toBeCloseTo(0, 6);
      expect(found.gradient.every((value) => Math.abs(value) < 1e-6)).toBe(true);
    });

    it('with a finite loss and gradient for extreme logits, one voxel, any smoothing', async () => {
      const ones: readonly [number, number][] = [
        [-200, 0],
        [-200, 1],
        [0, 0],
        [0, 1],
        [200, 0],
        [200, 1],
      ];
      for (const smoothing of [0, 1e-5, 3.25]) {
        for (const [value, label] of ones) {
          const found = await run([1, 1, 1, 1, 1], smoothing, [value], [label]);
          expect(found.loss).toBeGreaterThanOrEqual(0);
          expect(found.loss).toBeLessThanOrEqual(1);
          expect(Number.isFinite(found.gradient[0])).toBe(true);
        }
      }
    });

    it('with a finite loss and gradient where one of several classes is missing', async () => {
      // Two voxels of background and class 1; class 2 appears in neither reference nor prediction.
      const found = await run([1, 3, 1, 1, 2], 0, [0, 0, 0, 0, -200, -200], [1, 0, 0, 1, 0, 0]);
      // Class 1: TP 0.5, sum p 1, sum g 1, so F = 3.25 * 0.5 / (2.25 + 1) = 0.5; class 2: 0.
      expect(found.loss).toBeCloseTo(0.75, 5);
      expect(found.gradient.every(Number.isFinite)).toBe(true);
    });
  },
);
