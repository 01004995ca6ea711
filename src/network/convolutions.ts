import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { Shape } from '../graph/op.ts';
import { heNormal } from './options.ts';

/** A convolution without bias, stride 1. */
export function convolution(b: GraphBuilder, x: Value, filters: number, kernel: Shape, name: string): Value {
  const shape = [filters, x.shape[1] as number, ...kernel];
  return b.convolution(x, b.parameter(name, shape, heNormal(shape)));
}

/** The stem's strided convolution: kernel = stride, with a bias. */
export function biasedConvolution(b: GraphBuilder, x: Value, filters: number, strides: Shape, name: string): Value {
  const shape = [filters, x.shape[1] as number, ...strides];
  const y = b.convolution(x, b.parameter(`${name}.weight`, shape, heNormal(shape)), strides);
  return addBias(b, y, name);
}

/** A transposed convolution with a bias to `strides` times the size. The weight is [channels in, filters, k, k, k]. */
export function upsample(
  b: GraphBuilder,
  x: Value,
  filters: number,
  kernel: Shape,
  strides: Shape,
  name: string,
): Value {
  const shape = [x.shape[1] as number, filters, ...kernel];
  const spatial = strides.map((stride, axis) => stride * (x.shape[axis + 2] as number));
  const weight = b.parameter(`${name}.weight`, shape, heNormal(shape));
  return addBias(b, b.transposedConvolution(x, weight, strides, spatial), name);
}

/** Adds a trained number to each channel, `NAME.bias`, which starts at 0. */
export function addBias(b: GraphBuilder, x: Value, name: string): Value {
  const filters = x.shape[1] as number;
  const bias = b.parameter(`${name}.bias`, [filters], { kind: 'constant', value: 0 });
  return b.add(x, b.reshape(bias, [1, filters, 1, 1, 1]));
}

/** From the options' order i, j, k to the tensors' order K, J, I. */
export function tensorOrder(triple: readonly [number, number, number]): Shape {
  return [triple[2], triple[1], triple[0]];
}
