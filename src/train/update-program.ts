import type { ParameterLayout } from '../engine/lower-program.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import type { Program } from '../graph/program.ts';
import { isDecayed } from '../network/options.ts';
import { clipByNorm } from '../optimizer/clip.ts';
import { averageShare, movingAverage } from '../optimizer/moving-average.ts';
import { makeOptimizer } from '../optimizer/optimizer.ts';
import { l2Of, type OptimizerOptions } from '../optimizer/options.ts';

/** Keras's momentum of the moving averages of batch normalization (method section 2). */
const STATISTICS_MOMENTUM = 0.99;

/** How many numbers there are of each kind. */
export interface VectorSizes {
  readonly weights: number;
  readonly statistics: number;
}

/** Training's second program, and what a step of it needs. */
export interface UpdateProgram {
  /**
   * Inputs: the vectors below, each of which comes back as the output `next.NAME`; `gradients` [weights] and `batchStatistics`
   * [statistics] (where there are any), both summed over the accumulated batches; `decayed` [weights], see `decayMask`; and
   * the scalars. Output beside the vectors: `gradientNorm`, the Euclidean norm of the mean gradient, before it is clipped and
   * without the L2 term's share.
   */
  readonly program: Program;
  /** Vectors that training carries from step to step: `parameters`, the optimizer's, `averaged` and `statistics` where kept. */
  readonly vectors: readonly string[];
  /**
   * The scalars to feed.
   * @param step counted from 1
   */
  scalarsAt(learningRate: number, step: number): Readonly<Record<string, number>>;
}

/**
 * From the weights, their gradient and the optimizer's state to the next ones: mean over the accumulated batches, clipping,
 * the L2 term's gradient, the optimizer's step, the moving average of the weights and those of the statistics.
 */
export function updateProgram(sizes: VectorSizes, options: OptimizerOptions): UpdateProgram {
  const { accumulate, clip, average } = options;
  const optimizer = makeOptimizer(options);
  const b = new GraphBuilder();
  const vector = (name: string): Value => b.input(name, [sizes.weights]);
  const named = (names: readonly string[], make: (name: string) => Value): Readonly<Record<string, Value>> =>
    Object.fromEntries(names.map((name) => [name, make(name)]));

  const parameters = vector('parameters');
  const mean = b.scaleBy(vector('gradients'), 1 / accumulate);
  const decayed = vector('decayed');
  const norm = b.squareRoot(b.total(b.multiply(mean, mean)));
  const clipped = clip === null ? mean : clipByNorm(b, mean, norm, clip);
  // The gradient of the L2 term: 2 l2 w.
  const l2 = l2Of(options);
  const gradients = l2 === 0 ? clipped : b.add(clipped, b.multiply(parameters, b.scaleBy(decayed, 2 * l2)));
  const next = optimizer.step(b, {
    parameters,
    gradients,
    states: named(optimizer.states, vector),
    scalars: named(optimizer.scalars, (name) => b.input(name, [])),
    decayed,
  });

  const results: Record<string, Value> = { parameters: next.parameters, ...next.states };
  if (average > 0) {
    results.averaged = movingAverage(b, vector('averaged'), next.parameters, b.input('averageShare', []));
  }
  if (sizes.statistics > 0) {
    const old = b.scaleBy(b.input('statistics', [sizes.statistics]), STATISTICS_MOMENTUM);
    const share = (1 - STATISTICS_MOMENTUM) / accumulate;
    results.statistics = b.add(old, b.scaleBy(b.input('batchStatistics', [sizes.statistics]), share));
  }
  const outputs = Object.fromEntries(Object.entries(results).map(([name, value]) => [`next.${name}`, value]));
  return {
    program: b.program({ ...outputs, gradientNorm: norm }),
    vectors: Object.keys(results),
    scalarsAt: (learningRate, step) => ({
      ...optimizer.scalarsAt(learningRate, step),
      ...(average > 0 ? { averageShare: averageShare(average, step) } : {}),
    }),
  };
}

/** Adds the gradients and statistics of one more batch: `gradients` + `moreGradients`, and likewise the statistics. */
export function accumulationProgram({ weights, statistics }: VectorSizes): Program {
  const b = new GraphBuilder();
  const sum = (first: string, second: string, size: number): Value =>
    b.add(b.input(first, [size]), b.input(second, [size]));
  return b.program({
    'next.gradients': sum('gradients', 'moreGradients', weights),
    ...(statistics > 0 ? { 'next.batchStatistics': sum('batchStatistics', 'moreBatchStatistics', statistics) } : {}),
  });
}

/** 1 for each weight of a kernel that L2 and weight decay apply to, and 0 for the others. */
export function decayMask(weights: ParameterLayout): Float32Array {
  const mask = new Float32Array(weights.total);
  for (const { name, offset, size } of weights.entries) mask.fill(isDecayed(name) ? 1 : 0, offset, offset + size);
  return mask;
}
