/** True and false positives at each threshold of `COUNT_THRESHOLDS`: they can be summed over cases, as the vertices of curves can't. */
export interface ThresholdCounts {
  /** Voxels of the reference. */
  readonly positives: number;
  readonly TP: readonly number[];
  readonly FP: readonly number[];
}

/** What all masks together have at one threshold. */
export interface PooledPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

const STEPS = 256;
const LARGEST_LOGIT = 12;

/** 257 thresholds 1 / (1 + exp(-z)) by falling z from 12 to -12, in equal steps of it; the middle one is 0.5. */
export const COUNT_THRESHOLDS: readonly number[] = Array.from(
  { length: STEPS + 1 },
  (_, n) => 1 / (1 + Math.exp(LARGEST_LOGIT * ((2 * n) / STEPS - 1))),
);

/**
 * Counts the voxels whose probability is at least each threshold.
 *
 * @param probabilities one value a voxel, 0 … 1
 * @param reference of the same length, anything but 0 belongs to the label
 */
export function countAtThresholds(probabilities: Float32Array, reference: Uint8Array): ThresholdCounts {
  // By the first threshold that a voxel reaches.
  const found = new Float64Array(STEPS + 2);
  const wrong = new Float64Array(STEPS + 2);
  const thresholds = Float64Array.from(COUNT_THRESHOLDS);
  const lowest = thresholds[STEPS];
  for (let v = 0; v < probabilities.length; v++) {
    const p = probabilities[v];
    let first = STEPS + 1;
    if (p >= lowest) {
      let low = 0;
      first = STEPS;
      while (low < first) {
        const middle = (low + first) >>> 1;
        if (p >= thresholds[middle]) first = middle;
        else low = middle + 1;
      }
    }
    if (reference[v] === 0) wrong[first]++;
    else found[first]++;
  }
  const cumulated = (counts: Float64Array): number[] => {
    let sum = 0;
    return Array.from(counts.subarray(0, STEPS + 1), (count) => (sum += count));
  };
  return { positives: found.reduce((sum, count) => sum + count, 0), TP: cumulated(found), FP: cumulated(wrong) };
}

/** Of the thresholds of thinned counts to the next one in `COUNT_THRESHOLDS`. */
const THINNING = 4;

/** The counts at every fourth threshold, the first and the last among them: enough for a picture, in a quarter of the space. */
export function thinCounts({ positives, TP, FP }: ThresholdCounts): ThresholdCounts {
  const thin = (counts: readonly number[]): number[] => counts.filter((_, n) => n % THINNING === 0);
  return { positives, TP: thin(TP), FP: thin(FP) };
}

/**
 * The precision-recall curve of several cases together: voxels are summed over the cases at each threshold, so that a case with many voxels
 * of the label weighs more. By falling threshold, from the first one that some voxel reaches. Cases without a voxel of the label, which
 * have no recall, are left out with their false positives.
 *
 * @param cases all whole, or all thinned
 */
export function poolCounts(cases: readonly ThresholdCounts[]): PooledPoint[] {
  const present = cases.filter(({ positives }) => positives > 0);
  const positives = present.reduce((sum, of) => sum + of.positives, 0);
  const stride = STEPS / ((present[0]?.TP.length ?? COUNT_THRESHOLDS.length) - 1);
  return COUNT_THRESHOLDS.filter((_, n) => n % stride === 0).flatMap((threshold, n) => {
    const TP = present.reduce((sum, of) => sum + (of.TP[n] ?? 0), 0);
    const FP = present.reduce((sum, of) => sum + (of.FP[n] ?? 0), 0);
    return TP + FP === 0 ? [] : [{ threshold, precision: TP / (TP + FP), recall: TP / positives }];
  });
}

/**
 * Precision and recall of masks, their voxels pooled over the cases whose reference holds the label, as `poolCounts` has them.
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
