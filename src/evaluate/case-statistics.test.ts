import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { caseStatistics, medianOf, spreadOf } from './case-statistics.ts';
import { figuresOf } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

function caseOf(subject: string, TP: number | null): EvaluatedCase {
  const counts = TP === null ? { TP: 0, FP: 0, FN: 0, TN: 9 } : { TP, FP: 0, FN: 10 - TP, TN: 9 };
  const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
  const metrics = { '1': figuresOf(madeUpMeasures(counts, lesions), 'null') };
  return { subject, predictionFile: 'p', referenceFile: 'r', metrics };
}

const cases = [caseOf('a', 2), caseOf('b', 4), caseOf('c', null), caseOf('d', 9)];

describe('caseStatistics', () => {
  it('has mean, median and spread of the defined values, and counts the others', () => {
    const of = caseStatistics(cases, { resamples: 200 }).statistics['1'].Sensitivity;
    expect(of).toMatchObject({ mean: expect.closeTo(0.5, 12), median: 0.4, n: 3, n_groups: 3, n_undefined: 1 });
    // Deviations of -0.3, -0.1, 0.4: their squares sum to 0.26.
    expect(of.sd).toBeCloseTo(Math.sqrt(0.13), 12);
    expect(of.lower).toBeGreaterThanOrEqual(0.2);
    expect(of.upper).toBeLessThanOrEqual(0.9);
  });

  it('is the same for the same seed, and draws scans of one patient together', () => {
    const options = { resamples: 200, seed: 5 };
    expect(caseStatistics(cases, options)).toEqual(caseStatistics(cases, options));
    const patients = { a: 'x', b: 'x', c: 'x', d: 'x' };
    const of = caseStatistics(cases, { ...options, patients }).statistics['1'].Sensitivity;
    expect(of).toMatchObject({ lower: null, upper: null, n: 3, n_groups: 1 });
  });
});

describe('medianOf and spreadOf', () => {
  it('leave out what is undefined', () => {
    expect(medianOf([3, null, 1])).toBe(2);
    expect(medianOf([null])).toBeNull();
    expect(spreadOf([null, 2])).toEqual({ mean: 2, sd: null });
    expect(spreadOf([])).toEqual({ mean: null, sd: null });
  });
});
