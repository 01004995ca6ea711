import { DataError } from '../errors.ts';

/** A vertex of the curves: what a mask of all voxels whose probability is at least `threshold` gets. */
export interface CurveVertex {
  readonly threshold: number;
  readonly TP: number;
  readonly FP: number;
}

/** How a probability map ranks the voxels of one label against all others, over every threshold. */
export interface ThresholdCurve {
  /** Voxels of the reference within the domain. */
  readonly positives: number;
  readonly negatives: number;
  /**
   * By falling threshold, one vertex at each distinct probability of a reference voxel (where precision and recall change for the
   * better), each preceded by one just above it where background voxels lie between the two.
   */
  readonly vertices: readonly CurveVertex[];
  /** APR: area under the precision-recall curve; null without a reference voxel. */
  readonly averagePrecision: number | null;
  /** Area under the ROC curve; null without reference voxels or without any others. */
  readonly rocArea: number | null;
}

/**
 * The precision-recall and ROC curves of a probability map, exact with ties.
 *
 * The area under the precision-recall curve is the average precision, sum over n of (R_n - R_(n-1)) P_n, without interpolation (scikit-learn's
 * `average_precision_score`); a linear one would be too favorable (Davis and Goadrich, ICML 2006). The area under the ROC curve is the
 * probability that a reference voxel has a higher value than another voxel, ties counted half (Mann-Whitney; Hanley and McNeil,
 * Radiology 1982;143:29-36).
 *
 * Recall rises only where a reference voxel passes the threshold. So the reference's few voxels are sorted, and each of the others is
 * counted between two of them: both areas are exact, and nothing as large as the volume is sorted.
 *
 * @param probabilities one value a voxel, 0 … 1, larger where the label is likelier; or another such score, as the
 *   vote spread where the reference is the wrong voxels: the area under the ROC curve says then how well the spread detects errors
 * @param reference of the same length, anything but 0 belongs to the label
 * @param domain of the same length: the voxels that take part, other than 0; default: all. It matters for reference voxels that have the
 *   map's lowest value, and for the ROC curve, whose area rises with every easy voxel
 * @throws RangeError when the lengths differ, a reference voxel's value is outside 0 … 1, or that of another above it or NaN
 */
export function thresholdCurve(
  probabilities: Float32Array,
  reference: Uint8Array,
  domain: Uint8Array | null = null,
): ThresholdCurve {
  const length = probabilities.length;
  if (reference.length !== length || (domain !== null && domain.length !== length)) {
    throw new RangeError(`thresholdCurve: ${length} probabilities, and ${reference.length} voxels of the reference`);
  }
  let positives = 0;
  let voxels = 0;
  for (let v = 0; v < length; v++) {
    if (domain !== null && domain[v] === 0) continue;
    voxels++;
    if (reference[v] !== 0) positives++;
  }
  const negatives = voxels - positives;
  if (positives === 0) return { positives, negatives, vertices: [], averagePrecision: null, rocArea: null };

  const ascending = new Float32Array(positives);
  for (let v = 0, n = 0; v < length; v++) {
    if (reference[v] !== 0 && (domain === null || domain[v] !== 0)) ascending[n++] = probabilities[v];
  }
  ascending.sort();
  if (!(ascending[0] >= 0 && ascending[positives - 1] <= 1)) {
    throw new RangeError(`thresholdCurve: values from ${ascending[0]} to ${ascending[positives - 1]}, and not 0 … 1`);
  }
  const levels = distinctOf(ascending);
  const { equal, above } = countBetween(probabilities, reference, domain, levels.values);

  const vertices: CurveVertex[] = [];
  let TP = 0;
  let FP = 0;
  let precisionSum = 0;
  let rankSum = 0;
  for (let n = levels.values.length - 1; n >= 0; n--) {
    const threshold = levels.values[n];
    const found = levels.counts[n];
    FP += above[n];
    if (above[n] > 0) vertices.push({ threshold: justAbove(threshold), TP, FP });
    // Of the voxels at this level the others lie, on average, half above and half below the reference's.
    rankSum += found * (negatives - FP - equal[n] / 2);
    FP += equal[n];
    TP += found;
    precisionSum += found * (TP / (TP + FP));
    vertices.push({ threshold, TP, FP });
  }
  return {
    positives,
    negatives,
    vertices,
    averagePrecision: precisionSum / positives,
    rocArea: negatives === 0 ? null : rankSum / positives / negatives,
  };
}

