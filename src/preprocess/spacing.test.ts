import { describe, expect, it } from 'vitest';
import { chooseSpacing } from './spacing.ts';

describe('chooseSpacing', () => {
  it('takes the median per axis', () => {
    expect(
      chooseSpacing([
        [1, 1, 1],
        [1, 0.5, 1.2],
        [2, 1, 1.4],
        [1, 0.9, 1.6],
      ]),
    ).toEqual([1, 0.95, 1.2999999999999998]);
  });

  it('takes the 10th percentile of an axis that is more than three times coarser', () => {
    // numpy.percentile([1, 2, 6, 6, 6, 6, 6, 6, 6, 6, 6], 10) is 2
    const coarse = Array.from({ length: 9 }, () => [0.9, 1, 6] as const);
    expect(chooseSpacing([[0.9, 1, 1], [0.9, 1, 2], ...coarse])).toEqual([0.9, 1, 2]);
  });

  it('leaves an axis three times as coarse, and never makes one finer than the others', () => {
    expect(chooseSpacing([[1, 1, 3]])).toEqual([1, 1, 3]);
    const spacings = [[1, 1, 0.4] as const, ...Array.from({ length: 3 }, () => [1, 1, 8] as const)];
    // The 10th percentile is 0.4 + 0.3 * 7.6 = 2.68
    expect(chooseSpacing(spacings)[2]).toBeCloseTo(2.68, 12);
    expect(chooseSpacing([...spacings, [1, 1, 0.4], [1, 1, 8], [1, 1, 8], [1, 1, 8]])).toEqual([1, 1, 1]);
  });

  it('recognizes the coarse axis wherever it is', () => {
    expect(chooseSpacing([[7, 1, 0.5]])).toEqual([7, 1, 0.5]);
    expect(
      chooseSpacing([
        [7, 1, 0.5],
        [1, 1, 0.5],
        [7, 1, 0.5],
      ])[0],
    ).toBeCloseTo(2.2, 12);
  });
});
