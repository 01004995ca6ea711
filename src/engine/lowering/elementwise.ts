import type { Shape } from '../../graph/op.ts';
import type { Lowering } from './context.ts';
import { emitSum } from './reduction.ts';

/** x * mask / (1 - rate); the mask arrives as bytes, a quarter of the traffic of floats. */
export const lowerDropout: Lowering<'dropout'> = ({ op, inputs, writer }) => {
  const FLOAT = 1;
  const mask = writer.node('Cast', [inputs[1] as string], { to: FLOAT });
  const kept = writer.node('Mul', [inputs[0] as string, mask]);
  return writer.node('Mul', [kept, writer.floats([1 / (1 - op.rate)], [])]);
};

/**
 * min(1, max(0, 2^126 x)): 1 from the smallest normal number on. ONNX Runtime's `Sign` is a plain loop on one thread, six times
 * slower, and `Where` slower still.
 */
export const lowerStep: Lowering<'step'> = ({ inputs, writer }) =>
  writer.node('HardSigmoid', inputs, { alpha: { float: 2 ** 126 }, beta: { float: 0 } });

export const lowerSlice: Lowering<'slice'> = ({ op, inputs, writer }) =>
  writer.node('Slice', [
    inputs[0] as string,
    writer.integers([op.start]),
    writer.integers([op.end]),
    writer.integers([op.axis]),
  ]);

export const lowerPad: Lowering<'pad'> = ({ op, inputs, shape, writer }) => {
  const before = shape.map((_, axis) => (axis === op.axis ? op.before : 0));
  const after = shape.map((_, axis) => (axis === op.axis ? op.after : 0));
  return writer.node('Pad', [inputs[0] as string, writer.integers([...before, ...after])]);
};

export const lowerSum: Lowering<'sum'> = ({ op, inputs, inputShapes, writer }) =>
  emitSum(writer, inputs[0] as string, inputShapes[0] as Shape, { axes: op.axes, keepAxes: true });
