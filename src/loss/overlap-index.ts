import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { SoftCounts } from './soft-counts.ts';

/** What an overlap index multiplies the counts by: >= 0, one for each class. */
export interface OverlapWeights {
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
  readonly falseNegatives: readonly number[];
}

/**
 * The least denominator's constant: it keeps 0/0 out where a class has neither reference nor predicted probability, and is
 * below float32's precision wherever there is a voxel.
 */
export const TINY = 1e-7;

/** Weights this near to each other differ by the rounding of what they were computed from. */
const ROUNDING = 1e-12;

/**
 * (t TP + s) / (t TP + u FP + v FN + s), the form of the Dice, Tversky and F_beta indices.
 *
 * Since FN = sum g - TP and FP = sum p - TP, the denominator is u sum p + v sum g + (t - u - v) TP + s, which is how it is
 * computed. In all but the general Tversky index t = u + v, so that it takes no difference of large sums.
 *
 * @param smoothing s >= 0; the denominator has at least TINY in its place
 * @returns [1, classes, 1, 1, 1], from 0 to 1
 */
export function overlapIndex(b: GraphBuilder, counts: SoftCounts, weights: OverlapWeights, smoothing: number): Value {
  const { truePositives: t, falsePositives: u, falseNegatives: v } = weights;
  const rest = t.map((weight, index) => {
    const difference = weight - (u[index] as number) - (v[index] as number);
    return Math.abs(difference) <= ROUNDING * weight ? 0 : difference;
  });
  const numerator = b.addNumber(scaleClasses(b, counts.truePositives, t), smoothing);
  const errors = b.add(scaleClasses(b, counts.predicted, u), scaleClasses(b, counts.referenced, v));
  const total = rest.every((weight) => weight === 0)
    ? errors
    : b.add(errors, scaleClasses(b, counts.truePositives, rest));
  return b.divide(numerator, b.addNumber(total, Math.max(smoothing, TINY)));
}

/** 1 minus the mean over the classes of an index [1, classes, 1, 1, 1]: a scalar. */
export function meanShortfall(b: GraphBuilder, index: Value): Value {
  return b.addNumber(b.scaleBy(b.total(index), -1 / (index.shape[1] as number)), 1);
}

function scaleClasses(b: GraphBuilder, x: Value, factors: readonly number[]): Value {
  if (factors.every((factor) => factor === 1)) return x;
  return b.multiply(x, b.make({ kind: 'constant', shape: x.shape, values: [...factors] }));
}
