import type { GraphBuilder, Value } from '../graph/builder.ts';
import { foregroundProbabilities, type LossInput } from './loss-input.ts';

export interface AsymmetricSimilarityOptions {
  /** Weight of recall over precision, > 0, one for each foreground class; 1 is the Dice loss. */
  readonly betas: readonly number[];
  /** Added to numerator and denominator; 0 gives a patch without foreground the loss 1 and no gradient. */
  readonly smoothing: number;
}

/** Keeps 0/0 out where a class has neither reference nor predicted probability; below float32's precision elsewhere. */
const TINY = 1e-7;

/**
 * The asymmetric similarity loss 1 - F_beta of Hashemi et al. 2018 (arXiv:1803.11078, eq. 3): with soft counts over the
 * whole batch, p the predicted probability and g the reference,
 *
 *     F_beta = ((1 + b^2) TP + s) / ((1 + b^2) TP + b^2 FN + FP + s)
 *
 * where TP = sum p g, FN = sum (1 - p) g, FP = sum p (1 - g). FN carries the larger weight when b > 1. Since
 * FN = sum g - TP and FP = sum p - TP, the denominator is b^2 sum g + sum p + s, which is how it is computed: no
 * difference of large sums.
 *
 * @returns a scalar: the mean over the foreground classes
 */
export function asymmetricSimilarity(b: GraphBuilder, input: LossInput, options: AsymmetricSimilarityOptions): Value {
  const { probabilities, reference } = foregroundProbabilities(b, input);
  const classes = probabilities.shape[1] as number;
  if (options.betas.length !== classes) {
    throw new RangeError(
      `asymmetric similarity: ${classes} foreground classes need as many betas; got ${options.betas.length}`,
    );
  }
  const inside = (x: Value): Value => (input.weight === null ? x : b.multiply(x, input.weight));
  const axes = [0, 2, 3, 4];
  const truePositives = b.sum(inside(b.multiply(probabilities, reference)), axes);
  const predicted = b.sum(inside(probabilities), axes);
  const referenced = b.sum(inside(reference), axes);

  const squares = b.make({
    kind: 'constant',
    shape: [1, classes, 1, 1, 1],
    values: options.betas.map((beta) => beta * beta),
  });
  const numerator = b.addNumber(b.multiply(b.addNumber(squares, 1), truePositives), options.smoothing);
  const denominator = b.addNumber(b.add(b.multiply(squares, referenced), predicted), options.smoothing + TINY);
  const similarity = b.divide(numerator, denominator);
  return b.addNumber(b.scaleBy(b.total(similarity), -1 / classes), 1);
}
