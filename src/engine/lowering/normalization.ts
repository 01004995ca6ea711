import type { Shape, StatisticsOver } from '../../graph/op.ts';
import { elementCount } from '../../graph/program.ts';
import type { OnnxWriter } from '../onnx-writer.ts';
import { type ChannelPart, type Lowering, type LoweringInput, reshaped } from './context.ts';
import { emitSum } from './reduction.ts';

const ALL_BUT_CHANNELS = [0, 2, 3, 4] as const;

/**
 * Instance normalization is batch normalization of the image whose samples and channels are all channels, so both share
 * one form: an image [n, c, K, J, I] and statistics as vectors [c].
 */
interface Statistics {
  readonly image: string;
  readonly imageShape: Shape;
  readonly count: number;
  readonly channels: number;
  readonly mean: string;
  readonly variance: string;
  /** A vector of the op's channels as one of the image's channels. */
  readonly spread: (vector: string) => string;
}

function statistics(input: StatisticsInput, x: string, xShape: Shape, over: StatisticsOver): Statistics {
  const { writer, shared } = input;
  const [n, c] = xShape as [number, number];
  const {
    folded,
    imageShape,
    channels,
    count,
    image: imageOf,
  } = imageOfStatistics(input, { tensor: x, shape: xShape }, over);
  const image = imageOf();
  const parts = input.channelParts(x, xShape);
  const joined = (name: string, ofPart: (part: ChannelPart) => string): string =>
    shared(`${name} ${over} ${parts.map(({ tensor }) => tensor).join(' ')}`, () => {
      const vectors = parts.map(ofPart);
      if (vectors.length === 1) return vectors[0] as string;
      if (!folded) return writer.node('Concat', vectors, { axis: 0 });
      // A vector of a part holds all its channels of the first sample, then those of the next.
      const bySample = vectors.map((vector, at) =>
        reshaped(writer, vector, [n, (parts[at] as ChannelPart).shape[1] as number]),
      );
      return reshaped(writer, writer.node('Concat', bySample, { axis: 1 }), [n * c]);
    });
  const mean = joined('means', (part) => partMoments(input, part, over).mean());
  const variance = joined('variances', (part) => partMoments(input, part, over).variance());
  const spread = (vector: string): string => {
    if (!folded) return vector;
    return shared(`spread ${n} ${vector}`, () => {
      const rows = writer.node('Expand', [reshaped(writer, vector, [1, c]), writer.integers([n, c])]);
      return reshaped(writer, rows, [n * c]);
    });
  };
  return { image, imageShape, count, channels, mean, variance, spread };
}

type StatisticsInput = Pick<LoweringInput, 'writer' | 'shared' | 'channelParts'>;

/** A tensor as the image that statistics are taken of; `image` names it, and reshapes it at the first call where that is needed. */
function imageOfStatistics({ writer, shared }: StatisticsInput, { tensor, shape }: ChannelPart, over: StatisticsOver) {
  const [n, c, k, j, i] = shape as [number, number, number, number, number];
  const folded = over === 'instance' && n > 1;
  const imageShape = folded ? [1, n * c, k, j, i] : shape;
  const channels = imageShape[1] as number;
  const image = () => (folded ? shared(`folded ${tensor}`, () => reshaped(writer, tensor, imageShape)) : tensor);
  return { folded, imageShape, channels, count: elementCount(imageShape) / channels, image };
}

/**
 * Mean and variance of one tensor's channels, as vectors. A dense block's layers each normalize the concatenation of what came
 * before: of each tensor within it the moments are taken once, not once a layer, which was a third of the forward
 * half's passes over memory.
 */
function partMoments(input: StatisticsInput, part: ChannelPart, over: StatisticsOver) {
  const { writer, shared } = input;
  const { tensor } = part;
  const { imageShape, channels, count, image } = imageOfStatistics(input, part, over);
  const perVoxel = writer.floats([1 / count], []);
  const channelSum = (summand: string, squares: boolean) =>
    emitSum(writer, summand, imageShape, { axes: ALL_BUT_CHANNELS, keepAxes: false, squares });
  const mean = () => shared(`mean ${over} ${tensor}`, () => writer.node('Mul', [channelSum(image(), false), perVoxel]));
  // The mean of squared differences; E[x^2] - mean^2 would cancel where the mean is large beside the spread.
  const variance = () =>
    shared(`variance ${over} ${tensor}`, () => {
      const squares = channelSum(centered(writer, image(), mean(), channels), true);
      return writer.node('Mul', [squares, perVoxel]);
    });
  return { mean, variance };
}

function centered(writer: OnnxWriter, image: string, mean: string, channels: number): string {
  return writer.node('Sub', [image, reshaped(writer, mean, [1, channels, 1, 1, 1])]);
}

