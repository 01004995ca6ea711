import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { interpret } from '../../test/graph/interpreter.ts';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { presetNetwork } from '../network/options.ts';
import { optimizerOptionsSchema } from '../optimizer/options.ts';
import { gradientProgram } from './programs.ts';
import { accumulationProgram, decayMask, updateProgram } from './update-program.ts';

const vector = z.array(z.number());
const reference = z
  .object({
    decayed: vector,
    learningRate: z.number(),
    cases: z.array(
      z.object({
        options: z.record(z.string(), z.union([z.string(), z.number()])),
        start: vector,
        gradients: z.array(vector),
        weights: z.array(vector),
        norms: vector,
        averages: z.array(vector).nullable(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../test/reference/optimizer.json', import.meta.url), 'utf8')));

describe.each(reference.cases)('the update as PyTorch makes it: $options', (example) => {
  const options = optimizerOptionsSchema.parse({ average: 0, ...example.options });
  const { program, vectors, scalarsAt } = updateProgram({ weights: 7, statistics: 0 }, options);

  type Run = (feeds: Record<string, ArrayLike<number>>) => Promise<Readonly<Record<string, ArrayLike<number>>>>;

  async function follow(run: Run, digits: number): Promise<void> {
    let state: Record<string, ArrayLike<number>> = Object.fromEntries(
      vectors.map((name) => [name, ['parameters', 'averaged'].includes(name) ? example.start : new Array(7).fill(0)]),
    );
    for (const [index, gradients] of example.gradients.entries()) {
      const scalars = Object.entries(scalarsAt(reference.learningRate, index + 1));
      const found = await run({
        ...state,
        gradients,
        decayed: reference.decayed,
        ...Object.fromEntries(scalars.map(([name, value]) => [name, [value]])),
      });
      state = Object.fromEntries(vectors.map((name) => [name, found[`next.${name}`]]));
      const expected = { parameters: example.weights[index], averaged: example.averages?.[index] };
      for (const [name, values] of Object.entries(expected)) {
        for (const [at, value] of (values ?? []).entries()) {
          expect(state[name][at], `${name} ${at} after ${index + 1} steps`).toBeCloseTo(value, digits);
        }
      }
      expect(found.gradientNorm[0]).toBeCloseTo(example.norms[index], digits - 1);
    }
  }

  it('in float64', () => follow(async (feeds) => interpret(program, feeds) as Record<string, Float64Array>, 7));

  it.each(runForms)('in float32 ($form, optimized: $optimize)', (form) =>
    follow((feeds) => runProgram(program, feeds, form) as ReturnType<Run>, 5),
  );
});

describe('the update', () => {
  it('steps by the mean of the accumulated gradients, and moves the statistics by 1 % of their mean', () => {
    const options = optimizerOptionsSchema.parse({ optimizer: 'sgd', momentum: 0, l2: 0, accumulate: 4, average: 0 });
    const { program, scalarsAt } = updateProgram({ weights: 2, statistics: 2 }, options);
    const found = interpret(program, {
      parameters: [1, 2],
      velocity: [0, 0],
      gradients: [4, -8],
      decayed: [1, 1],
      statistics: [100, 0],
      batchStatistics: [40, 80],
      ...Object.fromEntries(Object.entries(scalarsAt(0.5, 1)).map(([name, value]) => [name, [value]])),
    });
    expect([...(found['next.parameters'] as Float64Array)]).toEqual([0.5, 3]);
    expect(found['next.statistics']?.[0]).toBeCloseTo(99.1, 12);
    expect(found['next.statistics']?.[1]).toBeCloseTo(0.2, 12);
    expect(found.gradientNorm?.[0]).toBeCloseTo(Math.hypot(1, 2), 12);
  });

  it('adds up batches', () => {
    const found = interpret(accumulationProgram({ weights: 2, statistics: 1 }), {
      gradients: [1, 2],
      moreGradients: [10, -2],
      batchStatistics: [3],
      moreBatchStatistics: [4],
    });
    expect([...(found['next.gradients'] as Float64Array)]).toEqual([11, 0]);
    expect([...(found['next.batchStatistics'] as Float64Array)]).toEqual([7]);
  });

  it('decays the kernels that the network names, and no others', () => {
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, normalization: 'batch' });
    const { weights } = gradientProgram(network, (b, { logits }) => b.total(logits), 2, [32, 32, 32]);
    const mask = decayMask(weights);
    for (const { name, offset, size, shape } of weights.entries) {
      const isDense3 = name.endsWith('.growth.weight');
      const expected = shape.length === 5 && !isDense3 && name !== 'head.weight' ? 1 : 0;
      expect(new Set(mask.subarray(offset, offset + size)), name).toEqual(new Set([expected]));
    }
  });
});
