import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { elementCount } from '../../src/graph/program.ts';
import { Random } from '../../src/random.ts';
import { interpret } from './interpreter.ts';
import { randomValues } from './random-values.ts';
import { relativeDifference } from './relative-difference.ts';
import { runForms, runProgram } from './run-program.ts';

/**
 * An image of mean 10000 and spread 1, as a scan without intensity normalization may be. In float32 the mean of squares
 * minus the square of the mean is 0, or off by tens, here: 1e8 has a last place of 8.
 */
const shape = [2, 2, 32, 32, 32];
const random = new Random('mean far beside the spread');
const image = Float64Array.from(Float32Array.from(randomValues(random, 'normal', elementCount(shape)), (x) => 1e4 + x));

describe.each(runForms)('normalization of a large mean, in the $form form, optimized: $optimize', (form) => {
  it.each(['batch', 'instance'] as const)(
    'keeps the variance, the values and the gradient over the %s',
    async (over) => {
      const b = new GraphBuilder();
      const x = b.input('x', shape);
      const [scale, shift] = [b.input('scale', [2]), b.input('shift', [2])];
      const y = b.normalize(x, scale, shift, over, 1.1e-5);
      const loss = b.total(b.multiply(y, b.input('weighting', shape)));
      const [inX, inScale] = gradient(b, loss, [x, scale]) as [Value, Value];
      const program = b.program({ variance: b.channelVariance(x, over), y, inX, inScale });
      const feeds = {
        x: image,
        scale: [1.5, -0.5],
        shift: [0.25, 2],
        weighting: randomValues(new Random('weighting', over), 'normal', elementCount(shape)),
      };
      const expected = interpret(program, feeds);
      const found = await runProgram(program, feeds, form);
      for (const variance of expected.variance as Float64Array) expect(variance).toBeCloseTo(1, 1);
      for (const name of ['variance', 'y', 'inX', 'inScale']) {
        expect(relativeDifference(found[name] as Float32Array, expected[name] as Float64Array), name).toBeLessThan(
          1e-3,
        );
      }
    },
  );
});

describe.each(runForms)('sums of many terms, in the $form form, optimized: $optimize', (form) => {
  // One float32 number that takes up all 2 million terms is off by 0.4 %, or by 0.1 % for the squares.
  it('are exact to 1e-5 for a single channel', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 128, 128, 128]);
    const program = b.program({ total: b.total(x), byChannel: b.sum(x, [0, 2, 3, 4]) });
    const term = Math.fround(0.001);
    const found = await runProgram(program, { x: new Float64Array(128 ** 3).fill(term) }, form);
    const expected = term * 128 ** 3;
    expect((found.total?.[0] as number) / expected).toBeCloseTo(1, 5);
    expect((found.byChannel?.[0] as number) / expected).toBeCloseTo(1, 5);
  });

  it('give the variance of a single channel of mean 10000 and variance 1', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 1, 128, 128, 64]);
    const program = b.program({ variance: b.channelVariance(x, 'batch') });
    // Half of the voxels lie 1 below and half 1 above.
    const values = new Float64Array(128 * 128 * 64).map((_, at) => 1e4 + (at % 2 === 0 ? -1 : 1));
    const { variance } = await runProgram(program, { x: values }, form);
    expect(variance?.[0]).toBeCloseTo(1, 4);
  });
});

describe('normalized channels', () => {
  it('have mean 0 and variance 1 over the batch, and over each sample, and are then scaled and shifted', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', shape);
    const scale = b.make({ kind: 'constant', shape: [2], values: [1, 3] });
    const shift = b.make({ kind: 'constant', shape: [2], values: [0, -2] });
    const y = b.normalize(x, scale, shift, 'instance', 1e-9);
    const program = b.program({
      mean: b.channelMean(y, 'instance'),
      variance: b.channelVariance(y, 'instance'),
    });
    const x1 = randomValues(random, 'normal', elementCount(shape));
    for (const form of runForms) {
      const { mean, variance } = await runProgram(program, { x: x1 }, form);
      expect(relativeDifference(mean as Float32Array, [0, -2, 0, -2])).toBeLessThan(1e-5);
      expect(relativeDifference(variance as Float32Array, [1, 9, 1, 9])).toBeLessThan(1e-5);
    }
  });

  it('are the shift alone where the image is constant', async () => {
    const b = new GraphBuilder();
    const small = [1, 2, 2, 2, 2];
    const x = b.input('x', small);
    const [scale, shift] = [b.input('scale', [2]), b.input('shift', [2])];
    const y = b.normalize(x, scale, shift, 'batch', 1.1e-5);
    const [inX] = gradient(b, b.total(b.multiply(y, y)), [x]) as [Value];
    const feeds = { x: new Float64Array(16).fill(7), scale: [1, 2], shift: [3, 4] };
    for (const form of runForms) {
      const found = await runProgram(b.program({ y, inX }), feeds, form);
      expect([...(found.y as Float32Array)]).toEqual([...Array(8).fill(3), ...Array(8).fill(4)]);
      expect([...(found.inX as Float32Array)].every((value) => Math.abs(value) < 1e-2)).toBe(true);
    }
  });
});
