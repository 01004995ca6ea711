import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { compareMethods } from './compare-methods.ts';
import { figuresOf } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

/** Cases with so many true positives of 10 reference voxels; null: no voxel of the reference. */
function scored(...found: (number | null)[]): EvaluatedCase[] {
  return found.map((TP, index) => {
    const counts = { TP: TP ?? 0, FP: 1, FN: TP === null ? 0 : 10 - TP, TN: 90 };
    const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
    const metrics = { '1': figuresOf(madeUpMeasures(counts, lesions), 'null') };
    return { subject: `sub-${index}`, predictionFile: 'p', referenceFile: 'r', metrics };
  });
}

describe('compareMethods', () => {
  it('compares every pair and corrects for all of them', () => {
    const methods = new Map([
      ['a', scored(9, 8, 7, null)],
      ['b', scored(8, 6, 4, null)],
      [
        'c',
        scored(8, 6, 4, null)
          .reverse()
          .map((item, index) => ({ ...item, subject: `sub-${3 - index}` })),
      ],
    ]);
    const [ab, ac, bc] = compareMethods(methods, 1, 'n_pred');
    // Predicted voxels differ by 1, 2, 3, 0: all of one sign in 2 of 8 patterns, but an equal pair asks for the approximation.
    expect(ab).toMatchObject({
      first: 'a',
      second: 'b',
      n: 3,
      n_equal: 1,
      positive: 6,
      mean_difference: 1.5,
      median_difference: 1.5,
    });
    expect(ac).toMatchObject({ second: 'c', mean_difference: 1.5 });
    // Two tests count, since the third pair never differs.
    expect(bc).toMatchObject({ first: 'b', second: 'c', n: 0, n_equal: 4, p: null, p_holm: null, mean_difference: 0 });
    expect(ab?.p_holm).toBeCloseTo(2 * (ab?.p ?? 0), 12);
    const [recall] = compareMethods(methods, 1, 'Sensitivity');
    expect(recall).toMatchObject({ n: 3, n_undefined: 1, method: 'exact', p: 0.25, p_holm: 0.5 });
    expect(recall?.mean_difference).toBeCloseTo(0.2, 12);
  });

  it('pairs by patient: two scans of one are no two witnesses', () => {
    const methods = new Map([
      ['a', scored(9, 8, 7)],
      ['b', scored(8, 6, 4)],
    ]);
    const [pair] = compareMethods(methods, 1, 'n_pred', { 'sub-0': 'x', 'sub-1': 'x' });
    // Of x (1 + 2) / 2, of sub-2 3: both of one sign in 2 of 4 patterns.
    expect(pair).toMatchObject({ n: 2, positive: 3, p: 0.5, mean_difference: 2 });
  });

  it('refuses methods that were scored on different subjects', () => {
    const methods = new Map([
      ['a', scored(9, 8)],
      ['b', scored(9, 8, 7)],
    ]);
    expect(() => compareMethods(methods, 1, 'Dice')).toThrow(/a and b were scored on different subjects: sub-2/);
  });
});
