import { type ParameterLayout, parameterLayout } from '../engine/lower-program.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { gradient } from '../graph/gradient.ts';
import { type Program, parametersOf } from '../graph/program.ts';
import type { LossInput } from '../loss/loss-input.ts';
import { fcDenseNet } from '../network/fc-densenet.ts';
import { type NetworkOptions, weightDecayOf } from '../network/options.ts';
import type { NetworkState } from '../network/state.ts';
import { adam } from '../optimizer/adam.ts';
import type { Triple } from '../volume/volume.ts';

/** Keras's momentum of the moving averages of batch normalization (method section 2). */
const STATISTICS_MOMENTUM = 0.99;

/** A function from logits and reference to a scalar loss. */
export type LossFunction = (b: GraphBuilder, input: LossInput) => Value;

/** The first of training's two programs: from a batch and the packed weights to the loss and its packed gradient. */
export interface GradientProgram {
  /**
   * Inputs: `image` [N, C, K, J, I], `reference` [N, outputs, K, J, I], `weight` [N, 1, K, J, I], the dropout masks.
   * Outputs: `loss` [], `gradients` [weights], and `statistics` [moving statistics] of this batch where the network
   * keeps any.
   */
  readonly program: Program;
  readonly weights: ParameterLayout;
  readonly statistics: ParameterLayout;
  readonly masks: NetworkState['masks'];
}

export function gradientProgram(
  network: NetworkOptions,
  loss: LossFunction,
  batch: number,
  patch: Triple,
): GradientProgram {
  const b = new GraphBuilder();
  const spatial = [patch[2], patch[1], patch[0]];
  const image = b.input('image', [batch, network.channels, ...spatial]);
  const reference = b.input('reference', [batch, network.outputs, ...spatial]);
  const weight = b.input('weight', [batch, 1, ...spatial]);
  const state: NetworkState = { mode: 'training', options: network, masks: [], statistics: [] };
  const logits = fcDenseNet(b, image, state);
  const value = b.scope('loss', () => loss(b, { logits, reference, weight }));

  const forward = b.program({});
  const weightNodes = parametersOf(forward, 'weight');
  const gradients = gradient(b, value, weightNodes);
  const packed = b.scope('pack', () => pack(b, gradients));
  const statistics = b.scope('pack', () => state.statistics.map((statistic) => statistic.value));
  return {
    program: b.program({
      loss: value,
      gradients: packed,
      ...(statistics.length > 0 ? { statistics: pack(b, statistics) } : {}),
    }),
    weights: parameterLayout(weightNodes),
    statistics: parameterLayout(parametersOf(forward, 'statistic')),
    masks: state.masks,
  };
}

/**
 * The second program: from the packed weights, their gradient and Adam's moments to the next ones, and the moving
 * averages of the statistics.
 *
 * Inputs: `parameters`, `gradients`, `firstMoment`, `secondMoment`, `decay` (twice each weight's factor of w^2 in the
 * loss) [weights]; `statistics`, `batchStatistics` [statistics] where there are any; the scalars `stepSize` and
 * `rootCorrection` of adamScalars. Outputs: `nextParameters`, `nextFirstMoment`, `nextSecondMoment`, `nextStatistics`, and
 * `gradientNorm`, the Euclidean norm of the gradient without the decay.
 */
export function updateProgram(weights: number, statistics: number): Program {
  const b = new GraphBuilder();
  const parameters = b.input('parameters', [weights]);
  const gradients = b.input('gradients', [weights]);
  const decayed = b.add(gradients, b.multiply(parameters, b.input('decay', [weights])));
  const next = adam(b, {
    parameters,
    gradients: decayed,
    firstMoment: b.input('firstMoment', [weights]),
    secondMoment: b.input('secondMoment', [weights]),
    stepSize: b.input('stepSize', []),
    rootCorrection: b.input('rootCorrection', []),
  });
  const outputs: Record<string, Value> = {
    nextParameters: next.parameters,
    nextFirstMoment: next.firstMoment,
    nextSecondMoment: next.secondMoment,
    gradientNorm: b.squareRoot(b.total(b.multiply(gradients, gradients))),
  };
  if (statistics > 0) {
    const old = b.scaleBy(b.input('statistics', [statistics]), STATISTICS_MOMENTUM);
    const fresh = b.scaleBy(b.input('batchStatistics', [statistics]), 1 - STATISTICS_MOMENTUM);
    outputs.nextStatistics = b.add(old, fresh);
  }
  return b.program(outputs);
}

/** Twice each weight's factor of w^2 in the loss: what the gradient of the L2 term multiplies the weight by. */
export function decayVector(weights: ParameterLayout): Float32Array {
  const decay = new Float32Array(weights.total);
  for (const { name, offset, size } of weights.entries) decay.fill(2 * weightDecayOf(name), offset, offset + size);
  return decay;
}

/** Several tensors as one vector, in order. */
function pack(b: GraphBuilder, values: readonly Value[]): Value {
  const flat = values.map((value) => b.reshape(value, [value.shape.reduce((product, size) => product * size, 1)]));
  return b.concatenate(flat, 0);
}
