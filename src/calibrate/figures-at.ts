import { diceOf } from '../evaluate/figures.ts';
import { countsAt, type SubjectProbabilities, type ThresholdCounts } from './subject-probabilities.ts';

/*
 * One subject's figures, with the rules of evaluate/figures.ts for what is empty: null where there is nothing to find (and, but for
 * the recall, nothing was found), 0 for a false alarm and for a missed case.
 */

/** Share of the reference's voxels that are not marked; 0 where the reference is empty, since nothing can be missed. */
export function missRateOf({ TP, FN }: ThresholdCounts): number {
  return TP + FN === 0 ? 0 : FN / (TP + FN);
}

/** TP / (TP + FN); null where the reference is empty. */
export function recallOf({ TP, FN }: ThresholdCounts): number | null {
  return TP + FN === 0 ? null : TP / (TP + FN);
}

/** PPV, TP / (TP + FP); 0 where nothing is marked though there is a reference, null where both are empty. */
export function precisionOf({ TP, FP, FN }: ThresholdCounts): number | null {
  if (TP + FP > 0) return TP / (TP + FP);
  return FN > 0 ? 0 : null;
}

/** F-beta, (1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP) (van Rijsbergen 1979); null where both masks are empty. */
export function fBetaOf({ TP, FP, FN }: ThresholdCounts, beta: number): number | null {
  const square = beta * beta;
  return TP + FP + FN === 0 ? null : ((1 + square) * TP) / ((1 + square) * TP + square * FN + FP);
}

/** A mean over the subjects that have a value, null where none has, and the number of those that have none. */
export interface MeanFigure {
  readonly mean: number | null;
  readonly undefined: number;
}

/** Means over subjects at one threshold. */
export interface FiguresAt {
  readonly threshold: number;
  /** Over all subjects: an empty reference counts with 0. */
  readonly missRate: number;
  readonly recall: MeanFigure;
  readonly precision: MeanFigure;
  readonly dice: MeanFigure;
}

/** The mean figures of some subjects, at least one, at a threshold from 0 to 1. */
export function figuresAt(subjects: readonly SubjectProbabilities[], threshold: number): FiguresAt {
  const counts = subjects.map((subject) => countsAt(subject, threshold));
  return {
    threshold,
    missRate: counts.reduce((sum, one) => sum + missRateOf(one), 0) / counts.length,
    recall: meanFigure(counts.map(recallOf)),
    precision: meanFigure(counts.map(precisionOf)),
    dice: meanFigure(counts.map(diceOf)),
  };
}

export function meanFigure(values: readonly (number | null)[]): MeanFigure {
  let sum = 0;
  let defined = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    defined++;
  }
  return { mean: defined === 0 ? null : sum / defined, undefined: values.length - defined };
}
