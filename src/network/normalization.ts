import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { NetworkState } from './state.ts';

/** Keras's default in the authors' DenseNet code (method section 2). */
const EPSILON = 1.1e-5;

/**
 * The network's normalization layer, with a trained scale and shift for each channel.
 *
 * - batch (Ioffe and Szegedy 2015, arXiv:1502.03167): statistics over the batch in training, moving averages afterwards;
 * - instance (Ulyanov et al. 2016, arXiv:1607.08022): statistics of each sample and channel, always;
 * - group (Wu and He 2018, arXiv:1803.08494): statistics of each sample over groups of channels, always. The number of
 *   groups is the largest divisor of the channels that is at most `options.groups`.
 *
 * @param x [N, C, K, J, I]
 */
export function normalizationLayer(b: GraphBuilder, x: Value, name: string, state: NetworkState): Value {
  const channels = x.shape[1] as number;
  const scale = b.parameter(`${name}.scale`, [channels], { kind: 'constant', value: 1 });
  const shift = b.parameter(`${name}.shift`, [channels], { kind: 'constant', value: 0 });
  switch (state.options.normalization) {
    case 'batch':
      return batchNormalization(b, x, scale, shift, name, state);
    case 'instance':
      return b.normalize(x, scale, shift, 'instance', EPSILON);
    case 'group':
      return groupNormalization(b, x, scale, shift, state.options.groups);
  }
}

function batchNormalization(
  b: GraphBuilder,
  x: Value,
  scale: Value,
  shift: Value,
  name: string,
  state: NetworkState,
): Value {
  const channels = [x.shape[1] as number];
  if (state.mode === 'training') {
    state.statistics.push(
      { name: `${name}.mean`, value: b.reshape(b.channelMean(x, 'batch'), channels) },
      { name: `${name}.variance`, value: b.reshape(b.channelVariance(x, 'batch'), channels) },
    );
    declareStatistics(b, name, channels);
    return b.normalize(x, scale, shift, 'batch', EPSILON);
  }
  const { mean, variance } = declareStatistics(b, name, channels);
  return b.normalizeByStatistics(x, scale, shift, mean, variance, EPSILON);
}

function declareStatistics(b: GraphBuilder, name: string, shape: readonly number[]): { mean: Value; variance: Value } {
  return {
    mean: b.parameter(`${name}.mean`, shape, { kind: 'constant', value: 0 }, 'statistic'),
    variance: b.parameter(`${name}.variance`, shape, { kind: 'constant', value: 1 }, 'statistic'),
  };
}

/** Groups of channels are samples of a one-channel-a-group image; the scale and shift stay one a channel. */
export function groupNormalization(b: GraphBuilder, x: Value, scale: Value, shift: Value, wanted: number): Value {
  const [n, channels, k, j, i] = x.shape as [number, number, number, number, number];
  let groups = Math.min(wanted, channels);
  while (channels % groups !== 0) groups--;
  const grouped = b.reshape(x, [n, groups, (channels / groups) * k, j, i]);
  const one = b.broadcast(b.constant(1), [groups]);
  const zero = b.broadcast(b.constant(0), [groups]);
  const normalized = b.reshape(b.normalize(grouped, one, zero, 'instance', EPSILON), x.shape);
  const column = [1, channels, 1, 1, 1];
  return b.add(b.multiply(normalized, b.reshape(scale, column)), b.reshape(shift, column));
}
