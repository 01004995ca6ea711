import { describe, expect, it } from 'vitest';
import { interpret } from '../../test/graph/interpreter.ts';
import { randomValues } from '../../test/graph/random-values.ts';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { gradient } from '../graph/gradient.ts';
import { elementCount } from '../graph/program.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import { Random } from '../random.ts';
import { deeplySupervised } from './deep-supervision.ts';
import type { LossFunction } from './programs.ts';

/** What each output is compared with, and the loss where that of an output is `10^index`. */
function inspect(outputs: number, spatial: readonly number[], coarse: readonly (readonly number[])[], weighted = true) {
  const b = new GraphBuilder();
  const reference = b.input('reference', [1, outputs, ...spatial]);
  const weight = weighted ? b.input('weight', [1, 1, ...spatial]) : null;
  const logits = b.input('logits', [1, outputs, ...spatial]);
  const auxiliary = coarse.map((shape, index) => b.input(`auxiliary.${index}`, [1, outputs, ...shape]));
  const seen: Record<string, Value> = {};
  let calls = 0;
  const loss: LossFunction = (_, input) => {
    seen[`reference.${calls}`] = input.reference;
    if (input.weight !== null) seen[`weight.${calls}`] = input.weight;
    return b.constant(10 ** calls++);
  };
  const total = deeplySupervised(b, loss, { logits, reference, weight }, auxiliary);
  return b.program({ ...seen, total });
}

describe('the loss at all depths', () => {
  const whole = [4, 4, 8];
  const ones = new Float64Array(128).fill(1);
  it.each([
    { coarse: [], total: 1 },
    // (1 + 10/2) / (3/2)
    { coarse: [[2, 2, 4]], total: 4 },
    // (1 + 10/2 + 100/4) / (7/4)
    {
      coarse: [
        [2, 2, 4],
        [1, 1, 2],
      ],
      total: 124 / 7,
    },
  ])('weighs the depths by 1, 1/2, 1/4, … over their sum: $total for $coarse', ({ coarse, total }) => {
    const found = interpret(inspect(1, whole, coarse), { reference: ones, weight: ones });
    expect(found.total?.[0]).toBeCloseTo(total, 12);
  });
});

describe('what a coarser output is compared with', () => {
  it('of one class is there where any of its voxels that count is', () => {
    const program = inspect(1, [2, 2, 4], [[1, 1, 2]]);
    const reference = new Float64Array(16);
    const weight = new Float64Array(16).fill(1);
    reference[5] = 1;
    reference[2] = 1;
    // The second block's only lesion voxel does not count, its others do.
    weight[2] = 0;
    const found = interpret(program, { reference, weight });
    expect([...(found['reference.1'] as Float64Array)]).toEqual([1, 0]);
    expect([...(found['weight.1'] as Float64Array)]).toEqual([1, 1]);
    for (const at of [2, 3, 6, 7, 10, 11, 14, 15]) weight[at] = 0;
    expect([...(interpret(program, { reference, weight })['weight.1'] as Float64Array)]).toEqual([1, 0]);
  });

  it('never loses a lesion of one voxel, wherever it lies', () => {
    const program = inspect(
      1,
      [4, 4, 4],
      [
        [2, 2, 2],
        [1, 1, 1],
      ],
      false,
    );
    for (let at = 0; at < 64; at++) {
      const reference = new Float64Array(64);
      reference[at] = 1;
      const found = interpret(program, { reference });
      for (const depth of [1, 2]) expect(Math.max(...(found[`reference.${depth}`] as Float64Array))).toBe(1);
      const block = (at >> 5) * 4 + ((at >> 3) & 1) * 2 + ((at >> 1) & 1);
      expect((found['reference.1'] as Float64Array).indexOf(1)).toBe(block);
    }
  });

  it('of several classes is the middle voxel, one-hot, and counts where that one counts', () => {
    const shape = [4, 2, 6];
    const random = new Random('middle');
    const labels = Array.from({ length: 48 }, () => random.integer(3));
    const reference = new Float64Array(3 * 48);
    for (const [at, label] of labels.entries()) reference[label * 48 + at] = 1;
    const weight = randomValues(random, 'mask', 48);
    for (const at of labels.keys()) if (weight[at] === 0) for (const c of [0, 1, 2]) reference[c * 48 + at] = 1;
    // The windows are 2, 1, 2: of sizes that are even the voxel after the middle.
    const found = interpret(inspect(3, shape, [[2, 2, 3]]), { reference, weight });
    for (let k = 0; k < 2; k++) {
      for (let j = 0; j < 2; j++) {
        for (let i = 0; i < 3; i++) {
          const fine = ((2 * k + 1) * 2 + j) * 6 + 2 * i + 1;
          const at = (k * 2 + j) * 3 + i;
          expect(found['weight.1']?.[at]).toBe(weight[fine]);
          for (let c = 0; c < 3; c++) {
            const expected = weight[fine] === 1 && labels[fine] === c ? 1 : 0;
            expect(found['reference.1']?.[c * 12 + at]).toBe(expected);
          }
        }
      }
    }
  });
});

