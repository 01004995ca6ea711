import type { GraphBuilder, Value } from '../graph/builder.ts';
import { type LossInput, meanOverVoxels } from './loss-input.ts';
import { classFactors, referenceEntropy } from './voxel-entropy.ts';

export interface CrossEntropyOptions {
  /** Factor of the voxels whose reference is foreground, > 0; 1 for plain cross-entropy. */
  readonly foregroundWeight: number;
}

/**
 * Cross-entropy -f log p, p the probability of the voxel's reference class and f 1 on background and `foregroundWeight` on
 * foreground voxels. The mean is over the number of voxels that count, not over the sum of their f: PyTorch's
 * `BCEWithLogitsLoss(pos_weight)`. So what a background voxel adds does not depend on f.
 *
 * @returns a scalar; 0 where no voxel counts
 */
export function crossEntropy(b: GraphBuilder, input: LossInput, { foregroundWeight }: CrossEntropyOptions): Value {
  const entropy = referenceEntropy(b, input);
  if (foregroundWeight === 1) return meanOverVoxels(b, input, entropy);
  const factors = classFactors(b, input, { background: 1, foreground: foregroundWeight });
  return meanOverVoxels(b, input, b.multiply(factors, entropy));
}
