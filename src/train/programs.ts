import { type ParameterLayout, parameterLayout } from '../engine/lower-program.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { gradient } from '../graph/gradient.ts';
import { type Program, parametersOf } from '../graph/program.ts';
import { recompute } from '../graph/recompute.ts';
import type { LossInput } from '../loss/loss-input.ts';
import { network } from '../network/network.ts';
import type { NetworkOptions } from '../network/options.ts';
import { type NetworkState, networkState } from '../network/state.ts';
import type { Triple } from '../volume/volume.ts';
import { deeplySupervised } from './deep-supervision.ts';

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
  options: NetworkOptions,
  loss: LossFunction,
  batch: number,
  patch: Triple,
): GradientProgram {
  const b = new GraphBuilder();
  const { image, reference, weight } = batchInputs(b, options, batch, patch);
  const state = networkState('training', options);
  const logits = network(b, image, state);
  const value = b.scope('loss', () => deeplySupervised(b, loss, { logits, reference, weight }, state.auxiliary));

  const forward = b.program({});
  const weightNodes = parametersOf(forward, 'weight');
  const gradients = gradient(b, value, weightNodes);
  const packed = b.scope('pack', () => pack(b, gradients));
  const statistics = b.scope('pack', () => state.statistics.map((statistic) => statistic.value));
  const whole = b.program({
    loss: value,
    gradients: packed,
    ...(statistics.length > 0 ? { statistics: pack(b, statistics) } : {}),
  });
  return {
    program: recompute(whole, forward.nodes.length),
    weights: parameterLayout(weightNodes),
    statistics: parameterLayout(parametersOf(forward, 'statistic')),
    masks: state.masks,
  };
}

/**
 * The loss of the network as it predicts: moving averages, no dropout. Inputs as those of the gradient program; the
 * weights and the moving statistics as the parameters of these names.
 */
export function lossProgram(options: NetworkOptions, loss: LossFunction, batch: number, patch: Triple): Program {
  const b = new GraphBuilder();
  const { image, reference, weight } = batchInputs(b, options, batch, patch);
  const logits = network(b, image, networkState('inference', options));
  return b.program({ loss: b.scope('loss', () => loss(b, { logits, reference, weight })) });
}

function batchInputs(
  b: GraphBuilder,
  { channels, outputs }: NetworkOptions,
  batch: number,
  patch: Triple,
): Readonly<Record<'image' | 'reference' | 'weight', Value>> {
  const spatial = [patch[2], patch[1], patch[0]];
  return {
    image: b.input('image', [batch, channels, ...spatial]),
    reference: b.input('reference', [batch, outputs, ...spatial]),
    weight: b.input('weight', [batch, 1, ...spatial]),
  };
}

/** Several tensors as one vector, in order. */
function pack(b: GraphBuilder, values: readonly Value[]): Value {
  const flat = values.map((value) => b.reshape(value, [value.shape.reduce((product, size) => product * size, 1)]));
  return b.concatenate(flat, 0);
}
