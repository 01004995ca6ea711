import { describe, expect, it } from 'vitest';
import type { Affine, Triple } from '../volume/volume.ts';
import { isWholeHead, measureBrain, wholeHeadWarning } from './brain.ts';

function spaced(spacing: Triple): Affine {
  return [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
}

/** An ellipsoid of a length in mm along each axis, in the middle of a grid of 10 mm voxels. */
function ellipsoid(lengths: Triple, value: number, elsewhere: number): { mask: Uint8Array; shape: Triple } {
  const shape: Triple = [26, 26, 26];
  const mask = new Uint8Array(26 ** 3).fill(elsewhere);
  for (let v = 0; v < mask.length; v++) {
    const place = [v % 26, Math.floor(v / 26) % 26, Math.floor(v / 676)];
    const distance = place.reduce((sum, at, axis) => sum + ((at - 12.5) / (lengths[axis] / 20)) ** 2, 0);
    if (distance < 1) mask[v] = value;
  }
  return { mask, shape };
}

const tenths = spaced([10, 10, 10]);

describe('measureBrain', () => {
  it('measures a box with a missing corner by hand, along x, y, z of a turned grid', () => {
    // i runs down, j to the left, k to posterior, at 1, 2 and 3 mm.
    const affine: Affine = [0, -2, 0, 0, 0, 0, -3, 0, -1, 0, 0, 0, 0, 0, 0, 1];
    const mask = new Uint8Array(4 * 3 * 2);
    for (const v of [5, 6, 9, 10, 17, 18, 21]) mask[v] = 1;
    expect(measureBrain(mask, { shape: [4, 3, 2], affine })).toEqual({
      voxels: 7,
      milliliters: (7 * 6) / 1000,
      // 2 voxels of each axis: j is x, k is y, i is z.
      extent: [4, 6, 2],
      boxShare: 7 / 8,
    });
  });

  it('needs a voxel of brain', () => {
    expect(() => measureBrain(new Uint8Array(8), { shape: [2, 2, 2], affine: tenths })).toThrow(RangeError);
  });
});

describe('isWholeHead', () => {
  const sizeOf = ({ mask, shape }: { mask: Uint8Array; shape: Triple }, affine = tenths) =>
    measureBrain(mask, { shape, affine });

  it('lets a stripped brain pass, large ones in template space too', () => {
    const average = sizeOf(ellipsoid([135, 170, 130], 1, 0));
    expect(average.milliliters).toBeGreaterThan(1400);
    expect(isWholeHead(average)).toBe(false);
    const large = sizeOf(ellipsoid([150, 185, 150], 1, 0));
    expect(large.milliliters).toBeGreaterThan(2000);
    expect(isWholeHead(large)).toBe(false);
  });

  it('recognizes a head in clean air, and a head in noise', () => {
    expect(isWholeHead(sizeOf(ellipsoid([160, 210, 230], 1, 0)))).toBe(true);
    expect(isWholeHead(sizeOf(ellipsoid([160, 210, 230], 1, 1)))).toBe(true);
  });

  it('recognizes a thin slab through a head by the noise around it, and lets one through a brain pass', () => {
    const slab = new Uint8Array(26 * 26 * 3).fill(1);
    const size = sizeOf({ mask: slab, shape: [26, 26, 3] });
    expect(size.milliliters).toBeLessThan(2500);
    expect(isWholeHead(size)).toBe(true);
    const { mask } = ellipsoid([140, 180, 1e6], 1, 0);
    expect(isWholeHead(sizeOf({ mask: mask.slice(0, 26 * 26 * 3), shape: [26, 26, 3] }))).toBe(false);
  });

  it('lets a crop within the brain pass that is full to its corners', () => {
    const shape: Triple = [35, 51, 35];
    expect(isWholeHead(sizeOf({ mask: new Uint8Array(35 * 51 * 35).fill(1), shape }, spaced([1, 1, 1])))).toBe(false);
  });
});

describe('wholeHeadWarning', () => {
  it('names the scans and what to do, and says nothing of none', () => {
    expect(wholeHeadWarning([])).toBeNull();
    const one = wholeHeadWarning([{ name: 'sub-01', milliliters: 4321.4 }]);
    expect(one).toMatch(/^sub-01 \(4321 ml\): .*this seems to be a whole head.*Skull-stripping is needed.*--mask/);
    const many = wholeHeadWarning(Array.from({ length: 10 }, (_, n) => ({ name: `sub-${n}`, milliliters: 3000 })));
    expect(many).toContain('sub-7 (3000 ml), 2 more: ');
    expect(many).toContain('these seem to be whole heads');
  });
});
