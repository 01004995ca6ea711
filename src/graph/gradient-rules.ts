import type { GraphBuilder, Value } from './builder.ts';
import type { OpKind, OpOf, Shape } from './op.ts';
import { elementCount } from './program.ts';

/** What a rule gets: the op, its inputs and output, and the gradient of the loss in the output. */
export interface RuleInput<K extends OpKind> {
  readonly op: OpOf<K>;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly gradient: Value;
  /** Which inputs need a gradient: what is not needed may be left out. */
  readonly needed: readonly boolean[];
}

/** Gives the gradient of the loss in each input, null where it is zero or not needed. */
export type GradientRule<K extends OpKind> = (b: GraphBuilder, rule: RuleInput<K>) => readonly (Value | null)[];

/** All rules of differentiation. `null`: the op has no derivative rule, and differentiating through it is refused. */
export const gradientRules: { readonly [K in OpKind]: GradientRule<K> | null } = {
  input: () => [],
  parameter: () => [],
  constant: () => [],

  add: (b, { inputs: [x, y], gradient }) => [reduceTo(b, gradient, x), reduceTo(b, gradient, y)],
  subtract: (b, { inputs: [x, y], gradient, needed }) => [
    reduceTo(b, gradient, x),
    needed[1] ? b.negate(reduceTo(b, gradient, y)) : null,
  ],
  multiply: (b, { inputs, gradient, needed }) => {
    const [x, y] = inputs as [Value, Value];
    return [
      needed[0] ? reduceTo(b, b.multiply(gradient, y), x) : null,
      needed[1] ? reduceTo(b, b.multiply(gradient, x), y) : null,
    ];
  },
  // d(x / y) = dx / y - (x / y) dy / y
  divide: (b, { inputs, output, gradient, needed }) => {
    const [x, y] = inputs as [Value, Value];
    const overY = b.divide(gradient, y);
    return [reduceTo(b, overY, x), needed[1] ? b.negate(reduceTo(b, b.multiply(overY, output), y)) : null];
  },
  // Where both are equal each takes half: (1 + sign(x - y)) / 2.
  maximum: (b, { inputs, gradient, needed }) => {
    const [x, y] = inputs as [Value, Value];
    const share = (first: Value, second: Value) => b.scaleBy(b.addNumber(b.sign(b.subtract(first, second)), 1), 0.5);
    return [
      needed[0] ? reduceTo(b, b.multiply(gradient, share(x, y)), x) : null,
      needed[1] ? reduceTo(b, b.multiply(gradient, share(y, x)), y) : null,
    ];
  },

  negate: (b, { gradient }) => [b.negate(gradient)],
  exponential: (b, { output, gradient }) => [b.multiply(gradient, output)],
  logarithm: (b, { inputs: [x], gradient }) => [b.divide(gradient, x as Value)],
  squareRoot: (b, { output, gradient }) => [b.divide(b.scaleBy(gradient, 0.5), output)],
  relu: (b, { output, gradient }) => [b.multiply(gradient, b.step(output))],
  sign: () => [null],
  step: () => [null],
  // s' = s (1 - s)
  sigmoid: (b, { output, gradient }) => [b.multiply(gradient, b.subtract(output, b.multiply(output, output)))],
  softplus: (b, { inputs: [x], gradient }) => [b.multiply(gradient, b.sigmoid(x as Value))],
  // dx = y (dy - sum of dy y)
  softmax: (b, { op, output, gradient }) => [
    b.multiply(output, b.subtract(gradient, b.sum(b.multiply(gradient, output), [op.axis]))),
  ],
  // dx = dy - softmax(x) (sum of dy)
  logSoftmax: (b, { op, inputs: [x], gradient }) => [
    b.subtract(gradient, b.multiply(b.softmax(x as Value, op.axis), b.sum(gradient, [op.axis]))),
  ],

  sum: (b, { inputs: [x], gradient }) => [b.broadcast(gradient, (x as Value).shape)],
  // variance = mean of (x - mean)^2, so dx = 2 / count (x - mean) dvariance: the mean's own share sums to 0.
  variance: (b, { op, inputs: [x], output, gradient }) => {
    const image = x as Value;
    const count = elementCount(image.shape) / elementCount(output.shape);
    const centered = b.subtract(image, b.channelMean(image, op.over));
    return [b.multiply(centered, b.scaleBy(gradient, 2 / count))];
  },
  reshape: (b, { inputs: [x], gradient }) => [b.reshape(gradient, (x as Value).shape)],
  broadcast: (b, { inputs: [x], gradient }) => [reduceTo(b, gradient, x)],
  transpose: (b, { op, gradient }) => [
    b.transpose(
      gradient,
      op.permutation.map((_, axis) => op.permutation.indexOf(axis)),
    ),
  ],
  slice: (b, { op, inputs: [x], gradient }) => [
    b.pad(gradient, op.axis, op.start, ((x as Value).shape[op.axis] as number) - op.end),
  ],
  pad: (b, { op, inputs: [x], gradient }) => [
    b.slice(gradient, op.axis, op.before, op.before + ((x as Value).shape[op.axis] as number)),
  ],
  concatenate: (b, { op, inputs, gradient, needed }) => {
    let start = 0;
    return inputs.map((x, index) => {
      const end = start + (x.shape[op.axis] as number);
      const part = needed[index] ? b.slice(gradient, op.axis, start, end) : null;
      start = end;
      return part;
    });
  },

  // The three convolution ops are the three faces of one trilinear form <y, conv(x, w)>: the derivative of each in each
  // of its arguments is another of them.
  convolution: (b, { op, inputs, gradient, needed }) => {
    const [x, w] = inputs as [Value, Value];
    return [
      needed[0] ? b.transposedConvolution(gradient, w, op.strides, spatial(x)) : null,
      needed[1] ? b.convolutionWeightGradient(x, gradient, op.strides, spatial(w)) : null,
    ];
  },
  transposedConvolution: (b, { op, inputs, gradient, needed }) => {
    const [y, w] = inputs as [Value, Value];
    return [
      needed[0] ? b.convolution(gradient, w, op.strides) : null,
      needed[1] ? b.convolutionWeightGradient(gradient, y, op.strides, spatial(w)) : null,
    ];
  },
  convolutionWeightGradient: (b, { op, inputs, gradient, needed }) => {
    const [x, y] = inputs as [Value, Value];
    return [
      needed[0] ? b.transposedConvolution(y, gradient, op.strides, spatial(x)) : null,
      needed[1] ? b.convolution(x, gradient, op.strides) : null,
    ];
  },

  maxPool: (b, { op, inputs, output, gradient }) => [
    b.make({ kind: 'maxPoolGradient', window: op.window }, gradient, inputs[0] as Value, output),
  ],
  maxPoolGradient: null,

  normalize: (b, { op, inputs, gradient, needed }) => {
    const [x, scale] = inputs as [Value, Value];
    const { over, epsilon } = op;
    return [
      needed[0] ? b.make({ kind: 'normalizeGradient', over, epsilon }, gradient, x, scale) : null,
      needed[1] ? b.make({ kind: 'normalizeScaleGradient', over, epsilon }, gradient, x) : null,
      needed[2] ? channelSum(b, gradient) : null,
    ];
  },
  normalizeGradient: null,
  normalizeScaleGradient: null,
  // With r = 1 / sqrt(variance + epsilon): y = (x - mean) r scale + shift.
  normalizeByStatistics: (b, { op, inputs, gradient, needed }) => {
    const [x, scale, , mean, variance] = inputs as [Value, Value, Value, Value, Value];
    const r = b.divide(b.constant(1), b.squareRoot(b.addNumber(variance, op.epsilon)));
    const slope = b.multiply(scale, r);
    const total = channelSum(b, gradient);
    const moment = channelSum(b, b.multiply(gradient, b.subtract(x, perChannel(b, mean))));
    return [
      needed[0] ? b.multiply(gradient, perChannel(b, slope)) : null,
      b.multiply(moment, r),
      total,
      b.negate(b.multiply(slope, total)),
      b.scaleBy(b.multiply(b.multiply(slope, b.multiply(r, r)), moment), -0.5),
    ];
  },
  dropout: (b, { op, inputs, gradient }) => [b.dropout(gradient, inputs[1] as Value, op.rate), null],
};

/** The gradient of a broadcast side: sums over the axes along which it was repeated. */
function reduceTo(b: GraphBuilder, gradient: Value, side: Value | undefined): Value {
  const shape = (side as Value).shape;
  if (shape.length === 0 && gradient.shape.length > 0) return b.total(gradient);
  const axes = shape.flatMap((size, axis) => (size === 1 && gradient.shape[axis] !== 1 ? [axis] : []));
  return b.broadcast(b.sum(gradient, axes), shape);
}

function spatial(x: Value): Shape {
  return x.shape.slice(2);
}

/** Sums an image over everything but its channels: [C]. */
function channelSum(b: GraphBuilder, x: Value): Value {
  return b.reshape(b.sum(x, [0, 2, 3, 4]), [x.shape[1] as number]);
}

/** A vector [C] as [1, C, 1, 1, 1], to go with an image. */
function perChannel(b: GraphBuilder, vector: Value): Value {
  return b.reshape(vector, [1, vector.shape[0] as number, 1, 1, 1]);
}
