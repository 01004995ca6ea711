import { describe, expect, it } from 'vitest';
import { interpret } from '../../test/graph/interpreter.ts';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { adam, adamScalars } from './adam.ts';

function adamProgram(weights: number) {
  const b = new GraphBuilder();
  const next = adam(b, {
    parameters: b.input('parameters', [weights]),
    gradients: b.input('gradients', [weights]),
    states: { firstMoment: b.input('firstMoment', [weights]), secondMoment: b.input('secondMoment', [weights]) },
    scalars: { stepSize: b.input('stepSize', []), rootCorrection: b.input('rootCorrection', []) },
  });
  return b.program({
    nextParameters: next.parameters,
    nextFirstMoment: next.states.firstMoment,
    nextSecondMoment: next.states.secondMoment,
  });
}

function scalars(learningRate: number, step: number) {
  const { stepSize, rootCorrection } = adamScalars(learningRate, step);
  return { stepSize: [stepSize], rootCorrection: [rootCorrection] };
}

describe('Adam', () => {
  it('takes the first two steps as worked out by hand', () => {
    const program = adamProgram(2);
    const first = interpret(program, {
      parameters: [1, -2],
      gradients: [0.5, -4],
      firstMoment: [0, 0],
      secondMoment: [0, 0],
      ...scalars(0.1, 1),
    });
    // m = 0.1 g, v = 0.001 g^2; corrected they are g and g^2: each weight moves by the learning rate against its gradient.
    expect(first.nextFirstMoment?.[0]).toBeCloseTo(0.05, 12);
    expect(first.nextFirstMoment?.[1]).toBeCloseTo(-0.4, 12);
    expect(first.nextSecondMoment?.[0]).toBeCloseTo(0.00025, 12);
    expect(first.nextSecondMoment?.[1]).toBeCloseTo(0.016, 12);
    expect(first.nextParameters?.[0]).toBeCloseTo(0.9, 7);
    expect(first.nextParameters?.[1]).toBeCloseTo(-1.9, 7);

    const second = interpret(program, {
      parameters: first.nextParameters as Float64Array,
      gradients: [-1, 0],
      firstMoment: first.nextFirstMoment as Float64Array,
      secondMoment: first.nextSecondMoment as Float64Array,
      ...scalars(0.1, 2),
    });
    // First weight: m = 0.9 * 0.05 - 0.1 = -0.055, v = 0.999 * 0.00025 + 0.001 = 0.00124975;
    // corrected by 1 - 0.81 = 0.19 and 1 - 0.998001 = 0.001999: -0.289473684 and 0.625187594, whose root is 0.790688;
    // 0.9 + 0.1 * 0.289473684 / 0.790688 = 0.936610.
    expect(second.nextFirstMoment?.[0]).toBeCloseTo(-0.055, 12);
    expect(second.nextSecondMoment?.[0]).toBeCloseTo(0.00124975, 12);
    expect(second.nextParameters?.[0]).toBeCloseTo(0.93661, 5);
    // Second weight: m = -0.36, v = 0.015984; -0.36 / 0.19 = -1.894736842, root of 0.015984 / 0.001999 = 2.827720;
    // -1.9 + 0.1 * 1.894736842 / 2.827720 = -1.832994.
    expect(second.nextParameters?.[1]).toBeCloseTo(-1.832994, 5);
  });

  it('corrects the moments of step t by 1 - 0.9^t and 1 - 0.999^t', () => {
    expect(adamScalars(0.001, 1)).toEqual({
      stepSize: expect.closeTo(0.01, 12),
      rootCorrection: expect.closeTo(1 / Math.sqrt(0.001), 9),
    });
    const late = adamScalars(0.001, 100_000);
    expect(late.stepSize).toBeCloseTo(0.001, 12);
    expect(late.rootCorrection).toBeCloseTo(1, 12);
  });

  it('keeps weights with no gradient so far where they are', () => {
    const found = interpret(adamProgram(1), {
      parameters: [3],
      gradients: [0],
      firstMoment: [0],
      secondMoment: [0],
      ...scalars(0.1, 1),
    });
    expect([...(found.nextParameters as Float64Array)]).toEqual([3]);
  });

  it.each(runForms)('does not lose small gradients in float32 ($form, optimized: $optimize)', async (form) => {
    const gradients = [1e-4, -1e-6, 1e-15, 10];
    const found = await runProgram(
      adamProgram(4),
      {
        parameters: [0, 0, 0, 0],
        gradients,
        firstMoment: [0, 0, 0, 0],
        secondMoment: [0, 0, 0, 0],
        ...scalars(0.1, 1),
      },
      form,
    );
    for (const [at, gradient] of gradients.entries()) {
      // learning rate * |g| / (|g| + epsilon)
      const expected = (-0.1 * gradient) / (Math.abs(gradient) + 1e-8);
      expect((found.nextParameters?.[at] as number) / expected).toBeCloseTo(1, 3);
    }
  });
});
