import { describe, expect, it } from 'vitest';
import { WINDOW_KINDS, windowWeights } from './window.ts';

describe('windowWeights', () => {
  it('has the published figures for a spline of 128 (method section 5)', () => {
    const w = windowWeights('spline', 128);
    // t = 1/128 at the edge: (2/128)^2 / 2 = 2^-13, over the mean 1/2; 1 - 2^-13 over 1/2 in the middle
    expect(w[0]).toBeCloseTo(2 ** -12, 12);
    expect(w[0]).toBeCloseTo(0.00024, 5);
    expect(w[63]).toBeCloseTo(2 - 2 ** -12, 12);
    expect(w[63]).toBeCloseTo(1.9998, 4);
    for (let i = 0; i < 64; i++) expect(w[i] + w[i + 64]).toBeCloseTo(2, 12);
  });

  it('is computed by hand for lengths 1 to 5', () => {
    const expected: Record<number, number[]> = {
      1: [1],
      2: [1, 1],
      // t = 1/2, 1, 1/2: 1/2, 1, 1/2 over the mean 2/3
      3: [0.75, 1.5, 0.75],
      // t = 1/4, 3/4: 1/8, 7/8 over 1/2
      4: [0.25, 1.75, 1.75, 0.25],
      // t = 1/3, 2/3, 1: 2/9, 7/9, 1 over 3/5
      5: [10 / 27, 35 / 27, 5 / 3, 35 / 27, 10 / 27],
    };
    for (const [length, weights] of Object.entries(expected)) {
      const w = windowWeights('spline', Number(length));
      expect(w).toHaveLength(weights.length);
      weights.forEach((weight, i) => {
        expect(w[i]).toBeCloseTo(weight, 12);
      });
    }
  });

  it('is a partition of unity at half the length for every even length', () => {
    for (let length = 2; length <= 66; length += 2) {
      const w = windowWeights('spline', length);
      for (let i = 0; i < length / 2; i++) expect(w[i] + w[i + length / 2]).toBeCloseTo(2, 12);
    }
  });

  it('has an eighth of the length as the standard deviation of the Gaussian', () => {
    const w = windowWeights('gaussian', 8);
    expect(w[0] / w[3]).toBeCloseTo(Math.exp(-(3.5 ** 2 - 0.5 ** 2) / 2), 12);
    expect(w[4]).toBe(w[3]);
  });

  it.each(WINDOW_KINDS)('%s: mean 1, symmetric, and a corner weight that Float32 holds, for every length', (kind) => {
    for (let length = 1; length <= 160; length++) {
      const w = windowWeights(kind, length);
      expect(w.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(length, 9);
      for (let i = 0; i < length; i++) expect(w[i]).toBeCloseTo(w[length - 1 - i], 12);
      expect(Math.fround(w[0] ** 3)).toBeGreaterThan(1e-12);
    }
  });
});
