import { expect, it } from 'vitest';
import { averageShare } from './moving-average.ts';

it('soon forgets the start, and then keeps its decay', () => {
  // 1 - 2/11, 1 - 3/12
  expect(averageShare(0.999, 1)).toBeCloseTo(9 / 11, 12);
  expect(averageShare(0.999, 2)).toBeCloseTo(0.75, 12);
  // (1 + t) / (10 + t) reaches 0.999 at t = 8990.
  expect(averageShare(0.999, 8989)).toBeGreaterThan(0.001);
  expect(averageShare(0.999, 8990)).toBeCloseTo(0.001, 12);
  expect(averageShare(0.999, 100_000)).toBeCloseTo(0.001, 12);
});