/**
 * Refuses what can't be a probability.
 *
 * @throws DataError naming the file and the value
 */
export function checkProbabilities(probabilities: Float32Array, path: string): void {
  for (let v = 0; v < probabilities.length; v++) {
    const value = probabilities[v];
    if (value >= 0 && value <= 1) continue;
    throw new DataError(
      `${path} holds ${value} (voxel ${v}, counted with i fastest), and probabilities lie within 0 … 1. ` +
        'Give the probability maps of `rarevox predict --save-probabilities`, not logits or percentages.',
    );
  }
}

function distinctOf(ascending: Float32Array): { values: Float32Array; counts: Float64Array } {
  const values = new Float32Array(ascending.length);
  const counts = new Float64Array(ascending.length);
  let last = -1;
  for (let n = 0; n < ascending.length; n++) {
    const value = ascending[n];
    if (last < 0 || value !== values[last]) values[++last] = value;
    counts[last]++;
  }
  return { values: values.subarray(0, last + 1), counts: counts.subarray(0, last + 1) };
}

/**
 * For each level the other voxels that have exactly its value, and those above it but below the next level. The bits of floats of 0 and
 * more rise with their values, so everything is compared by bits, and the upper ones say from which level on to look: mostly at one or
 * none.
 */
function countBetween(
  probabilities: Float32Array,
  reference: Uint8Array,
  domain: Uint8Array | null,
  levels: Float32Array,
): { equal: Float64Array; above: Float64Array } {
  const bits = new Int32Array(probabilities.buffer, probabilities.byteOffset, probabilities.length);
  // The sum turns -0, whose bits are below those of 0, into 0.
  const levelBits = new Int32Array(levels.map((level) => level + 0).buffer);
  // Cells of 2^shift neighboring floats, not many more of them than voxels, and the levels below each.
  let shift = SMALLEST_SHIFT;
  while (ONE_BITS >>> shift > bits.length && shift < LARGEST_SHIFT) shift++;
  const levelsBelow = new Int32Array((ONE_BITS >>> shift) + 3);
  for (let n = 0; n < levelBits.length; n++) levelsBelow[(levelBits[n] >>> shift) + 1]++;
  for (let cell = 1; cell < levelsBelow.length; cell++) levelsBelow[cell] += levelsBelow[cell - 1];
  // By the number n of levels up to a value: at 2 n - 1 those above the last of them, at 2 n - 2 those equal to it.
  const counts = new Float64Array(2 * levelBits.length + 1);
  const lowest = levelBits[0];
  for (let v = 0; v < bits.length; v++) {
    const value = bits[v] === MINUS_ZERO_BITS ? 0 : bits[v];
    // Most of a scan lies below the least likely voxel of the reference, where no count changes.
    if (value < lowest || reference[v] !== 0 || (domain !== null && domain[v] === 0)) continue;
    if (value > ONE_BITS) throw new RangeError(`thresholdCurve: the value ${probabilities[v]}, and not 0 … 1`);
    const cell = value >>> shift;
    let low = levelsBelow[cell];
    let high = levelsBelow[cell + 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (levelBits[middle] <= value) low = middle + 1;
      else high = middle;
    }
    counts[levelBits[low - 1] === value ? 2 * low - 2 : 2 * low - 1]++;
  }
  return {
    equal: Float64Array.from(levels, (_, n) => counts[2 * n]),
    above: Float64Array.from(levels, (_, n) => counts[2 * n + 1]),
  };
}

/** The bits of -0, which as a number are below those of 0. */
const MINUS_ZERO_BITS = 0x80000000 | 0;
/** The bits of 1, the largest probability. */
const ONE_BITS = 0x3f800000;
/** 2^10 neighboring floats a cell are 1,040,385 cells up to 1, and 2^20 are 1,017. */
const SMALLEST_SHIFT = 10;
const LARGEST_SHIFT = 20;

/** The next larger float32: a threshold that the voxels of exactly this value do not pass. */
function justAbove(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  bits.setUint32(0, value === 0 ? 1 : bits.getUint32(0) + 1);
  return bits.getFloat32(0);
}
