import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentilesOf } from './percentile.ts';

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 });

describe('percentilesOf', () => {
  it('finds every order statistic of any floats', () => {
    fc.assert(
      fc.property(floats, (numbers) => {
        const values = Float32Array.from(numbers);
        const sorted = Float32Array.from(values).sort();
        const last = values.length - 1;
        const percents = Array.from(values, (_, rank) => (last === 0 ? 0 : (100 * rank) / last));
        const found = percentilesOf(values, percents);
        for (const [rank, value] of found.entries()) {
          // The percent of a rank may be off by rounding, and then lies a hair's breadth towards a neighbor.
          const width = Math.abs(sorted[Math.min(rank + 1, last)] - sorted[Math.max(rank - 1, 0)]);
          expect(Math.abs(value - sorted[rank])).toBeLessThanOrEqual(1e-12 * width);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('rises with the percent, and lies between the least and the largest value', () => {
    fc.assert(
      fc.property(
        floats,
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (numbers, a, b) => {
          const [least, low, high, largest] = percentilesOf(Float32Array.from(numbers), [
            0,
            Math.min(a, b),
            Math.max(a, b),
            100,
          ]);
          const slack = 1e-12 * (largest - least);
          expect(low).toBeGreaterThanOrEqual(least - slack);
          expect(high).toBeGreaterThanOrEqual(low - slack);
          expect(largest).toBeGreaterThanOrEqual(high - slack);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it('works on a part of an array, and leaves it as it is', () => {
    const all = Float32Array.of(99, 3, 1, 2, -99);
    expect(percentilesOf(all.subarray(1, 4), [0, 25, 50, 100])).toEqual([1, 1.5, 2, 3]);
    expect([...all]).toEqual([99, 3, 1, 2, -99]);
  });

  it('refuses an empty array', () => {
    expect(() => percentilesOf(new Float32Array(0), [50])).toThrow(RangeError);
  });
});
