import type { GraphBuilder, Value } from '../graph/builder.ts';
import { type LossInput, meanOverVoxels } from './loss-input.ts';
import { classFactors, logErrorProbability, referenceEntropy } from './voxel-entropy.ts';

export interface FocalOptions {
  /** Focusing exponent, >= 0; 0 leaves weighted cross-entropy. */
  readonly gamma: number;
  /** Factor of the voxels whose reference is foreground, from 0 to 1; background voxels have 1 - alpha. */
  readonly alpha: number;
}

/**
 * The focal loss of Lin et al. 2017 (arXiv:1708.02002, eq. 5): -a (1 - p)^gamma log p with p the probability of the voxel's
 * reference class, a = alpha where that is foreground and 1 - alpha where it is background. Several exclusive classes have
 * the p of their softmax and share alpha. The power is exp(gamma log(1 - p)), which has a gradient for every gamma.
 *
 * @returns a scalar: the mean over the voxels that count (Lin et al. divide by the number of objects); 0 where none does
 */
export function focal(b: GraphBuilder, input: LossInput, { gamma, alpha }: FocalOptions): Value {
  const factors = classFactors(b, input, { background: 1 - alpha, foreground: alpha });
  const weighted = b.multiply(factors, referenceEntropy(b, input));
  if (gamma === 0) return meanOverVoxels(b, input, weighted);
  const modulation = b.exponential(b.scaleBy(logErrorProbability(b, input), gamma));
  return meanOverVoxels(b, input, b.multiply(modulation, weighted));
}
