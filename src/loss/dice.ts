import type { GraphBuilder, Value } from '../graph/builder.ts';
import { foregroundClasses, type LossInput } from './loss-input.ts';
import { meanShortfall, overlapIndex } from './overlap-index.ts';
import { foregroundCounts } from './soft-counts.ts';

export interface DiceOptions {
  /** Added to numerator and denominator, >= 0. */
  readonly smoothing: number;
}

/**
 * The soft Dice loss 1 - (2 TP + s) / (sum p + sum g + s), with the sums over the whole batch (Drozdzal et al. 2016,
 * arXiv:1608.04117; Milletari et al. 2016, arXiv:1606.04797, square p and g in the denominator).
 *
 * @returns a scalar: the mean over the foreground classes
 */
export function dice(b: GraphBuilder, input: LossInput, { smoothing }: DiceOptions): Value {
  const each = (weight: number) => Array.from({ length: foregroundClasses(input) }, () => weight);
  const weights = { truePositives: each(2), falsePositives: each(1), falseNegatives: each(1) };
  return meanShortfall(b, overlapIndex(b, foregroundCounts(b, input), weights, smoothing));
}
