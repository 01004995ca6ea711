import { DataError } from '../errors.ts';
import { differentValues, largestThat, ROUNDING, referenceCandidates } from './candidates.ts';
import { fBetaOf, meanFigure, precisionOf, recallOf } from './figures-at.ts';
import { below, countsAt, type SubjectProbabilities, type ThresholdCounts } from './subject-probabilities.ts';

/*
 * Thresholds for a wanted mean over subjects. Subjects without a value are left out of a mean (figures-at.ts).
 */

/**
 * The largest threshold of at least this mean recall, exactly: the recall falls as the threshold grows, at the probabilities of
 * reference voxels alone.
 *
 * @param target above 0, at most 1
 * @throws DataError where no threshold reaches it
 */
export function recallThreshold(subjects: readonly SubjectProbabilities[], target: number): number {
  const recallAt = (threshold: number): number =>
    meanFigure(subjects.map((subject) => recallOf(countsAt(subject, threshold)))).mean ?? 0;
  const reaches = (threshold: number): boolean => recallAt(threshold) >= target - ROUNDING;
  const candidates = candidatesOf(subjects);
  if (reaches(1)) return 1;
  const threshold = largestThat(reaches, candidates);
  if (threshold !== null) return threshold;
  throw new DataError(
    `No threshold has a mean recall of ${target}: it is ${recallAt(0).toPrecision(3)} even where every voxel of probability above 0 ` +
      'is marked. The other reference voxels have probability 0, as outside of the brain; ask for less.',
  );
}

/**
 * The smallest threshold of at least this mean precision (PPV), exactly: the one that finds most. The precision may fall below the target
 * again at larger thresholds, where it is no monotone function.
 *
 * Marking background voxels alone only lowers it, so it is greatest at the probabilities of reference voxels, and falls with the threshold
 * between two of them. The lowest of these that reaches the target is found by trying all, and how much lower the threshold may go from
 * there by bisection over the background's probabilities.
 *
 * @param target above 0, at most 1
 * @throws DataError where no threshold reaches it
 */
export function precisionThreshold(subjects: readonly SubjectProbabilities[], target: number): number {
  const candidates = candidatesOf(subjects);
  let lowest = -1;
  let best = { value: 0, threshold: 1 };
  descend(subjects, candidates, precisionOf, (value, index) => {
    if (value > best.value) best = { value, threshold: candidates[index] };
    if (value >= target - ROUNDING) lowest = index;
  });
  if (lowest < 0) {
    throw new DataError(
      `No threshold has a mean precision of ${target}: the greatest is ${best.value.toPrecision(3)}, at the threshold ${best.threshold}. ` +
        'Ask for less.',
    );
  }
  const floor = lowest === 0 ? 0 : candidates[lowest - 1];
  const between = differentValues(
    subjects.map(({ background }) =>
      background.subarray(below(background, floor), below(background, candidates[lowest])),
    ),
  );
  const misses = (threshold: number): boolean =>
    threshold <= floor ||
    (meanFigure(subjects.map((subject) => precisionOf(countsAt(subject, threshold)))).mean ?? 0) < target - ROUNDING;
  const last = largestThat(misses, between);
  const next = last === null ? 0 : below(between, last) + 1;
  return next < between.length ? between[next] : candidates[lowest];
}

/**
 * The threshold of the greatest mean F-beta, exactly; of several the largest. Marking background voxels alone only lowers
 * it, so trying the probabilities of reference voxels is enough.
 *
 * @param beta above 0
 */
export function fBetaThreshold(subjects: readonly SubjectProbabilities[], beta: number): number {
  const candidates = candidatesOf(subjects);
  let best = -1;
  let threshold = 1;
  descend(
    subjects,
    candidates,
    (counts) => fBetaOf(counts, beta),
    (value, index) => {
      if (value <= best + ROUNDING) return;
      best = value;
      threshold = candidates[index];
    },
  );
  return threshold;
}

function candidatesOf(subjects: readonly SubjectProbabilities[]): Float32Array {
  const candidates = referenceCandidates(subjects);
  if (candidates.length > 0) return candidates;
  throw new DataError(
    'No reference voxel of any calibration subject has a probability above 0, so no threshold finds one. ' +
      'Look whether predictions and references belong together.',
  );
}

/**
 * The mean of a figure at each candidate, from the largest one down.
 * @param figure of one subject
 * @param visit is given the mean and the candidate's index; subjects with lesions found have a value, so there is a mean
 */
function descend(
  subjects: readonly SubjectProbabilities[],
  candidates: Float32Array,
  figure: (counts: ThresholdCounts) => number | null,
  visit: (mean: number, index: number) => void,
): void {
  const firstReference = Int32Array.from(subjects, ({ reference }) => reference.length);
  const firstBackground = Int32Array.from(subjects, ({ background }) => background.length);
  const counts = subjects.map(({ referenceVoxels }) => ({ TP: 0, FP: 0, FN: referenceVoxels }));
  for (let index = candidates.length - 1; index >= 0; index--) {
    const threshold = candidates[index];
    let sum = 0;
    let defined = 0;
    for (let s = 0; s < counts.length; s++) {
      const { reference, background, referenceVoxels } = subjects[s] as SubjectProbabilities;
      let r = firstReference[s];
      while (r > 0 && reference[r - 1] >= threshold) r--;
      firstReference[s] = r;
      let b = firstBackground[s];
      while (b > 0 && background[b - 1] >= threshold) b--;
      firstBackground[s] = b;
      const count = counts[s] as { TP: number; FP: number; FN: number };
      count.TP = reference.length - r;
      count.FP = background.length - b;
      count.FN = referenceVoxels - count.TP;
      const value = figure(count);
      if (value === null) continue;
      sum += value;
      defined++;
    }
    visit(sum / defined, index);
  }
}
