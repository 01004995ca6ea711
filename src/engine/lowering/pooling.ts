import type { Shape } from '../../graph/op.ts';
import { type Lowering, reshaped } from './context.ts';

export const lowerMaxPool: Lowering<'maxPool'> = ({ op, inputs, writer }) =>
  writer.node('MaxPool', inputs, { kernel_shape: op.window, strides: op.window });

/**
 * Each window's gradient goes to its maxima in equal shares. The background of a skull-stripped scan is constant, so
 * ties are common, and without sharing they would multiply the gradient by up to the window's size.
 */
export const lowerMaxPoolGradient: Lowering<'maxPoolGradient'> = ({ op, inputs, inputShapes, shape, writer }) => {
  const [dy, x, y] = inputs as [string, string, string];
  const [n, c, k, j, i] = inputShapes[2] as [number, number, number, number, number];
  const [wk, wj, wi] = op.window as [number, number, number];
  const windows: Shape = [n * c * k, wk, j, wj, i, wi];
  const pooled: Shape = [n * c * k, 1, j, 1, i, 1];
  const FLOAT = 1;
  const isMaximum = writer.node('Equal', [reshaped(writer, x, windows), reshaped(writer, y, pooled)]);
  const mask = writer.node('Cast', [isMaximum], { to: FLOAT });
  const ties = writer.node('ReduceSum', [mask, writer.integers([1, 3, 5])], { keepdims: 1 });
  const share = writer.node('Div', [reshaped(writer, dy, pooled), ties]);
  return reshaped(writer, writer.node('Mul', [mask, share]), shape);
};
