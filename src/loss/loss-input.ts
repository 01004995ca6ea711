import type { GraphBuilder, Value } from '../graph/builder.ts';

/** What every loss is computed from. */
export interface LossInput {
  /** [N, outputs, K, J, I]; one output: a sigmoid's logit; several: softmax over background and classes. */
  readonly logits: Value;
  /** 0 and 1, of the logits' shape: with several outputs one-hot, the background first. */
  readonly reference: Value;
  /** [N, 1, K, J, I], 1 where a voxel counts and 0 where it is padding; null when all count. */
  readonly weight: Value | null;
}

/** The foreground classes' probabilities and reference, both [N, classes, K, J, I]. */
export function foregroundProbabilities(
  b: GraphBuilder,
  { logits, reference }: LossInput,
): { probabilities: Value; reference: Value } {
  const outputs = logits.shape[1] as number;
  if (outputs === 1) return { probabilities: b.sigmoid(logits), reference };
  return {
    probabilities: b.slice(b.softmax(logits, 1), 1, 1, outputs),
    reference: b.slice(reference, 1, 1, outputs),
  };
}
