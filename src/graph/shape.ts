import { samePadding } from './convolution-geometry.ts';
import type { Op, Shape } from './op.ts';
import { elementCount } from './program.ts';

/** A tensor program that breaks a rule: the message names the op, the rule and the values. A fault of the caller. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

function refuse(op: Op, rule: string, ...values: readonly unknown[]): never {
  throw new ShapeError(`${op.kind}: ${rule}; got ${values.map((value) => JSON.stringify(value)).join(' and ')}`);
}

/** The shape that an op gives for inputs of these shapes. Throws ShapeError when the op's rule is broken. */
export function inferShape(op: Op, inputs: readonly Shape[]): Shape {
  switch (op.kind) {
    case 'input':
    case 'parameter':
      return checkedExtents(op, op.shape);
    case 'constant':
      if (op.values.length !== elementCount(op.shape)) {
        refuse(op, 'the number of values must be the product of the shape', op.values.length, op.shape);
      }
      if (!op.values.every(Number.isFinite)) refuse(op, 'values must be finite', op.values.map(String));
      return checkedExtents(op, op.shape);
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
      return broadcastShape(op, at(op, inputs, 0), at(op, inputs, 1));
    case 'negate':
    case 'exponential':
    case 'logarithm':
    case 'squareRoot':
    case 'relu':
    case 'sign':
    case 'step':
    case 'sigmoid':
    case 'softplus':
      return at(op, inputs, 0);
    case 'softmax':
    case 'logSoftmax':
      checkedAxis(op, op.axis, at(op, inputs, 0));
      return at(op, inputs, 0);
    case 'sum': {
      const x = at(op, inputs, 0);
      if (op.axes.length === 0) refuse(op, 'there must be an axis to sum over', op.axes, x);
      for (const axis of op.axes) checkedAxis(op, axis, x);
      return x.map((size, axis) => (op.axes.includes(axis) ? 1 : size));
    }
    case 'variance': {
      const [n, c] = image(op, at(op, inputs, 0));
      return [op.over === 'batch' ? 1 : n, c, 1, 1, 1];
    }
    case 'reshape': {
      const x = at(op, inputs, 0);
      if (elementCount(x) !== elementCount(op.shape)) refuse(op, 'the number of elements must stay', x, op.shape);
      return checkedExtents(op, op.shape);
    }
    case 'broadcast': {
      const x = at(op, inputs, 0);
      const result = broadcastShape(op, x, op.shape);
      if (JSON.stringify(result) !== JSON.stringify(op.shape)) {
        refuse(op, 'each size must be 1 or that of the result', x, op.shape);
      }
      return op.shape;
    }
    case 'transpose': {
      const x = at(op, inputs, 0);
      if (x.some((_, axis) => !op.permutation.includes(axis)) || op.permutation.length !== x.length) {
        refuse(op, 'each axis must come once', op.permutation, x);
      }
      return op.permutation.map((axis) => x[axis] as number);
    }
    case 'slice': {
      const x = at(op, inputs, 0);
      checkedAxis(op, op.axis, x);
      const whole = Number.isInteger(op.start) && Number.isInteger(op.end);
      if (!(whole && op.start >= 0 && op.start < op.end && op.end <= (x[op.axis] ?? 0))) {
        refuse(op, 'the range must be whole, inside the axis and not empty', [op.start, op.end], x);
      }
      return x.map((size, axis) => (axis === op.axis ? op.end - op.start : size));
    }
    case 'pad': {
      const x = at(op, inputs, 0);
      checkedAxis(op, op.axis, x);
      if ([op.before, op.after].some((width) => !Number.isInteger(width) || width < 0)) {
        refuse(op, 'padding must be whole and not negative', op.before, op.after);
      }
      return x.map((size, axis) => (axis === op.axis ? size + op.before + op.after : size));
    }
    case 'concatenate': {
      const first = at(op, inputs, 0);
      checkedAxis(op, op.axis, first);
      let total = 0;
      for (const x of inputs) {
        if (x.length !== first.length || x.some((size, axis) => axis !== op.axis && size !== first[axis])) {
          refuse(op, `sizes must agree on every axis but ${op.axis}`, first, x);
        }
        total += x[op.axis] ?? 0;
      }
      return first.map((size, axis) => (axis === op.axis ? total : size));
    }
    case 'convolution': {
      const x = image(op, at(op, inputs, 0));
      const w = kernel(op, at(op, inputs, 1));
      checkedStrides(op, op.strides);
      if (w[1] !== x[1]) refuse(op, "the kernel's input channels must be the image's channels", w, x);
      const spatial = [2, 3, 4].map(
        (axis) => samePadding(x[axis] as number, w[axis] as number, op.strides[axis - 2] as number).outputs,
      );
      return [x[0], w[0], ...spatial];
    }
    case 'transposedConvolution': {
      const y = image(op, at(op, inputs, 0));
      const w = kernel(op, at(op, inputs, 1));
      checkedStrides(op, op.strides);
      if (w[0] !== y[1]) refuse(op, "the kernel's output channels must be the image's channels", w, y);
      checkedSpatial(op, op.spatial);
      checkedForward(op, op.spatial, op.strides, y);
      return [y[0], w[1], ...op.spatial];
    }
    case 'convolutionWeightGradient': {
      const x = image(op, at(op, inputs, 0));
      const y = image(op, at(op, inputs, 1));
      checkedStrides(op, op.strides);
      if (x[0] !== y[0]) refuse(op, 'image and gradient must have one batch size', x, y);
      checkedSpatial(op, op.kernel);
      checkedForward(op, x.slice(2), op.strides, y);
      return [y[1], x[1], ...op.kernel];
    }
    case 'maxPool':
      return pooled(op, op.window, at(op, inputs, 0));
    case 'maxPoolGradient': {
      const [dy, x, y] = [at(op, inputs, 0), at(op, inputs, 1), at(op, inputs, 2)];
      sameShape(op, 'the gradient must have the shape of the output', dy, y);
      sameShape(op, 'the output must be the image pooled', y, pooled(op, op.window, x));
      return x;
    }
    case 'normalize':
    case 'normalizeByStatistics': {
      const x = image(op, at(op, inputs, 0));
      const vectors = op.kind === 'normalize' ? [1, 2] : [1, 2, 3, 4];
      for (const index of vectors) perChannel(op, at(op, inputs, index), x);
      if (op.kind === 'normalize') checkedSpread(op, op.over, x);
      return x;
    }
    case 'normalizeGradient': {
      const x = image(op, at(op, inputs, 1));
      sameShape(op, 'the gradient must have the shape of the image', at(op, inputs, 0), x);
      perChannel(op, at(op, inputs, 2), x);
      return x;
    }
    case 'normalizeScaleGradient': {
      const x = image(op, at(op, inputs, 1));
      sameShape(op, 'the gradient must have the shape of the image', at(op, inputs, 0), x);
      return [x[1]];
    }
    case 'dropout': {
      const [x, mask] = [at(op, inputs, 0), at(op, inputs, 1)];
      sameShape(op, 'the mask must have the shape of the tensor', mask, x);
      if (!(op.rate >= 0 && op.rate < 1)) refuse(op, 'the rate must be in [0, 1)', op.rate);
      return x;
    }
    default:
      return op satisfies never;
  }
}

