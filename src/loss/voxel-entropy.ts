import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { LossInput } from './loss-input.ts';

/**
 * -log p of every voxel, p the probability of its reference class: [N, 1, K, J, I]. With one output x it is softplus(-x) on
 * foreground and softplus(x) on background; with several, -logSoftmax. Finite for every finite logit.
 */
export function referenceEntropy(b: GraphBuilder, input: LossInput): Value {
  const { logits, reference } = input;
  if (logits.shape[1] === 1) return b.softplus(logitOfError(b, input));
  return b.negate(b.sum(b.multiply(b.logSoftmax(logits, 1), reference), [1]));
}

/** Below it the probability of the other classes has no gradient: far below 1e-7, and float32 holds its inverse. */
const NO_PROBABILITY = 1e-30;

/**
 * log(1 - p) of every voxel, p the probability of its reference class: [N, 1, K, J, I]. The others' probabilities are added
 * up, since 1 - p has lost its digits where p is near 1.
 */
export function logErrorProbability(b: GraphBuilder, input: LossInput): Value {
  const { logits, reference } = input;
  if (logits.shape[1] === 1) return b.negate(b.softplus(b.negate(logitOfError(b, input))));
  const others = b.multiply(b.softmax(logits, 1), b.addNumber(b.negate(reference), 1));
  return b.logarithm(b.maximum(b.sum(others, [1]), b.constant(NO_PROBABILITY)));
}

/** A factor for each voxel by whether its reference is background or foreground: [N, 1, K, J, I]. */
export function classFactors(
  b: GraphBuilder,
  { reference }: LossInput,
  { background, foreground }: { background: number; foreground: number },
): Value {
  const outputs = reference.shape[1] as number;
  if (outputs === 1) return b.addNumber(b.scaleBy(reference, foreground - background), background);
  return b.addNumber(b.scaleBy(b.slice(reference, 1, 0, 1), background - foreground), foreground);
}

/** The logit of 1 - p with one output x: -x on foreground and x on background. */
function logitOfError(b: GraphBuilder, { logits, reference }: LossInput): Value {
  return b.multiply(logits, b.addNumber(b.scaleBy(reference, -2), 1));
}
