import { DataError } from '../errors.ts';
import { largestThat, ROUNDING, referenceCandidates } from './candidates.ts';
import { missRateOf } from './figures-at.ts';
import { countsAt, type SubjectProbabilities } from './subject-probabilities.ts';

/**
 * Least number of calibration subjects for an alpha: n >= 1/alpha - 1, since with fewer 1/(n+1) alone exceeds alpha.
 * @param alpha above 0, below 1
 */
export function subjectsNeeded(alpha: number): number {
  const estimate = Math.max(1, Math.floor(1 / alpha) - 2);
  let n = estimate;
  while (!isWithin(0, n, alpha)) n++;
  return n;
}

/**
 * Conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster 2022, arXiv:2208.02814, theorem 1) of the miss rate, the
 * share of a subject's reference voxels that are not marked: the largest threshold with
 *
 *     n/(n+1) R + 1/(n+1) <= alpha,
 *
 * R the mean miss rate of the n calibration subjects. Then the expected miss rate of a further subject is at most alpha, where the
 * n + 1 subjects are exchangeable.
 *
 * What the theorem asks for, with lambda = -threshold: each subject's loss lies in [0, 1] (so B = 1), does not grow with lambda, and is
 * continuous from the right (p >= t marks the voxel at t = p itself). An empty reference has loss 0 at each threshold, which meets all
 * three. That a large enough lambda brings every loss down to alpha fails where reference voxels have probability 0, as those outside
 * the brain do: then this function may throw, and the bound is on the loss times the indicator that it doesn't (docs/method.md).
 *
 * R only changes at the probabilities of reference voxels, so trying these is exact.
 *
 * @param alpha above 0, below 1
 * @returns one of these probabilities, or 1 where even that keeps to alpha
 * @throws DataError where there are fewer subjects than alpha takes, no reference voxels at all, or no threshold that keeps to alpha
 */
export function missRateThreshold(subjects: readonly SubjectProbabilities[], alpha: number): number {
  const n = subjects.length;
  const needed = subjectsNeeded(alpha);
  if (n < needed) {
    throw new DataError(
      `A miss rate of ${alpha} takes at least ${needed} calibration subjects (n >= 1/alpha - 1), and there ${n === 1 ? 'is' : 'are'} ${n}. ` +
        `Add ${needed - n} more, or ask for no less than ${roundUp(1 / (n + 1))}.`,
    );
  }
  if (subjects.every(({ referenceVoxels }) => referenceVoxels === 0)) {
    throw new DataError(
      'No calibration subject has a reference voxel, so no threshold can miss any. Calibrate on subjects with lesions.',
    );
  }
  const holds = (threshold: number): boolean => isWithin(summedMissRate(subjects, threshold), n, alpha);
  if (holds(1)) return 1;
  const threshold = largestThat(holds, referenceCandidates(subjects));
  if (threshold !== null) return threshold;
  throw new DataError(unreachable(subjects, alpha));
}

/** Whether n/(n+1) R + 1/(n+1) <= alpha, for the sum n R of the miss rates. */
function isWithin(summed: number, n: number, alpha: number): boolean {
  return (summed + 1) / (n + 1) <= alpha + ROUNDING;
}

/** Summed anew and in the same order each time, so that rounding keeps it monotone in the threshold. */
function summedMissRate(subjects: readonly SubjectProbabilities[], threshold: number): number {
  let sum = 0;
  for (const subject of subjects) sum += missRateOf(countsAt(subject, threshold));
  return sum;
}

/** How many subjects a message names. */
const NAMED = 5;

function unreachable(subjects: readonly SubjectProbabilities[], alpha: number): string {
  const n = subjects.length;
  const summed = summedMissRate(subjects, 0);
  const lost = subjects
    .map((subject) => ({ subject, rate: missRateOf(countsAt(subject, 0)) }))
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => b.rate - a.rate);
  const named = lost.slice(0, NAMED).map(({ subject: { subject, referenceVoxels, reference }, rate }) => {
    return `${subject} (${referenceVoxels - reference.length} of ${referenceVoxels} voxels, ${(100 * rate).toFixed(1)} %)`;
  });
  const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : '';
  const cause =
    lost.length === 0
      ? ''
      : ` Reference voxels of probability 0, which no threshold marks, are found in ${lost.length} of ${n} subjects: ${named.join(', ')}${more}. ` +
        'Probabilities are 0 outside of the brain: look whether the brain masks leave lesions out.';
  return (
    `No threshold keeps the miss rate to ${alpha}: even where every voxel of probability above 0 is marked, the mean miss rate of the ` +
    `${n} subjects is ${(summed / n).toPrecision(3)}, and n/(n+1) R + 1/(n+1) is ${((summed + 1) / (n + 1)).toPrecision(3)}.${cause} ` +
    `Ask for no less than ${roundUp((summed + 1) / (n + 1))}, or mend the masks and predict again.`
  );
}

/** Up to four decimals: an alpha that is in reach. */
function roundUp(value: number): number {
  return Math.ceil(value * 1e4 - 1e-6) / 1e4;
}
