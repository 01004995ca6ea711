import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { figuresOf } from './figures.ts';
import { foldStatistics } from './fold-statistics.ts';
import type { EvaluatedCase } from './summary.ts';

/** A case of 100 voxels with so many true positives of 10 reference voxels and no false ones: Sensitivity TP / 10. */
function scored(subject: string, TP: number, present = 10): EvaluatedCase {
  const lesions = {
    reference: present > 0 ? 1 : 0,
    referenceTouched: TP > 0 ? 1 : 0,
    predicted: 1,
    predictedTouching: 1,
  };
  const counts = { TP, FP: present === 0 ? 1 : 0, FN: present - TP, TN: 90 };
  return {
    subject,
    predictionFile: 'p',
    referenceFile: 'r',
    metrics: { '1': figuresOf(madeUpMeasures(counts, lesions), 'null') },
  };
}

describe('foldStatistics', () => {
  const folds = [{ cases: [scored('a', 2), scored('b', 4), scored('c', 6)] }, { cases: [scored('d', 10)] }];

  it('tells means over subjects from means over folds', () => {
    const { statistics, foldMeans, summary } = foldStatistics(folds, { resamples: 200 });
    const sensitivity = statistics['1']?.Sensitivity;
    // Over subjects (0.2 + 0.4 + 0.6 + 1) / 4; over folds (0.4 + 1) / 2, with deviations of 0.3 each.
    expect(sensitivity?.mean).toBeCloseTo(0.55, 12);
    expect(sensitivity?.sd).toBeCloseTo(Math.sqrt((0.35 ** 2 + 0.15 ** 2 + 0.05 ** 2 + 0.45 ** 2) / 3), 12);
    expect(sensitivity?.fold_mean).toBeCloseTo(0.7, 12);
    expect(sensitivity?.fold_sd).toBeCloseTo(0.3 * Math.SQRT2, 12);
    expect(sensitivity).toMatchObject({ n: 4, n_groups: 4, n_undefined: 0 });
    expect(foldMeans.map((mean) => mean['1']?.Sensitivity)).toEqual([expect.closeTo(0.4, 12), 1]);
    expect(summary.n_cases).toBe(4);
  });

  it('counts what is not defined, and leaves out folds without a value', () => {
    const { statistics } = foldStatistics([...folds, { cases: [scored('e', 0, 0)] }], { resamples: 200 });
    const sensitivity = statistics['1']?.Sensitivity;
    expect(sensitivity).toMatchObject({ n: 4, n_undefined: 1 });
    expect(sensitivity?.fold_mean).toBeCloseTo(0.7, 12);
    expect(statistics['1']?.PPV).toMatchObject({ n: 5, n_undefined: 0 });
  });

  it('draws scans of one patient together', () => {
    const alone = foldStatistics(folds, { resamples: 5000 }).statistics['1']?.Sensitivity;
    const patients = { a: 'p', b: 'p', c: 'p', d: 'q' };
    const together = foldStatistics(folds, { resamples: 5000, patients }).statistics['1']?.Sensitivity;
    expect(together?.n_groups).toBe(2);
    // Both patients are p in one of four resamples, both q in another.
    expect(together?.lower).toBeCloseTo(0.4, 12);
    expect(together?.upper).toBeCloseTo(1, 12);
    expect(alone?.lower).toBeLessThan(0.4);
  });

  it('has no spread over one fold, and none over one subject', () => {
    const { statistics } = foldStatistics([{ cases: [scored('a', 5)] }]);
    expect(statistics['1']?.Dice).toMatchObject({ sd: null, fold_sd: null, lower: null, upper: null, n: 1 });
  });
});
