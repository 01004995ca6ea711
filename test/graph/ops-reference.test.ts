import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import type { Op, Shape } from '../../src/graph/op.ts';
import { asymmetricSimilarity } from '../../src/loss/asymmetric-similarity.ts';
import { groupNormalization } from '../../src/network/normalization.ts';
import { runForms, runProgram } from './run-program.ts';

/*
 * Every op, the losses and group normalization against PyTorch: values and gradients as test/reference/ops.py made them,
 * in float64.
 */

interface Tensor {
  readonly shape: Shape;
  readonly values: readonly number[];
}

interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly output: Tensor;
  readonly outputGradient: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const { cases } = JSON.parse(readFileSync(new URL('../reference/ops.json', import.meta.url), 'utf8')) as {
  cases: OpCase[];
};

function build(b: GraphBuilder, example: OpCase, inputs: Readonly<Record<string, Value>>): Value {
  const { options } = example;
  switch (example.op) {
    case 'asymmetricSimilarity':
      return asymmetricSimilarity(
        b,
        { logits: inputs.logits, reference: inputs.target, weight: inputs.weight ?? null },
        options as { betas: number[]; smoothing: number },
      );
    case 'groupNormalization':
      return groupNormalization(b, inputs.x, inputs.scale, inputs.shift, options.groups as number);
    default:
      return b.make({ kind: example.op, ...options } as unknown as Op, ...Object.values(inputs));
  }
}

/**
 * The largest difference, relative to the largest magnitude or to 0.01 where all are smaller: where a softmax or a sigmoid
 * saturates, float32 rounds what is left of the gradient (1e-9 beside terms of 1) at the seventh digit of the terms.
 */
function deviation(found: Float32Array, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const difference = expected.reduce((most, value, index) => Math.max(most, Math.abs(found[index] - value)), 0);
  return difference / expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0.01);
}

/** float32 keeps four digits where the mean is 2000 times the spread. */
const LOOSE = /mean large beside the spread/;

describe.each(runForms)('ops as PyTorch computes them, $form, optimize $optimize', (form) => {
  it.each(cases)('$name', async (example) => {
    const b = new GraphBuilder();
    const entries = Object.entries(example.inputs);
    const inputs = Object.fromEntries(
      entries.map(([name, { shape }]) => [name, b.input(name, shape, name === 'mask' ? 'uint8' : 'float32')]),
    );
    const output = build(b, example, inputs);
    expect(output.shape).toEqual(example.output.shape);
    const weights = b.input('outputGradient', example.output.shape);
    const loss = b.total(b.multiply(output, weights));
    const differentiated = Object.keys(example.gradients);
    const gradients = gradient(
      b,
      loss,
      differentiated.map((name) => inputs[name]),
    );
    const outputs = Object.fromEntries(gradients.map((value, index) => [`gradient ${differentiated[index]}`, value]));
    const feeds = Object.fromEntries(entries.map(([name, { values }]) => [name, Float64Array.from(values)]));
    feeds.outputGradient = Float64Array.from(example.outputGradient);
    const result = await runProgram(b.program({ output, ...outputs }), feeds, form);

    const tolerance = LOOSE.test(example.name) ? 2e-3 : 2e-5;
    expect(deviation(result.output, example.output.values)).toBeLessThan(tolerance);
    for (const name of differentiated) {
      const difference = deviation(result[`gradient ${name}`], example.gradients[name]);
      expect(difference, `gradient in ${name}`).toBeLessThan(tolerance);
    }
  });
});