describe.each([1, 3])('with %d outputs', (outputs) => {
  const b = new GraphBuilder();
  const shapes = [
    [4, 4, 8],
    [4, 2, 4],
    [2, 1, 2],
  ];
  const [logits, ...auxiliary] = shapes.map((shape, index) => b.input(`logits.${index}`, [2, outputs, ...shape]));
  const reference = b.input('reference', [2, outputs, 4, 4, 8]);
  const weight = b.input('weight', [2, 1, 4, 4, 8]);
  const betas = new Array(Math.max(1, outputs - 1)).fill(1.5);
  const similarity: LossFunction = (_, input) => asymmetricSimilarity(b, input, { betas, smoothing: 0.5 });
  const main = logits as Value;
  const loss = deeplySupervised(b, similarity, { logits: main, reference, weight }, auxiliary);
  const inLogits = gradient(b, loss, [main, ...auxiliary]);
  const program = b.program({
    loss,
    ...Object.fromEntries(inLogits.map((value, index) => [`gradient.${index}`, value])),
  });
  const random = new Random('supervised', outputs);
  const feeds: Record<string, Float64Array> = { weight: randomValues(random, 'mask', 256) };
  const labels = Array.from({ length: 256 }, () => random.integer(Math.max(2, outputs)));
  feeds.reference = new Float64Array(256 * outputs);
  for (const [at, label] of labels.entries()) {
    const sample = at >> 7;
    if (outputs === 1) feeds.reference[at] = label;
    else feeds.reference[(sample * outputs + label) * 128 + (at & 127)] = 1;
  }
  for (const [index, shape] of shapes.entries()) {
    feeds[`logits.${index}`] = randomValues(random, 'normal', 2 * outputs * elementCount(shape));
  }
  const expected = interpret(program, feeds);

  it('what does not count has no influence on the loss and gradient', () => {
    const changed = feeds.reference?.slice() as Float64Array;
    for (let at = 0; at < 256; at++) {
      if (feeds.weight?.[at] !== 0) continue;
      for (let c = 0; c < outputs; c++) {
        const place = ((at >> 7) * outputs + c) * 128 + (at & 127);
        changed[place] = 1 - (changed[place] as number);
      }
    }
    expect(changed).not.toEqual(feeds.reference);
    expect(interpret(program, { ...feeds, reference: changed })).toEqual(expected);
  });

  it.each(runForms)('it is the same when run ($form, optimized: $optimize)', async (form) => {
    const found = await runProgram(program, feeds, form);
    for (const [name, values] of Object.entries(expected)) {
      for (const [at, value] of values.entries()) expect(found[name]?.[at], name).toBeCloseTo(value, 5);
    }
  });
});
