import type { GraphBuilder, Value } from '../graph/builder.ts';
import { elementCount } from '../graph/program.ts';

/** What every loss is computed from. */
export interface LossInput {
  /** [N, outputs, K, J, I]; one output: a sigmoid's logit; several: softmax over background and classes. */
  readonly logits: Value;
  /** 0 and 1, of the logits' shape: with several outputs one-hot, the background first. */
  readonly reference: Value;
  /** [N, 1, K, J, I], 1 where a voxel counts and 0 where it is padding; null when all count. */
  readonly weight: Value | null;
}

/** How many foreground classes the outputs stand for: one for a sigmoid, all but the background for a softmax. */
export function foregroundClasses({ logits }: LossInput): number {
  return Math.max(1, (logits.shape[1] as number) - 1);
}

/** The values of the voxels that count, and 0 elsewhere. */
export function counted(b: GraphBuilder, { weight }: LossInput, x: Value): Value {
  return weight === null ? x : b.multiply(x, weight);
}

/**
 * The mean of a value per voxel over the voxels of the batch that count, and 0 where none does.
 * @param x [N, 1, K, J, I]
 * @returns a scalar
 */
export function meanOverVoxels(b: GraphBuilder, input: LossInput, x: Value): Value {
  const sum = b.total(counted(b, input, x));
  if (input.weight === null) return b.scaleBy(sum, 1 / elementCount(x.shape));
  return b.divide(sum, b.maximum(b.total(input.weight), b.constant(1)));
}
