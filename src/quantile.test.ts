import { expect, it } from 'vitest';
import { quantile } from './quantile.ts';

it('interpolates between order statistics', () => {
  const sorted = [1, 2, 4, 8];
  expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(sorted, share))).toEqual([1, 1.75, 3, 5, 8]);
  expect(quantile([5], 0.3)).toBe(5);
});
