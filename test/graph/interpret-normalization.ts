import type { Shape, StatisticsOver } from '../../src/graph/op.ts';
import type { Tensor } from './interpreter.ts';

interface Options {
  readonly over: StatisticsOver;
  readonly epsilon: number;
}

/** Voxels that share a mean and a variance, and the channel that they belong to. */
interface Group {
  readonly channel: number;
  readonly positions: readonly number[];
  readonly mean: number;
  readonly variance: number;
}

/** One group a channel, or one a sample and channel, samples outermost. */
function groupsOf({ shape, values }: Tensor, over: StatisticsOver): readonly Group[] {
  const [n, channels, k, j, i] = shape as [number, number, number, number, number];
  const voxels = k * j * i;
  const samples = Array.from({ length: n }, (_, sample) => sample);
  return (over === 'batch' ? [samples] : samples.map((sample) => [sample])).flatMap((together) =>
    Array.from({ length: channels }, (_, channel) => {
      const positions = together.flatMap((sample) =>
        Array.from({ length: voxels }, (_, voxel) => (sample * channels + channel) * voxels + voxel),
      );
      const mean = average(positions.map((at) => values[at] as number));
      return {
        channel,
        positions,
        mean,
        variance: average(positions.map((at) => ((values[at] as number) - mean) ** 2)),
      };
    }),
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function variance(x: Tensor, over: StatisticsOver): Float64Array {
  return Float64Array.from(groupsOf(x, over), (group) => group.variance);
}

export function normalize([x, scale, shift]: readonly [Tensor, Tensor, Tensor], options: Options): Float64Array {
  const result = new Float64Array(x.values.length);
  for (const { channel, positions, mean, variance } of groupsOf(x, options.over)) {
    for (const at of positions) {
      const normalized = ((x.values[at] as number) - mean) / Math.sqrt(variance + options.epsilon);
      result[at] = normalized * (scale.values[channel] as number) + (shift.values[channel] as number);
    }
  }
  return result;
}

/** Ioffe and Szegedy 2015, the six equations of the chain rule below eq. 3, as they stand there. */
export function normalizeGradient([dy, x, scale]: readonly [Tensor, Tensor, Tensor], options: Options): Float64Array {
  const result = new Float64Array(x.values.length);
  for (const { channel, positions, mean, variance } of groupsOf(x, options.over)) {
    const count = positions.length;
    const spread = variance + options.epsilon;
    let inVariance = 0;
    let inMean = 0;
    let sumOfDifferences = 0;
    for (const at of positions) {
      const inNormalized = (dy.values[at] as number) * (scale.values[channel] as number);
      const difference = (x.values[at] as number) - mean;
      inVariance += inNormalized * difference * -0.5 * spread ** -1.5;
      inMean -= inNormalized / Math.sqrt(spread);
      sumOfDifferences += difference;
    }
    inMean += (inVariance * -2 * sumOfDifferences) / count;
    for (const at of positions) {
      const inNormalized = (dy.values[at] as number) * (scale.values[channel] as number);
      const difference = (x.values[at] as number) - mean;
      result[at] = inNormalized / Math.sqrt(spread) + (inVariance * 2 * difference) / count + inMean / count;
    }
  }
  return result;
}

export function normalizeScaleGradient([dy, x]: readonly [Tensor, Tensor], options: Options): Float64Array {
  const result = new Float64Array((x.shape as Shape)[1] as number);
  for (const { channel, positions, mean, variance } of groupsOf(x, options.over)) {
    for (const at of positions) {
      const normalized = ((x.values[at] as number) - mean) / Math.sqrt(variance + options.epsilon);
      result[channel] = (result[channel] as number) + (dy.values[at] as number) * normalized;
    }
  }
  return result;
}

export function normalizeByStatistics(
  [x, scale, shift, mean, variance]: readonly [Tensor, Tensor, Tensor, Tensor, Tensor],
  epsilon: number,
): Float64Array {
  const [, channels, k, j, i] = x.shape as [number, number, number, number, number];
  return x.values.map((value, at) => {
    const channel = Math.floor(at / (k * j * i)) % channels;
    const deviation = Math.sqrt((variance.values[channel] as number) + epsilon);
    const normalized = (value - (mean.values[channel] as number)) / deviation;
    return normalized * (scale.values[channel] as number) + (shift.values[channel] as number);
  });
}
