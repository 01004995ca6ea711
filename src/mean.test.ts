import { expect, it } from 'vitest';
import { meanOf } from './mean.ts';

it('leaves out what has no value', () => {
  expect(meanOf([1, null, 2, undefined, 6])).toBe(3);
  expect(meanOf([0])).toBe(0);
  expect(meanOf([null, undefined])).toBeNull();
  expect(meanOf([])).toBeNull();
});
