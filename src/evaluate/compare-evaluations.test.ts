import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { compareEvaluations } from './compare-evaluations.ts';
import { encodeComparison, encodeTests } from './comparison-tables.ts';
import { figuresOf } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

/** Cases by subject with so many true positives of 10 reference voxels; null: neither side has a voxel. */
function scored(found: Readonly<Record<string, number | null>>): EvaluatedCase[] {
  return Object.entries(found).map(([subject, TP]) => {
    const counts = TP === null ? { TP: 0, FP: 0, FN: 0, TN: 100 } : { TP, FP: 0, FN: 10 - TP, TN: 90 };
    const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
    return {
      subject,
      predictionFile: 'p',
      referenceFile: 'r',
      metrics: { '1': figuresOf(madeUpMeasures(counts, lesions), 'null') },
    };
  });
}

const methods = new Map([
  ['a', scored({ 'sub-1': 9, 'sub-2': 8, 'sub-3': 7, 'sub-4': null, 'sub-5': 1 })],
  ['b', scored({ 'sub-4': null, 'sub-3': 4, 'sub-2': 6, 'sub-1': 8 })],
]);

describe('compareEvaluations', () => {
  const comparison = compareEvaluations(methods, ['Sensitivity', 'HD95', 'TP'], { resamples: 400 });

  it('rests on the subjects that all methods have, and names the others', () => {
    expect(comparison.subjects).toEqual(['sub-1', 'sub-2', 'sub-3', 'sub-4']);
    expect(comparison.left_out).toEqual([{ subject: 'sub-5', missing_in: ['b'] }]);
    const { a, b } = comparison.statistics['1'].Sensitivity as Record<string, object>;
    expect(a).toMatchObject({ mean: expect.closeTo(0.8, 12), median: 0.8, n: 3, n_undefined: 1, best: true });
    expect(b).toMatchObject({ mean: expect.closeTo(0.6, 12), median: 0.6, n: 3, n_undefined: 1, best: false });
  });

  it('pairs by subject whatever their order, with an interval of the difference', () => {
    const [pair] = comparison.comparisons['1'].Sensitivity ?? [];
    // Differences of 0.1, 0.2, 0.3: two of 2^3 sign patterns are as extreme.
    expect(pair).toMatchObject({ first: 'a', second: 'b', n: 3, n_undefined: 1, positive: 6, p: 0.25, p_holm: 0.25 });
    expect(pair?.mean_difference).toBeCloseTo(0.2, 12);
    expect(pair?.lower).toBeGreaterThanOrEqual(0.1 - 1e-12);
    expect(pair?.upper).toBeLessThanOrEqual(0.3 + 1e-12);
  });

  it('marks equal methods both as best, and none where there is no good direction', () => {
    const of = comparison.statistics['1'];
    expect(Object.values(of.HD95 ?? {}).map(({ best }) => best)).toEqual([true, true]);
    expect(Object.values(of.TP ?? {}).map(({ best }) => best)).toEqual([false, false]);
  });

  it('is the same for the same seed, whichever figures are asked for', () => {
    const alone = compareEvaluations(methods, ['Sensitivity'], { resamples: 400 });
    expect(alone.statistics['1'].Sensitivity).toEqual(comparison.statistics['1'].Sensitivity);
    expect(alone.comparisons['1'].Sensitivity).toEqual(comparison.comparisons['1'].Sensitivity);
  });

  it('draws scans of one patient together', () => {
    const patients = { 'sub-1': 'x', 'sub-2': 'x', 'sub-3': 'x', 'sub-4': 'x' };
    const grouped = compareEvaluations(methods, ['Sensitivity'], { patients, resamples: 400 });
    expect(grouped.n_patients).toBe(1);
    expect(grouped.comparisons['1'].Sensitivity?.[0]).toMatchObject({ lower: null, upper: null });
  });

  it('needs a common subject and a common label', () => {
    const one = scored({ 'sub-1': 1 });
    expect(() =>
      compareEvaluations(
        new Map([
          ['a', one],
          ['b', scored({ 'sub-2': 1 })],
        ]),
        ['Dice'],
      ),
    ).toThrow(/No subject/);
    const other = one.map((item) => ({ ...item, metrics: { '2': item.metrics['1'] } }));
    expect(() =>
      compareEvaluations(
        new Map([
          ['a', one],
          ['b', other],
        ]),
        ['Dice'],
      ),
    ).toThrow(/No label/);
  });

  it('comes as tables', () => {
    const lines = encodeComparison(comparison).split('\n');
    expect(lines[0]).toBe('label,figure,method,mean,lower,upper,median,sd,n,n_undefined,best');
    expect(lines).toHaveLength(1 + 6 + 1);
    expect(lines[1]).toMatch(/^1,Sensitivity,a,0\.(8|79)\d*,.*,3,1,true$/);
    expect(encodeTests(comparison).split('\n')[1]).toMatch(/^1,Sensitivity,a,b,0\.(2|19)\d*,.*,3,0,1,0.25,0.25,exact$/);
  });
});
