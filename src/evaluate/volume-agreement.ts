import { meanOf } from '../mean.ts';

/** How the predicted volumes of a set of scans agree with those of the reference. Volumes in the unit that was given. */
export interface VolumeAgreement {
  /** Scans. */
  readonly n: number;
  /** Pearson's correlation of the volumes: Corr of ISBI 2015. Null for fewer than two scans, or where one side does not vary. */
  readonly Corr: number | null;
  /** Mean of predicted less reference volume; null without scans. */
  readonly bias: number | null;
  /** Standard deviation of these differences, divided by n - 1; null for fewer than two scans. */
  readonly sd: number | null;
  /** Limits of agreement, bias - 1.96 sd and bias + 1.96 sd. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Of a normal distribution's values, 95 % lie within so many standard deviations. */
const NORMAL_95 = 1.96;

/**
 * Pearson's correlation, and the bias with limits of agreement after Bland and Altman (Lancet 1986;327:307-310). A high correlation alone
 * hides a bias: predictions that are all twice too large correlate perfectly.
 *
 * @throws RangeError when there is not one predicted volume for each of the reference
 */
export function volumeAgreement(predicted: readonly number[], reference: readonly number[]): VolumeAgreement {
  const n = reference.length;
  if (predicted.length !== n) {
    throw new RangeError(`volumeAgreement: ${predicted.length} predicted volumes for ${n} of the reference`);
  }
  const differences = predicted.map((volume, index) => volume - reference[index]);
  const bias = meanOf(differences);
  if (bias === null || n === 1) return { n, Corr: null, bias, sd: null, lower: null, upper: null };
  const sd = Math.sqrt(sumOfProducts(differences, differences) / (n - 1));
  const lower = bias - NORMAL_95 * sd;
  return { n, Corr: pearsonCorrelation(predicted, reference), bias, sd, lower, upper: bias + NORMAL_95 * sd };
}

/** Pearson's correlation coefficient, -1 … 1; null where either side does not vary, or has fewer than two values. */
export function pearsonCorrelation(a: readonly number[], b: readonly number[]): number | null {
  // Equal values need not have a sum of squares of exactly 0.
  const isConstant = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
  if (isConstant(a) || isConstant(b)) return null;
  const correlation = sumOfProducts(a, b) / Math.sqrt(sumOfProducts(a, a) * sumOfProducts(b, b));
  return Math.max(-1, Math.min(1, correlation));
}

/** Sum of the products of the deviations from the means; 0 without values. */
function sumOfProducts(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a) ?? 0, meanOf(b) ?? 0];
  return a.reduce((sum, value, index) => sum + (value - meanA) * (b[index] - meanB), 0);
}