/** 1 / sqrt(variance + epsilon) as a vector. */
function inverseDeviation(input: StatisticsInput, variance: string, epsilon: number): string {
  const { writer, shared } = input;
  return shared(`inverse deviation ${variance} ${epsilon}`, () => {
    const safe = writer.node('Add', [variance, writer.floats([epsilon], [])]);
    return writer.node('Reciprocal', [writer.node('Sqrt', [safe])]);
  });
}

export const lowerVariance: Lowering<'variance'> = (input) => {
  const { op, inputs, inputShapes, shape, writer } = input;
  const { variance } = statistics(input, inputs[0] as string, inputShapes[0] as Shape, op.over);
  return reshaped(writer, variance, shape);
};

/** One pass of `BatchNormalization`, fed with the statistics of the batch itself. */
export const lowerNormalize: Lowering<'normalize'> = (input) => {
  const { op, inputs, inputShapes, shape, writer } = input;
  const [x, scale, shift] = inputs as [string, string, string];
  const s = statistics(input, x, inputShapes[0] as Shape, op.over);
  const y = writer.node('BatchNormalization', [s.image, s.spread(scale), s.spread(shift), s.mean, s.variance], {
    epsilon: { float: op.epsilon },
  });
  return s.image === x ? y : reshaped(writer, y, shape);
};

/**
 * With r = 1 / sqrt(variance + epsilon), M voxels a channel, S1 = sum dy and S2 = sum dy (x - mean):
 *
 *     dx = r scale (dy - S1 / M - (x - mean) r^2 S2 / M) = A dy + B (x - mean) + C
 *
 * (Ioffe and Szegedy 2015, the chain rule below eq. 3, collected by terms). B (x - mean) + C is one
 * `BatchNormalization` with variance 1.
 */
export const lowerNormalizeGradient: Lowering<'normalizeGradient'> = (input) => {
  const { op, inputs, inputShapes, shape, writer } = input;
  const [dy, x, scale] = inputs as [string, string, string];
  const s = statistics(input, x, inputShapes[1] as Shape, op.over);
  const { gradient, total, moment } = gradientSums(input, dy, x, s, op.over);
  const r = inverseDeviation(input, s.variance, op.epsilon);
  const a = writer.node('Mul', [r, s.spread(scale)]);
  const minusMean = writer.floats([-1 / s.count], []);
  const c = writer.node('Mul', [writer.node('Mul', [a, total]), minusMean]);
  const squared = writer.node('Mul', [r, r]);
  const b = writer.node('Mul', [writer.node('Mul', [writer.node('Mul', [a, moment]), squared]), minusMean]);
  const one = writer.floats(
    Array.from({ length: s.channels }, () => 1),
    [s.channels],
  );
  const byImage = writer.node('BatchNormalization', [s.image, b, c, s.mean, one], { epsilon: { float: 0 } });
  const byGradient = writer.node('Mul', [gradient, reshaped(writer, a, [1, s.channels, 1, 1, 1])]);
  const dx = writer.node('Add', [byGradient, byImage]);
  return s.image === x ? dx : reshaped(writer, dx, shape);
};

/** dscale = r S2, summed over the samples under instance normalization. */
export const lowerNormalizeScaleGradient: Lowering<'normalizeScaleGradient'> = (input) => {
  const { op, inputs, inputShapes, shape, writer } = input;
  const [dy, x] = inputs as [string, string];
  const xShape = inputShapes[1] as Shape;
  const s = statistics(input, x, xShape, op.over);
  const { moment } = gradientSums(input, dy, x, s, op.over);
  const scaled = writer.node('Mul', [moment, inverseDeviation(input, s.variance, op.epsilon)]);
  if (s.channels === shape[0]) return scaled;
  const bySample = reshaped(writer, scaled, [xShape[0] as number, shape[0] as number]);
  return writer.node('ReduceSum', [bySample, writer.integers([0])], { keepdims: 0 });
};

function gradientSums(input: StatisticsInput, dy: string, x: string, s: Statistics, over: StatisticsOver) {
  const { writer, shared } = input;
  const gradient = s.image === x ? dy : shared(`folded ${dy}`, () => reshaped(writer, dy, s.imageShape));
  const channelSum = (tensor: string) =>
    emitSum(writer, tensor, s.imageShape, { axes: ALL_BUT_CHANNELS, keepAxes: false });
  const key = `${over} ${dy} ${x}`;
  const total = shared(`total ${key}`, () => channelSum(gradient));
  const moment = shared(`moment ${key}`, () =>
    channelSum(writer.node('Mul', [gradient, centered(writer, s.image, s.mean, s.channels)])),
  );
  return { gradient, total, moment };
}

export const lowerNormalizeByStatistics: Lowering<'normalizeByStatistics'> = ({ op, inputs, writer }) =>
  writer.node('BatchNormalization', inputs, { epsilon: { float: op.epsilon } });
