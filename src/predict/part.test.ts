import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { partOf } from './part.ts';

describe('partOf', () => {
  it('deals the subjects out in turn', () => {
    expect(partOf(['a', 'b', 'c', 'd', 'e'], { index: 1, count: 3 })).toEqual(['b', 'e']);
    expect(partOf(['a', 'b'], { index: 0, count: 1 })).toEqual(['a', 'b']);
    expect(partOf(['a', 'b'], { index: 2, count: 3 })).toEqual([]);
    const parts = [0, 1, 2, 3].flatMap((index) => partOf([1, 2, 3, 4, 5, 6, 7], { index, count: 4 }));
    expect(parts.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it.each([
    { index: 3, count: 3 },
    { index: -1, count: 3 },
    { index: 0.5, count: 3 },
    { index: 0, count: 0 },
  ])('refuses $index of $count', (part) => expect(() => partOf([1], part)).toThrow(UsageError));
});
