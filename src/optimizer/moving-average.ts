import type { GraphBuilder, Value } from '../graph/builder.ts';

/**
 * One step of an exponential moving average of the weights (Polyak and Juditsky 1992): average + share (weights - average).
 * @param share a scalar, from `averageShare`
 */
export function movingAverage(b: GraphBuilder, average: Value, weights: Value, share: Value): Value {
  return b.add(average, b.multiply(b.subtract(weights, average), share));
}

/**
 * The newest weights' share in the average: 1 - min(decay, (1 + t) / (10 + t)), so that the start, with weights that are
 * nearly random, is soon forgotten (TensorFlow's ExponentialMovingAverage with num_updates).
 *
 * @param step counted from 1
 */
export function averageShare(decay: number, step: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}
