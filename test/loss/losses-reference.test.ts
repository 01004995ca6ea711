import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/graph/op.ts';
import type { LossTerm } from '../../src/loss/loss-description.ts';
import { Random } from '../../src/random.ts';
import { gradientError } from '../graph/gradient-check.ts';
import { interpret } from '../graph/interpreter.ts';
import { type RunOptions, runForms, runProgram } from '../graph/run-program.ts';
import { lossProgram } from './loss-program.ts';

interface Input {
  readonly shape: Shape;
  readonly logits: readonly number[];
  readonly reference: readonly number[];
  readonly weight: readonly number[] | null;
}

interface Result {
  readonly input: string;
  readonly loss: number;
  readonly value: number;
  readonly gradient: readonly number[];
}

/** PyTorch's values and gradients in float64: test/reference/losses.py. */
const { inputs, losses, results } = JSON.parse(
  readFileSync(new URL('../reference/losses.json', import.meta.url), 'utf8'),
) as {
  inputs: Readonly<Record<string, Input>>;
  losses: readonly LossTerm[];
  results: readonly Result[];
};

const cases = results.map((result) => {
  const input = inputs[result.input];
  const term = losses[result.loss];
  const feeds = { logits: input.logits, reference: input.reference, ...(input.weight && { weight: input.weight }) };
  return {
    about: `${result.input}: ${JSON.stringify(term)}`,
    program: lossProgram(input.shape, [term], input.weight !== null),
    logits: Float64Array.from(input.logits),
    feeds,
    ...result,
  };
});

function largestDifference(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(found[at] - value)), 0);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe('every loss is that of PyTorch in float64', () => {
  it.each(cases)('$about', ({ program, feeds, value, gradient }) => {
    const found = interpret(program, feeds);
    expect(Math.abs(found.loss[0] - value)).toBeLessThan(1e-10 * Math.max(1, value));
    expect(largestDifference(found.gradient, gradient)).toBeLessThan(1e-10 + 1e-9 * largest(gradient));
  });
});

describe('the gradient of every loss is that of central differences', () => {
  // Where logits are +-100 a step of 1e-5 changes nothing that float64 could show.
  it.each(cases.filter(({ input }) => !input.includes('extreme')))('$about', ({ about, program, feeds, logits }) => {
    const evaluate = (values: Float64Array) => interpret(program, { ...feeds, logits: values }).loss[0];
    const analytic = interpret(program, feeds).gradient;
    expect(gradientError(evaluate, logits, analytic, new Random('loss', about), 6)).toBeLessThan(1e-6);
  });
});

describe.each(runForms)(
  'in float32 every loss is that of PyTorch ($form, optimized: $optimize)',
  (form: RunOptions) => {
    it.each(Object.keys(inputs))('%s', async (name) => {
      for (const { about, program, feeds, value, gradient } of cases.filter(({ input }) => input === name)) {
        const found = await runProgram(program, feeds, form);
        expect(Math.abs(found.loss[0] - value), about).toBeLessThan(2e-6 * Math.max(1, value));
        expect(largestDifference(found.gradient, gradient), about).toBeLessThan(1e-6 + 1e-5 * largest(gradient));
      }
    });
  },
);
