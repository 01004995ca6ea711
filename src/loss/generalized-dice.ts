import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { LossInput } from './loss-input.ts';
import { TINY } from './overlap-index.ts';
import { countsWithBackground } from './soft-counts.ts';

/** Below the inverse of any volume, and float32 holds its inverse. */
const NO_VOLUME = 1e-30;

/**
 * The generalized Dice loss of Sudre et al. 2017 (arXiv:1707.03237), over the background (1 - p for a sigmoid's
 * output) and the foreground classes together:
 *
 *     1 - 2 sum w_c TP_c / sum w_c (sum p_c + sum g_c),   w_c = 1 / (sum g_c)^2
 *
 * with sums over the whole batch. A class that the batch has not, whose weight would be infinite, takes the largest weight
 * among the others, as in NiftyNet and MONAI: without any foreground the loss is the mean predicted probability of
 * foreground. The quotient does not change when all weights are divided by the largest, which keeps them between 0 and 1.
 *
 * @returns a scalar; 1 where no voxel counts
 */
export function generalizedDice(b: GraphBuilder, input: LossInput): Value {
  const { truePositives, predicted, referenced } = countsWithBackground(b, input);
  const present = b.sign(referenced);
  const inverse = b.divide(present, b.maximum(referenced, b.constant(1)));
  const classes = Array.from({ length: inverse.shape[1] as number }, (_, index) =>
    b.slice(inverse, 1, index, index + 1),
  );
  const largest = classes.reduce((most, other) => b.maximum(most, other));
  const relative = b.divide(inverse, b.maximum(largest, b.constant(NO_VOLUME)));
  const weights = b.add(b.multiply(relative, relative), b.addNumber(b.negate(present), 1));
  const overlap = b.scaleBy(b.total(b.multiply(weights, truePositives)), 2);
  const volume = b.total(b.multiply(weights, b.add(predicted, referenced)));
  return b.addNumber(b.negate(b.divide(overlap, b.maximum(volume, b.constant(TINY)))), 1);
}
