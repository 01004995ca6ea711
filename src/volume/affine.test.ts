import { describe, expect, it } from 'vitest';
import {
  describeGridDifference,
  invertAffine,
  isInvertible,
  multiplyAffine,
  spacingOf,
  transformPoint,
  voxelVolumeOf,
} from './affine.ts';
import type { Grid } from './volume.ts';

const oblique = [0.9, -0.1, 0.3, 12.5, 0.12, 1.1, 0, -7.25, -0.2, 0.1, 6, 3, 0, 0, 0, 1];
const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

describe('affines', () => {
  it('transforms a point', () => {
    // By hand: 0.9*1 - 0.1*2 + 0.3*3 + 12.5, and so on.
    const [x, y, z] = transformPoint(oblique, [1, 2, 3]);
    expect([x, y, z].map((value) => Number(value.toFixed(12)))).toEqual([14.1, -4.93, 21]);
  });

  it('applies the right factor first', () => {
    const shift = [1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const double = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];
    expect(transformPoint(multiplyAffine(double, shift), [1, 0, 0])).toEqual([12, 0, 0]);
    expect(transformPoint(multiplyAffine(shift, double), [1, 0, 0])).toEqual([7, 0, 0]);
  });

  it('has an inverse on both sides', () => {
    for (const product of [
      multiplyAffine(oblique, invertAffine(oblique)),
      multiplyAffine(invertAffine(oblique), oblique),
    ]) {
      for (let i = 0; i < 16; i++) expect(product[i]).toBeCloseTo(identity[i], 12);
    }
  });

  it('refuses to invert what is singular, whatever the scale', () => {
    const flat = [1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    expect(isInvertible(flat)).toBe(false);
    expect(isInvertible(identity.map((value, i) => (i < 12 ? value * 1e-5 : value)))).toBe(true);
    expect(() => invertAffine(flat)).toThrow(RangeError);
  });

  it('gives spacing and voxel volume', () => {
    expect(spacingOf([0, -3, 0, 0, 4, 0, 0, 0, 3, 0, 2, 0, 0, 0, 0, 1])).toEqual([5, 3, 2]);
    // Columns (0 4 3), (-3 0 0), (0 0 2): the determinant is 24, less than 5*3*2 since two axes are not orthogonal.
    expect(voxelVolumeOf([0, -3, 0, 0, 4, 0, 0, 0, 3, 0, 2, 0, 0, 0, 0, 1])).toBe(24);
  });
});

describe('grid differences', () => {
  const grid: Grid = { shape: [256, 256, 20], affine: oblique };
  const changed = (index: number, by: number): Grid => ({
    ...grid,
    affine: grid.affine.map((value, i) => (i === index ? value + by : value)),
  });

  it('are none within float noise', () => {
    expect(describeGridDifference(grid, grid)).toBeNull();
    expect(describeGridDifference(grid, { ...grid, affine: grid.affine.map(Math.fround) })).toBeNull();
    expect(describeGridDifference(grid, changed(0, 1e-8))).toBeNull();
  });

  it('are told with their numbers', () => {
    expect(describeGridDifference(grid, { ...grid, shape: [256, 256, 21] })).toBe(
      '256x256x20 voxels against 256x256x21',
    );
    expect(describeGridDifference(grid, changed(3, 0.45))).toBe(
      'the affines put the same voxel up to 0.45 mm apart (spacing 0.93 1.109 6.007 against 0.93 1.109 6.007 mm, ' +
        'first voxel at 12.5 -7.25 3 against 12.95 -7.25 3 mm)',
    );
    expect(describeGridDifference(grid, changed(0, 0.01))).toMatch(/up to 2\.55 mm apart/);
  });

  it('see the spacing of an axis of one voxel', () => {
    const slice: Grid = { shape: [4, 4, 1], affine: identity };
    const thick = { ...slice, affine: identity.map((value, i) => (i === 10 ? 5 : value)) };
    expect(describeGridDifference(slice, thick)).toMatch(/spacing 1 1 1 against 1 1 5 mm/);
  });
});
