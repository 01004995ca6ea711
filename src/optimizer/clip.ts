import type { GraphBuilder, Value } from '../graph/builder.ts';

/** Keeps the factor finite for a gradient of 0, as PyTorch's clip_grad_norm_ does. */
const EPSILON = 1e-6;

/**
 * Scales a gradient down to a norm (Pascanu et al. 2013, arXiv:1211.5063, algorithm 1): g min(1, limit / (norm + 1e-6)). A
 * smaller gradient stays as it is.
 *
 * @param norm the gradient's Euclidean norm, a scalar
 */
export function clipByNorm(b: GraphBuilder, gradients: Value, norm: Value, limit: number): Value {
  // min(1, a / n) = 1 / max(1, n / a)
  const excess = b.maximum(b.scaleBy(b.addNumber(norm, EPSILON), 1 / limit), b.constant(1));
  return b.divide(gradients, excess);
}
