import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { LossInput } from './loss-input.ts';
import { type TverskyOptions, tverskyIndex } from './tversky.ts';

export interface FocalTverskyOptions extends TverskyOptions {
  /** > 0. The exponent is its inverse, as in the paper: above 1 the slope grows as the index nears 1. */
  readonly gamma: number;
}

/**
 * Keeps the slope of the power finite where the index reaches 1: with the exponent 3/4 it is at most 0.75 * 1e-7^-0.25 = 42.
 * It is the precision of the index in float32.
 */
const TINY = 1e-7;

/**
 * The focal Tversky loss of Abraham and Khan 2019 (arXiv:1810.07842): (1 - TI)^(1 / gamma), TI the Tversky index,
 * computed as (max(1 - TI, 0) + 1e-7)^(1 / gamma). The paper sums over the classes.
 *
 * @returns a scalar: the mean over the foreground classes
 */
export function focalTversky(b: GraphBuilder, input: LossInput, options: FocalTverskyOptions): Value {
  const index = tverskyIndex(b, input, options);
  const shortfall = b.addNumber(b.relu(b.addNumber(b.negate(index), 1)), TINY);
  const power = b.exponential(b.scaleBy(b.logarithm(shortfall), 1 / options.gamma));
  return b.scaleBy(b.total(power), 1 / (index.shape[1] as number));
}
