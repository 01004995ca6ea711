import type { ThresholdCurve } from './threshold-curve.ts';

/** What all masks together have at one threshold. */
export interface PooledPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** More points than this are not told apart in a picture. */
const MAX_POINTS = 600;

/**
 * The precision-recall curve of several cases together: true and false positives are summed over the cases at each threshold, so that a
 * case with many voxels of the label weighs more. Cases without a voxel of the label have no curve, and are left out with their false
 * positives. By falling threshold; of many thresholds every n-th and the last.
 */
export function poolCurves(curves: readonly ThresholdCurve[]): PooledPoint[] {
  const present = curves.filter(({ positives }) => positives > 0);
  const positives = present.reduce((sum, of) => sum + of.positives, 0);
  const distinct = new Set(present.flatMap(({ vertices }) => vertices.map(({ threshold }) => threshold)));
  const thresholds = [...distinct].sort((a, b) => b - a);
  const step = Math.ceil(thresholds.length / MAX_POINTS);
  const reached = present.map(() => -1);
  const points: PooledPoint[] = [];
  for (const [index, threshold] of thresholds.entries()) {
    if (index % step !== 0 && index !== thresholds.length - 1) continue;
    let TP = 0;
    let FP = 0;
    for (const [n, { vertices }] of present.entries()) {
      while ((vertices[reached[n] + 1]?.threshold ?? -1) >= threshold) reached[n]++;
      TP += vertices[reached[n]]?.TP ?? 0;
      FP += vertices[reached[n]]?.FP ?? 0;
    }
    points.push({ threshold, precision: TP / (TP + FP), recall: TP / positives });
  }
  return points;
}

/**
 * Precision and recall of masks, their voxels pooled over the cases whose reference holds the label, as `poolCurves` has them.
 * @returns null where nothing was predicted in them
 */
export function pooledPoint(
  counts: readonly { readonly TP: number | null; readonly FP: number | null; readonly FN: number | null }[],
): { precision: number; recall: number } | null {
  const present = counts.filter(({ TP, FN }) => (TP ?? 0) + (FN ?? 0) > 0);
  const sum = (name: 'TP' | 'FP' | 'FN'): number => present.reduce((total, of) => total + (of[name] ?? 0), 0);
  const [TP, FP, FN] = [sum('TP'), sum('FP'), sum('FN')];
  return TP + FP === 0 ? null : { precision: TP / (TP + FP), recall: TP / (TP + FN) };
}
