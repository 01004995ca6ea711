import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { missRateOf } from './figures-at.ts';
import { missRateThreshold } from './miss-rate.ts';
import { countsAt, type SubjectProbabilities } from './subject-probabilities.ts';

/** Subjects that differ widely: how many voxels their lesions have, and how surely these are found. Some have none. */
function drawSubjects(count: number, random: Random): SubjectProbabilities[] {
  return Array.from({ length: count }, (_, s) => {
    const referenceVoxels = random.uniform() < 0.1 ? 0 : 1 + random.integer(60);
    const level = random.normal() - 0.5;
    const reference = new Float32Array(referenceVoxels);
    random.fillNormal(reference);
    for (let voxel = 0; voxel < referenceVoxels; voxel++) {
      reference[voxel] = 1 / (1 + Math.exp(-2 * (reference[voxel] + level)));
    }
    return { subject: `s${s}`, referenceVoxels, reference: reference.sort(), background: new Float32Array(0) };
  });
}

const SPLITS = 1000;

/** The mean realized miss rate of the subjects that each of 1,000 random splits leaves over, and its Monte Carlo error. */
function realize(pool: readonly SubjectProbabilities[], n: number, alpha: number): { mean: number; error: number } {
  let sum = 0;
  let squares = 0;
  for (let split = 0; split < SPLITS; split++) {
    const shuffled = new Random(7, 'split', n, alpha, split).shuffle(pool);
    const threshold = missRateThreshold(shuffled.slice(0, n), alpha);
    const test = shuffled.slice(n);
    const rate = test.reduce((total, one) => total + missRateOf(countsAt(one, threshold)), 0) / test.length;
    sum += rate;
    squares += rate * rate;
  }
  const mean = sum / SPLITS;
  return { mean, error: Math.sqrt((squares / SPLITS - mean * mean) / (SPLITS - 1)) };
}

describe('the bound on the miss rate of new subjects', () => {
  const pool = drawSubjects(160, new Random(7, 'pool'));

  it.each([0.05, 0.1, 0.2])('keeps to alpha %d over random splits, and comes close to it', (alpha) => {
    const n = 100;
    const { mean, error } = realize(pool, n, alpha);
    expect(mean).toBeLessThanOrEqual(alpha + 3 * error);
    // Theorem 2: at least alpha - 2/(n + 1) where no two subjects' losses jump at one threshold.
    expect(mean).toBeGreaterThanOrEqual(alpha - 2 / (n + 1) - 3 * error);
    expect(error).toBeLessThan(0.002);
  });

  it('keeps to it with as few subjects as there may be', () => {
    const { mean, error } = realize(pool, 9, 0.1);
    expect(mean).toBeLessThanOrEqual(0.1 + 3 * error);
  });

  it('would be broken without the correction for few subjects', () => {
    // The plain mean of 9 subjects at 0.1, which is the rule at alpha = (9 * 0.1 + 1) / 10, misses more than 0.1.
    const { mean, error } = realize(pool, 9, 0.19);
    expect(mean).toBeGreaterThan(0.1 + 3 * error);
  });
});
