import type { GraphBuilder, Value } from '../graph/builder.ts';
import { foregroundClasses, type LossInput } from './loss-input.ts';
import { meanShortfall, overlapIndex } from './overlap-index.ts';
import { foregroundCounts } from './soft-counts.ts';

export interface AsymmetricSimilarityOptions {
  /** Weight of recall over precision, > 0, one for each foreground class; 1 is the Dice loss. */
  readonly betas: readonly number[];
  /** Added to numerator and denominator; 0 gives a patch without foreground the loss 1 and no gradient. */
  readonly smoothing: number;
}

/**
 * The asymmetric similarity loss 1 - F_beta of Hashemi et al. 2018 (arXiv:1803.11078, eq. 3): with soft counts over the
 * whole batch, p the predicted probability and g the reference,
 *
 *     F_beta = ((1 + b^2) TP + s) / ((1 + b^2) TP + b^2 FN + FP + s)
 *
 * where TP = sum p g, FN = sum (1 - p) g, FP = sum p (1 - g). FN carries the larger weight when b > 1. It is the Tversky
 * loss with 1 / (1 + b^2) for false positives, b^2 / (1 + b^2) for false negatives, and the smoothing s / (1 + b^2).
 *
 * @returns a scalar: the mean over the foreground classes
 */
export function asymmetricSimilarity(b: GraphBuilder, input: LossInput, options: AsymmetricSimilarityOptions): Value {
  const { betas, smoothing } = options;
  const classes = foregroundClasses(input);
  if (betas.length !== classes) {
    throw new RangeError(
      `asymmetric similarity: ${classes} foreground classes need as many betas; got ${betas.length}`,
    );
  }
  const weights = {
    truePositives: betas.map((beta) => 1 + beta * beta),
    falsePositives: betas.map(() => 1),
    falseNegatives: betas.map((beta) => beta * beta),
  };
  return meanShortfall(b, overlapIndex(b, foregroundCounts(b, input), weights, smoothing));
}
