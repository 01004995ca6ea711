import { direct, type LoweringTable, reshaped } from './context.ts';
import { lowerConvolutionFast, lowerConvolutionPlain } from './convolution.ts';
import { lowerDropout, lowerPad, lowerSlice, lowerStep, lowerSum } from './elementwise.ts';
import { lowerLogSoftmax, lowerMaximum, lowerSign } from './gpu.ts';
import {
  lowerNormalize,
  lowerNormalizeByStatistics,
  lowerNormalizeGradient,
  lowerNormalizeScaleGradient,
  lowerVariance,
} from './normalization.ts';
import { lowerMaxPool, lowerMaxPoolGradient } from './pooling.ts';
import { lowerTransposedConvolutionFast, lowerTransposedConvolutionPlain } from './transposed-convolution.ts';
import { lowerWeightGradient } from './weight-gradient.ts';

function source(): never {
  throw new Error('inputs, parameters and constants are declared by lowerProgram');
}

/** Each op as the ONNX operator of the same meaning: what exported models hold. */
export const plainLowerings: LoweringTable = {
  input: source,
  parameter: source,
  constant: ({ op, writer }) => writer.floats(op.values, op.shape),
  add: direct('Add'),
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: direct('Div'),
  maximum: direct('Max'),
  negate: direct('Neg'),
  exponential: direct('Exp'),
  logarithm: direct('Log'),
  squareRoot: direct('Sqrt'),
  relu: direct('Relu'),
  sign: direct('Sign'),
  step: lowerStep,
  sigmoid: direct('Sigmoid'),
  softplus: direct('Softplus'),
  softmax: ({ op, inputs, writer }) => writer.node('Softmax', inputs, { axis: op.axis }),
  logSoftmax: ({ op, inputs, writer }) => writer.node('LogSoftmax', inputs, { axis: op.axis }),
  sum: lowerSum,
  variance: lowerVariance,
  reshape: ({ op, inputs, writer }) => reshaped(writer, inputs[0] as string, op.shape),
  broadcast: ({ op, inputs, writer }) => writer.node('Expand', [inputs[0] as string, writer.integers(op.shape)]),
  transpose: ({ op, inputs, writer }) => writer.node('Transpose', inputs, { perm: op.permutation }),
  slice: lowerSlice,
  pad: lowerPad,
  concatenate: ({ op, inputs, writer }) => writer.node('Concat', inputs, { axis: op.axis }),
  convolution: lowerConvolutionPlain,
  transposedConvolution: lowerTransposedConvolutionPlain,
  convolutionWeightGradient: lowerWeightGradient,
  maxPool: lowerMaxPool,
  maxPoolGradient: lowerMaxPoolGradient,
  normalize: lowerNormalize,
  normalizeGradient: lowerNormalizeGradient,
  normalizeScaleGradient: lowerNormalizeScaleGradient,
  normalizeByStatistics: lowerNormalizeByStatistics,
  dropout: lowerDropout,
};

/** The forms that ONNX Runtime runs fast. */
export const fastLowerings: LoweringTable = {
  ...plainLowerings,
  convolution: lowerConvolutionFast,
  transposedConvolution: lowerTransposedConvolutionFast,
};

/**
 * What GPUs run whole: forms that the WebGPU provider has, and a 3D convolution as it is, since the form by depth taps
 * serves the CPU's matrix product.
 */
export const gpuLowerings: LoweringTable = {
  ...plainLowerings,
  maximum: lowerMaximum,
  sign: lowerSign,
  logSoftmax: lowerLogSoftmax,
  transposedConvolution: lowerTransposedConvolutionFast,
};
