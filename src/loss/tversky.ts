import type { GraphBuilder, Value } from '../graph/builder.ts';
import { foregroundClasses, type LossInput } from './loss-input.ts';
import { meanShortfall, overlapIndex } from './overlap-index.ts';
import { foregroundCounts } from './soft-counts.ts';

/** Both weights >= 0 and not both 0. Public ports disagree on which of alpha and beta is which, so these have names. */
export interface TverskyOptions {
  /** Alpha of Salehi et al. and of MONAI's TverskyLoss. */
  readonly falsePositiveWeight: number;
  /** Beta of Salehi et al. and of MONAI's TverskyLoss. */
  readonly falseNegativeWeight: number;
  /** Added to numerator and denominator, >= 0. */
  readonly smoothing: number;
}

/**
 * The Tversky loss of Salehi et al. 2017 (arXiv:1706.05721): 1 - (TP + s) / (TP + alpha FP + beta FN + s) with
 * soft counts over the whole batch.
 *
 * @returns a scalar: the mean over the foreground classes
 */
export function tversky(b: GraphBuilder, input: LossInput, options: TverskyOptions): Value {
  return meanShortfall(b, tverskyIndex(b, input, options));
}

/** The Tversky index of each foreground class: [1, classes, 1, 1, 1]. */
export function tverskyIndex(b: GraphBuilder, input: LossInput, options: TverskyOptions): Value {
  const each = (weight: number) => Array.from({ length: foregroundClasses(input) }, () => weight);
  const weights = {
    truePositives: each(1),
    falsePositives: each(options.falsePositiveWeight),
    falseNegatives: each(options.falseNegativeWeight),
  };
  return overlapIndex(b, foregroundCounts(b, input), weights, options.smoothing);
}
