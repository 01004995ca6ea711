import type { Lowering } from './context.ts';

/*
 * ONNX Runtime's WebGPU provider has no Max, no Sign and no LogSoftmax.
 */

const FLOAT = 1;

/** b where a < b, else a: a NaN in `a` stays. */
export const lowerMaximum: Lowering<'maximum'> = ({ inputs, writer }) => {
  const [a, b] = inputs as [string, string];
  return writer.node('Where', [writer.node('Less', [a, b]), b, a]);
};

/** Whether x > 0, less whether x < 0. */
export const lowerSign: Lowering<'sign'> = ({ inputs, writer }) => {
  const x = inputs[0] as string;
  const zero = writer.floats([0], []);
  const [above, below] = (['Greater', 'Less'] as const).map((operator) =>
    writer.node('Cast', [writer.node(operator, [x, zero])], { to: FLOAT }),
  ) as [string, string];
  return writer.node('Sub', [above, below]);
};

/** z - log(sum of exp(z)) with z = x - the maximum of x, so that no exponential overflows. */
export const lowerLogSoftmax: Lowering<'logSoftmax'> = ({ op, inputs, writer }) => {
  const x = inputs[0] as string;
  const largest = writer.node('ReduceMax', [x], { axes: [op.axis], keepdims: 1 });
  const centered = writer.node('Sub', [x, largest]);
  const total = writer.node('ReduceSum', [writer.node('Exp', [centered]), writer.integers([op.axis])], { keepdims: 1 });
  return writer.node('Sub', [centered, writer.node('Log', [total])]);
};