/** The shape of an elementwise result: equal ranks, each size equal or 1; a scalar goes with everything. */
function broadcastShape(op: Op, a: Shape, b: Shape): Shape {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  if (a.length !== b.length) refuse(op, 'both sides must have one rank, or one be a scalar', a, b);
  return a.map((size, axis) => {
    const other = b[axis] as number;
    if (size !== other && size !== 1 && other !== 1) {
      refuse(op, `sizes on axis ${axis} must be equal, or one of them 1`, a, b);
    }
    return Math.max(size, other);
  });
}

function at(op: Op, inputs: readonly Shape[], index: number): Shape {
  const shape = inputs[index];
  if (shape === undefined) refuse(op, `input ${index} is missing`, inputs);
  return shape;
}

function checkedExtents(op: Op, shape: Shape): Shape {
  if (shape.some((size) => !Number.isInteger(size) || size < 1)) refuse(op, 'sizes must be positive integers', shape);
  return shape;
}

function checkedAxis(op: Op, axis: number, shape: Shape): void {
  if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length)) refuse(op, 'no such axis', axis, shape);
}

function checkedStrides(op: Op, strides: Shape): void {
  if (strides.length !== 3) refuse(op, 'there must be one stride for each of three axes', strides);
  checkedExtents(op, strides);
}

function checkedSpatial(op: Op, sizes: Shape): void {
  if (sizes.length !== 3) refuse(op, 'there must be one size for each of three axes', sizes);
  checkedExtents(op, sizes);
}

function sameShape(op: Op, rule: string, a: Shape, b: Shape): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) refuse(op, rule, a, b);
}

function pooled(op: Op, window: Shape, shape: Shape): Shape {
  const x = image(op, shape);
  checkedStrides(op, window);
  if ([2, 3, 4].some((axis) => (x[axis] as number) % (window[axis - 2] as number) !== 0)) {
    refuse(op, 'each spatial size must be a multiple of the window', x, window);
  }
  return x.map((size, axis) => (axis < 2 ? size : size / (window[axis - 2] as number)));
}

function image(op: Op, shape: Shape): readonly [number, number, number, number, number] {
  if (shape.length !== 5) refuse(op, 'an image must have the axes [N, C, K, J, I]', shape);
  return shape as readonly [number, number, number, number, number];
}

function kernel(op: Op, shape: Shape): readonly [number, number, number, number, number] {
  if (shape.length !== 5) refuse(op, 'a kernel must have the axes [Co, Ci, k, k, k]', shape);
  return shape as readonly [number, number, number, number, number];
}

function perChannel(op: Op, vector: Shape, x: Shape): void {
  if (vector.length !== 1 || vector[0] !== x[1]) refuse(op, 'there must be one value for each channel', vector, x);
}

function checkedForward(op: Op, spatial: Shape, strides: Shape, y: Shape): void {
  const expected = spatial.map((size, axis) => Math.ceil(size / (strides[axis] as number)));
  if (expected.some((size, axis) => size !== y[axis + 2])) {
    refuse(op, 'the strided size of the larger image must be the size of the smaller one', [spatial, strides], y);
  }
}

function checkedSpread(op: Op, over: 'batch' | 'instance', x: Shape): void {
  const count = elementCount(x.slice(2)) * (over === 'batch' ? (x[0] as number) : 1);
  if (count < 2) refuse(op, 'statistics need more than one voxel for each channel', x, over);
}
