import type { GraphBuilder, Value } from '../graph/builder.ts';
import { counted, type LossInput } from './loss-input.ts';

/**
 * Sums over the voxels of the whole batch that count, one a class: [1, classes, 1, 1, 1] each, p being the predicted
 * probability and g the reference. FN = referenced - TP and FP = predicted - TP.
 */
export interface SoftCounts {
  /** TP = sum p g. */
  readonly truePositives: Value;
  /** sum p */
  readonly predicted: Value;
  /** sum g */
  readonly referenced: Value;
}

/** The counts of the foreground classes. */
export function foregroundCounts(b: GraphBuilder, input: LossInput): SoftCounts {
  const { logits, reference } = input;
  const outputs = logits.shape[1] as number;
  if (outputs === 1) return softCounts(b, input, b.sigmoid(logits), reference);
  return softCounts(b, input, b.slice(b.softmax(logits, 1), 1, 1, outputs), b.slice(reference, 1, 1, outputs));
}

/** The counts of the background, first, and the foreground classes. The background of a sigmoid's output is 1 - p. */
export function countsWithBackground(b: GraphBuilder, input: LossInput): SoftCounts {
  const { logits, reference } = input;
  if (logits.shape[1] !== 1) return softCounts(b, input, b.softmax(logits, 1), reference);
  // sigmoid(-x), since 1 - sigmoid(x) has lost its digits where p is near 1.
  const absent = b.addNumber(b.negate(reference), 1);
  const background = softCounts(b, input, b.sigmoid(b.negate(logits)), absent);
  const foreground = foregroundCounts(b, input);
  return {
    truePositives: b.concatenate([background.truePositives, foreground.truePositives], 1),
    predicted: b.concatenate([background.predicted, foreground.predicted], 1),
    referenced: b.concatenate([background.referenced, foreground.referenced], 1),
  };
}

function softCounts(b: GraphBuilder, input: LossInput, probabilities: Value, reference: Value): SoftCounts {
  const sum = (x: Value): Value => b.sum(counted(b, input, x), [0, 2, 3, 4]);
  return {
    truePositives: sum(b.multiply(probabilities, reference)),
    predicted: sum(probabilities),
    referenced: sum(reference),
  };
}
