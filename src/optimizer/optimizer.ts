import type { GraphBuilder, Value } from '../graph/builder.ts';
import { adam, adamScalars } from './adam.ts';
import type { OptimizerOptions } from './options.ts';
import { nesterov } from './sgd.ts';

/** A rule that makes new weights of old ones and their gradient. */
export interface Optimizer {
  /** Names of the vectors that it carries from step to step; they start at 0. */
  readonly states: readonly string[];
  /** Names of the scalars that each step is fed with. */
  readonly scalars: readonly string[];
  /** Adds the step to a program. All vectors have the shape of the weights. */
  step(b: GraphBuilder, input: OptimizerInput): OptimizerOutput;
  /** @param step counted from 1 */
  scalarsAt(learningRate: number, step: number): Readonly<Record<string, number>>;
}

export interface OptimizerInput {
  readonly parameters: Value;
  /** With the gradient of the L2 term. */
  readonly gradients: Value;
  readonly states: Readonly<Record<string, Value>>;
  readonly scalars: Readonly<Record<string, Value>>;
  /** 1 for each weight that weight decay applies to, and 0 for the others. */
  readonly decayed: Value;
}

export interface OptimizerOutput {
  readonly parameters: Value;
  readonly states: Readonly<Record<string, Value>>;
}

export function makeOptimizer({ optimizer, momentum, weightDecay }: OptimizerOptions): Optimizer {
  switch (optimizer) {
    case 'adam':
      return { ...ADAM_STATE, step: adam, scalarsAt: adamScalars };
    case 'adamw':
      return {
        ...ADAM_STATE,
        scalars: [...ADAM_STATE.scalars, 'shrinkage'],
        // Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2 as PyTorch has it: w - learningRate * decay * w, and
        // then Adam's step, whose gradient knows nothing of the decay.
        step: (b, input) => {
          const share = b.multiply(input.decayed, input.scalars.shrinkage as Value);
          const parameters = b.subtract(input.parameters, b.multiply(input.parameters, share));
          return adam(b, { ...input, parameters });
        },
        scalarsAt: (learningRate, step) => ({
          ...adamScalars(learningRate, step),
          shrinkage: learningRate * weightDecay,
        }),
      };
    case 'sgd':
      return {
        states: ['velocity'],
        scalars: ['learningRate'],
        step: (b, input) => nesterov(b, input, momentum),
        scalarsAt: (learningRate) => ({ learningRate }),
      };
    default:
      return optimizer satisfies never;
  }
}

const ADAM_STATE = { states: ['firstMoment', 'secondMoment'], scalars: ['stepSize', 'rootCorrection'] } as const;
