import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { OptimizerInput, OptimizerOutput } from './optimizer.ts';

/** Adam's constants as the paper's code and PyTorch have them (Kingma and Ba 2015, arXiv:1412.6980). */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * One step of Adam with bias correction (Kingma and Ba 2015, algorithm 1), epsilon outside the corrected root as in
 * PyTorch: m' = b1 m + (1 - b1) g, v' = b2 v + (1 - b2) g^2,
 * w' = w - learningRate / (1 - b1^t) m' / (sqrt(v') / sqrt(1 - b2^t) + epsilon).
 */
export function adam(
  b: GraphBuilder,
  { parameters, gradients, states, scalars }: Omit<OptimizerInput, 'decayed'>,
): OptimizerOutput {
  const { firstMoment, secondMoment } = states as Record<'firstMoment' | 'secondMoment', Value>;
  const { stepSize, rootCorrection } = scalars as Record<'stepSize' | 'rootCorrection', Value>;
  const first = b.add(b.scaleBy(firstMoment, ADAM.beta1), b.scaleBy(gradients, 1 - ADAM.beta1));
  const squared = b.multiply(gradients, gradients);
  const second = b.add(b.scaleBy(secondMoment, ADAM.beta2), b.scaleBy(squared, 1 - ADAM.beta2));
  const root = b.addNumber(b.multiply(b.squareRoot(second), rootCorrection), ADAM.epsilon);
  const change = b.multiply(b.divide(first, root), stepSize);
  return { parameters: b.subtract(parameters, change), states: { firstMoment: first, secondMoment: second } };
}

/** The scalars of step `step` (counted from 1): learningRate / (1 - b1^t) and 1 / sqrt(1 - b2^t). */
export function adamScalars(learningRate: number, step: number): { stepSize: number; rootCorrection: number } {
  return {
    stepSize: learningRate / (1 - ADAM.beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - ADAM.beta2 ** step),
  };
}
