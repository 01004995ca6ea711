import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume/volume.ts';
import { PADDINGS, tilePatches } from './tiling.ts';

/** The starts along one axis, for a volume and a patch that are one voxel long along the others. */
function startsAlong(length: number, patch: number, overlap: number, padding: 'fit' | 'half'): number[] {
  return tilePatches([length, 1, 1], [patch, 1, 1], { overlap, padding })
    .filter(({ start }) => start[1] <= 0 && start[2] <= 0)
    .map(({ start }) => start[0])
    .filter((start, index, all) => all.indexOf(start) === index);
}

/** How many tiles hold each voxel along one axis. */
function votes(length: number, patch: number, starts: readonly number[]): number[] {
  return Array.from({ length }, (_, voxel) => starts.filter((start) => voxel >= start && voxel < start + patch).length);
}

describe('tilePatches', () => {
  it('pads a 182 x 218 x 182 scan to 80 tiles of 128 (method section 5)', () => {
    const patch: Triple = [128, 128, 128];
    const tiles = tilePatches([182, 218, 182], patch, { overlap: 0.5, padding: 'half' });
    expect(tiles).toHaveLength(80);
    expect(tiles[0]?.start).toEqual([-64, -64, -64]);
    expect(tiles[1]?.start).toEqual([0, -64, -64]);
    expect(tiles[79]?.start).toEqual([128, 192, 128]);
  });

  it('fits the fewest evenly spread tiles, by hand', () => {
    // 182 - 128 = 54 fits one step of at most 64; 218 - 128 = 90 needs two of 45
    const tiles = tilePatches([182, 218, 182], [128, 128, 128], { overlap: 0.5, padding: 'fit' });
    expect(tiles).toHaveLength(2 * 3 * 2);
    expect(startsAlong(182, 128, 0.5, 'fit')).toEqual([0, 54]);
    expect(startsAlong(218, 128, 0.5, 'fit')).toEqual([0, 45, 90]);
    expect(startsAlong(10, 10, 0.5, 'fit')).toEqual([0]);
    expect(startsAlong(30, 10, 0, 'fit')).toEqual([0, 10, 20]);
    expect(startsAlong(31, 10, 0, 'fit')).toEqual([0, 7, 14, 21]);
  });

  it('puts one tile around the middle of a volume that is smaller than the patch', () => {
    expect(tilePatches([5, 8, 9], [8, 8, 8], { overlap: 0.5, padding: 'fit' })).toEqual([
      { start: [-1, 0, 0] },
      { start: [-1, 0, 1] },
    ]);
    expect(startsAlong(1, 4, 0.5, 'fit')).toEqual([-1]);
    expect(startsAlong(4, 9, 0.5, 'fit')).toEqual([-2]);
  });

  it('steps by the wanted share in spite of rounding', () => {
    // 100 * (1 - 0.9) is 9.999999999999998
    expect(startsAlong(120, 100, 0.9, 'fit')).toEqual([0, 10, 20]);
    expect(startsAlong(5, 4, 0.95, 'fit')).toEqual([0, 1]);
  });

  it('gives every voxel two votes per axis with half padding and an overlap of one half, for any length', () => {
    for (const patch of [2, 4, 6, 8, 16]) {
      for (let length = 1; length <= 40; length++) {
        const starts = startsAlong(length, patch, 0.5, 'half');
        expect(votes(length, patch, starts)).toEqual(new Array(length).fill(2));
      }
    }
  });

  it('misses no vote with half padding as long as neighbors overlap by at most one half', () => {
    for (const [patch, overlap] of [
      [5, 0.5],
      [7, 0.3],
      [8, 0.25],
      [9, 0],
      [9, 0.5],
    ] as const) {
      const stride = Math.floor(patch * (1 - overlap));
      for (let length = 1; length <= 30; length++) {
        const starts = startsAlong(length, patch, overlap, 'half');
        const first = starts[0] as number;
        const unending = Array.from({ length: 101 }, (_, step) => first + (step - 50) * stride);
        expect(votes(length, patch, starts)).toEqual(votes(length, patch, unending));
      }
    }
  });

  it('covers every voxel, keeps neighbors close enough, and never leaves the volume when fitting', () => {
    const axis = fc.record({ length: fc.integer({ min: 1, max: 70 }), patch: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(axis, fc.double({ min: 0, max: 0.95, noNaN: true }), ({ length, patch }, overlap) => {
        for (const padding of PADDINGS) {
          const starts = startsAlong(length, patch, overlap, padding);
          expect(Math.min(...votes(length, patch, starts))).toBeGreaterThan(0);
          for (let n = 1; n < starts.length; n++) {
            const step = (starts[n] as number) - (starts[n - 1] as number);
            expect(step).toBeGreaterThan(0);
            expect(step).toBeLessThanOrEqual(Math.max(1, patch * (1 - overlap) + 1e-9));
          }
        }
        const fitted = startsAlong(length, patch, overlap, 'fit');
        if (length >= patch) {
          expect(fitted[0]).toBe(0);
          expect(fitted.at(-1)).toBe(length - patch);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([-0.1, 0.96, Number.NaN])('refuses an overlap of %s', (overlap) => {
    expect(() => tilePatches([9, 9, 9], [4, 4, 4], { overlap, padding: 'fit' })).toThrow('from 0 to 0.95');
  });
});
