import type { SubjectProbabilities } from './subject-probabilities.ts';

/**
 * Rates that differ by less are equal: sums of a few thousand quotients are off by 1e-13 at most, and a tie must not be lost to
 * rounding.
 */
export const ROUNDING = 1e-12;

/**
 * The thresholds at which the reference's voxels change sides: their different probabilities above 0 over all subjects, in
 * ascending order. Between two of them no recall changes.
 */
export function referenceCandidates(subjects: readonly SubjectProbabilities[]): Float32Array {
  return differentValues(subjects.map(({ reference }) => reference));
}

/** The different values of some lists, in ascending order. */
export function differentValues(lists: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let count = 0;
  for (let index = 0; index < all.length; index++) {
    if (index === 0 || all[index] !== all[count - 1]) all[count++] = all[index];
  }
  return all.slice(0, count);
}

/**
 * The largest candidate that holds, by bisection.
 * @param candidates ascending; if one holds, so does every smaller one
 * @returns null where none holds
 */
export function largestThat(holds: (threshold: number) => boolean, candidates: Float32Array): number | null {
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(candidates[middle])) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : candidates[low - 1];
}
