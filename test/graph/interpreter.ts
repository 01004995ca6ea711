import type { Op, OpKind, OpOf, Shape } from '../../src/graph/op.ts';
import { elementCount, liveNodes, type Node, type Program } from '../../src/graph/program.ts';
import {
  convolution,
  convolutionWeightGradient,
  maxPool,
  maxPoolGradient,
  transposedConvolution,
} from './interpret-convolution.ts';
import {
  normalize,
  normalizeByStatistics,
  normalizeGradient,
  normalizeScaleGradient,
  variance,
} from './interpret-normalization.ts';

/** A tensor in float64, outermost axis first. */
export interface Tensor {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** Values of a program's inputs and parameters, by name. */
export type Feeds = Readonly<Record<string, ArrayLike<number>>>;

/**
 * Evaluates a program in float64, each op by its definition in op.ts with naive loops. It knows nothing of the lowerings,
 * so that they, and the gradient rules by central differences, can be held against it.
 */
export function interpret(program: Program, feeds: Feeds): Readonly<Record<string, Float64Array>> {
  const live = liveNodes(program);
  const tensors: Tensor[] = [];
  for (const node of program.nodes) {
    if (live[node.id] === 0) continue;
    const values = evaluate(
      node,
      node.inputs.map((id) => tensors[id] as Tensor),
      feeds,
    );
    if (values.length !== elementCount(node.shape)) {
      throw new Error(`${node.op.kind} gave ${values.length} values for the shape ${JSON.stringify(node.shape)}`);
    }
    tensors[node.id] = { shape: node.shape, values };
  }
  return Object.fromEntries(
    Object.entries(program.outputs).map(([name, id]) => [name, (tensors[id] as Tensor).values]),
  );
}

function evaluate(node: Node, inputs: readonly Tensor[], feeds: Feeds): Float64Array {
  const { op } = node;
  if (op.kind === 'input' || op.kind === 'parameter') {
    const fed = feeds[op.name];
    if (fed === undefined) throw new Error(`nothing is fed to ${op.name}`);
    return Float64Array.from(fed);
  }
  return (rules[op.kind] as Rule<OpKind>)(op, inputs, node.shape);
}

type Rule<K extends OpKind> = (op: OpOf<K>, inputs: readonly Tensor[], shape: Shape) => Float64Array;
type ComputedKind = Exclude<OpKind, 'input' | 'parameter'>;

const rules: { readonly [K in ComputedKind]: Rule<K> } = {
  constant: (op) => Float64Array.from(op.values),
  add: elementwise((x, y) => x + y),
  subtract: elementwise((x, y) => x - y),
  multiply: elementwise((x, y) => x * y),
  divide: elementwise((x, y) => x / y),
  maximum: elementwise(Math.max),
  negate: map((x) => -x),
  exponential: map(Math.exp),
  logarithm: map(Math.log),
  squareRoot: map(Math.sqrt),
  relu: map((x) => Math.max(x, 0)),
  sign: map(Math.sign),
  step: map((x) => (x > 0 ? 1 : 0)),
  sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
  softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  softmax: (op, [x]) => alongAxis(x as Tensor, op.axis, softmax),
  logSoftmax: (op, [x]) => alongAxis(x as Tensor, op.axis, (row) => softmax(row).map(Math.log)),
  sum: (_, [x], shape) => scatter(x as Tensor, shape, (index) => index.map((at, axis) => (shape[axis] === 1 ? 0 : at))),
  variance: (op, [x]) => variance(x as Tensor, op.over),
  reshape: (_, [x]) => (x as Tensor).values.slice(),
  broadcast: (_, [x], shape) => gather(x as Tensor, shape, (index) => broadcastIndex(x as Tensor, index)),
  transpose: (op, [x], shape) =>
    gather(x as Tensor, shape, (index) =>
      op.permutation.map((_, axis) => index[op.permutation.indexOf(axis)] as number),
    ),
  slice: (op, [x], shape) =>
    gather(x as Tensor, shape, (index) => index.map((at, axis) => (axis === op.axis ? at + op.start : at))),
  pad: (op, [x], shape) =>
    scatter(x as Tensor, shape, (index) => index.map((at, axis) => (axis === op.axis ? at + op.before : at))),
  concatenate: concatenate,
  convolution: (op, [x, w], shape) => convolution(x as Tensor, w as Tensor, shape, op.strides),
  transposedConvolution: (op, [y, w], shape) => transposedConvolution(y as Tensor, w as Tensor, shape, op.strides),
  convolutionWeightGradient: (op, [x, y], shape) =>
    convolutionWeightGradient(x as Tensor, y as Tensor, shape, op.strides),
  maxPool: (op, [x], shape) => maxPool(x as Tensor, shape, op.window),
  maxPoolGradient: (op, [dy, x]) => maxPoolGradient(dy as Tensor, x as Tensor, op.window),
  normalize: (op, inputs) => normalize(inputs as Three, op),
  normalizeGradient: (op, inputs) => normalizeGradient(inputs as Three, op),
  normalizeScaleGradient: (op, inputs) => normalizeScaleGradient(inputs as Two, op),
  normalizeByStatistics: (op, inputs) => normalizeByStatistics(inputs as Five, op.epsilon),
  dropout: (op, [x, mask]) =>
    (x as Tensor).values.map((value, at) => ((mask as Tensor).values[at] === 1 ? value / (1 - op.rate) : 0)),
};

type Two = readonly [Tensor, Tensor];
type Three = readonly [Tensor, Tensor, Tensor];
type Five = readonly [Tensor, Tensor, Tensor, Tensor, Tensor];

function map(compute: (x: number) => number): (op: Op, inputs: readonly Tensor[]) => Float64Array {
  return (_, [x]) => (x as Tensor).values.map(compute);
}

function elementwise(compute: (x: number, y: number) => number): Rule<OpKind> {
  return (_, [x, y], shape) => {
    const [left, right] = [x as Tensor, y as Tensor];
    const result = new Float64Array(elementCount(shape));
    for (const [at, index] of indicesOf(shape).entries()) {
      const a = left.values[positionOf(left.shape, broadcastIndex(left, index))] as number;
      const b = right.values[positionOf(right.shape, broadcastIndex(right, index))] as number;
      result[at] = compute(a, b);
    }
    return result;
  };
}

/** Where a tensor is read when it is repeated to fill an index of the result. */
function broadcastIndex(x: Tensor, index: Shape): Shape {
  return x.shape.map((size, axis) => (size === 1 ? 0 : (index[axis] as number)));
}

function softmax(row: Float64Array): Float64Array {
  const largest = Math.max(...row);
  const powers = row.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Replaces each row along an axis by what `compute` makes of it. */
function alongAxis(x: Tensor, axis: number, compute: (row: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(x.values.length);
  const size = x.shape[axis] as number;
  for (const index of indicesOf(x.shape.map((extent, other) => (other === axis ? 1 : extent)))) {
    const positions = Array.from({ length: size }, (_, at) =>
      positionOf(
        x.shape,
        index.map((position, other) => (other === axis ? at : position)),
      ),
    );
    const row = compute(Float64Array.from(positions, (position) => x.values[position] as number));
    for (const [at, position] of positions.entries()) result[position] = row[at] as number;
  }
  return result;
}

function concatenate(op: OpOf<'concatenate'>, inputs: readonly Tensor[], shape: Shape): Float64Array {
  const result = new Float64Array(elementCount(shape));
  let start = 0;
  for (const x of inputs) {
    for (const [at, index] of indicesOf(x.shape).entries()) {
      const moved = index.map((position, axis) => (axis === op.axis ? position + start : position));
      result[positionOf(shape, moved)] = x.values[at] as number;
    }
    start += x.shape[op.axis] as number;
  }
  return result;
}

/** result[index] = x[from(index)]. */
function gather(x: Tensor, shape: Shape, from: (index: Shape) => Shape): Float64Array {
  return Float64Array.from(indicesOf(shape), (index) => x.values[positionOf(x.shape, from(index))] as number);
}

/** result[to(index)] += x[index]. */
function scatter(x: Tensor, shape: Shape, to: (index: Shape) => Shape): Float64Array {
  const result = new Float64Array(elementCount(shape));
  for (const [at, index] of indicesOf(x.shape).entries()) {
    const position = positionOf(shape, to(index));
    result[position] = (result[position] as number) + (x.values[at] as number);
  }
  return result;
}

const knownIndices = new Map<string, readonly Shape[]>();

/** All indices of a shape in memory order. They are kept, since a check by differences asks for the same ones often. */
function indicesOf(shape: Shape): readonly Shape[] {
  const key = shape.join();
  const known = knownIndices.get(key);
  if (known !== undefined) return known;
  const indices = shape.reduce<readonly (readonly number[])[]>(
    (outer, size) => outer.flatMap((index) => Array.from({ length: size }, (_, at) => [...index, at])),
    [[]],
  );
  knownIndices.set(key, indices);
  return indices;
}

function positionOf(shape: Shape, index: Shape): number {
  return shape.reduce((position, size, axis) => position * size + (index[axis] as number), 0);
}
