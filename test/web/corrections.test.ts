import { describe, expect, it } from 'vitest';
import { Corrections } from '../../web/viewer/corrections.ts';

const mask = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('corrections of a mask', () => {
  it('stay where they are when the mask is decided anew, and are taken back last one first', () => {
    const corrections = new Corrections(6);
    const decided = mask(0, 1, 1, 0, 0, 2);
    expect(corrections.apply(decided)).toBe(decided);
    expect(corrections.record(decided, mask(1, 1, 0, 0, 0, 2))).toBe(true);
    expect([corrections.added, corrections.erased]).toEqual([1, 1]);
    const other = mask(0, 0, 1, 1, 0, 0);
    expect(corrections.apply(other)).toEqual(mask(1, 0, 0, 1, 0, 0));
    expect(other).toEqual(mask(0, 0, 1, 1, 0, 0));
    expect(corrections.record(corrections.apply(other), mask(0, 0, 0, 1, 0, 2))).toBe(true);
    expect(corrections.apply(decided)).toEqual(mask(0, 1, 0, 0, 0, 2));
    expect([corrections.added, corrections.erased]).toEqual([1, 2]);
    corrections.undo();
    expect(corrections.apply(decided)).toEqual(mask(1, 1, 0, 0, 0, 2));
    corrections.undo();
    expect(corrections.isEmpty).toBe(true);
    expect(corrections.canUndo).toBe(false);
    corrections.undo();
    expect(corrections.apply(decided)).toBe(decided);
  });

  it('are none where a stroke changes nothing, and all go at once', () => {
    const corrections = new Corrections(2);
    expect(corrections.record(mask(0, 1), mask(0, 1))).toBe(false);
    expect(corrections.canUndo).toBe(false);
    corrections.record(mask(0, 1), mask(3, 0));
    corrections.clear();
    expect(corrections.apply(mask(0, 1))).toEqual(mask(0, 1));
    expect([corrections.added, corrections.erased, corrections.canUndo]).toEqual([0, 0, false]);
  });
});
