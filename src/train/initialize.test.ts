import { describe, expect, it } from 'vitest';
import { parameterLayout } from '../engine/lower-program.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Initializer } from '../graph/op.ts';
import { type ParameterNode, parametersOf } from '../graph/program.ts';
import { initialValues } from './initialize.ts';

function parameters(entries: Readonly<Record<string, [number, Initializer]>>): readonly ParameterNode[] {
  const b = new GraphBuilder();
  for (const [name, [size, initializer]] of Object.entries(entries)) b.parameter(name, [size], initializer);
  return parametersOf(b.program({}), 'weight');
}

function values(entries: Parameters<typeof parameters>[0], seed: number): Float32Array {
  const nodes = parameters(entries);
  return initialValues(nodes, parameterLayout(nodes), seed);
}

const he: Initializer = { kind: 'he-normal', fanIn: 50 };

describe('initialValues', () => {
  it('fills in constants and draws kernels with the deviation sqrt(2 / fan-in)', () => {
    const drawn = values({ scale: [3, { kind: 'constant', value: 1 }], kernel: [20_000, he] }, 1);
    expect([...drawn.subarray(0, 3)]).toEqual([1, 1, 1]);
    const kernel = drawn.subarray(3);
    const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
    const variance = kernel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kernel.length;
    // Five standard errors: 0.2 / sqrt(20000), and 0.2 / sqrt(40000) for the deviation.
    expect(Math.abs(mean)).toBeLessThan(5 * 0.0014);
    expect(Math.abs(Math.sqrt(variance) - 0.2)).toBeLessThan(5 * 0.001);
  });

  it('draws each parameter by its name and the seed, whatever others there are', () => {
    const alone = values({ a: [8, he] }, 1);
    const after = values({ b: [8, he], a: [8, he] }, 1);
    expect(after.subarray(8)).toEqual(alone);
    expect(after.subarray(0, 8)).not.toEqual(alone);
    expect(values({ a: [8, he] }, 2)).not.toEqual(alone);
  });
});
