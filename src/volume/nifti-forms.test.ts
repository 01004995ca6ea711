import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { multiplyAffine } from './affine.ts';
import { affineOfQuaternion, formConflict, type NiftiForm } from './nifti-forms.ts';
import { readImage } from './nifti-read.ts';
import type { Affine, Triple } from './volume.ts';

const scanner: Affine = [0, 0, 3, -20, -1, 0, 0, 90, 0, -1, 0, 80, 0, 0, 0, 1];
const form = (affine: Affine): NiftiForm => ({ code: 1, affine });
const conflict = (sform: Affine, qform: Affine, shape: Triple = [101, 51, 21]) =>
  formConflict({ shape, sform: form(sform), qform: form(qform) });

function moved(affine: Affine, x: number, y: number, z: number): Affine {
  return affine.map((value, index) => value + ({ 3: x, 7: y, 11: z }[index] ?? 0));
}

describe('formConflict', () => {
  it('gives the length of a shift, and no angle', () => {
    expect(conflict(scanner, moved(scanner, 3, -4, 12))).toEqual({ angle: 0, shift: 13 });
  });

  it.each([0.5, 5, 90, 179])(
    'gives the angle of a turn by %d degrees, and where it takes the farthest corner',
    (degrees) => {
      const radians = (degrees * Math.PI) / 180;
      const [c, s] = [Math.cos(radians), Math.sin(radians)];
      const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
      const turned = multiplyAffine([c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], affine);
      const found = conflict(affine, turned);
      expect(found?.angle).toBeCloseTo(degrees, 9);
      // The chord of the corner (100, 50), seen from the first voxel, which stays.
      expect(found?.shift).toBeCloseTo(2 * Math.hypot(100, 50) * Math.sin(radians / 2), 9);
    },
  );

  it('gives 180 degrees for a flip, also of a single slice', () => {
    const flipped = scanner.map((value, index) => (index % 4 === 2 ? -value : value));
    expect(conflict(scanner, flipped)).toEqual({ angle: 180, shift: 120 });
    expect(conflict(scanner, flipped, [64, 64, 1])).toEqual({ angle: 180, shift: 6 });
  });

  it('sees another spacing', () => {
    const stretched = scanner.map((value, index) => (index % 4 === 2 ? 1.1 * value : value));
    const found = conflict(scanner, stretched);
    expect(found?.angle).toBe(0);
    expect(found?.shift).toBeCloseTo(6, 9);
  });

  it('lets a quarter of the smallest voxel pass, and no more', () => {
    expect(conflict(scanner, moved(scanner, 0, 0.24, 0))).toBeNull();
    expect(conflict(scanner, moved(scanner, 0, 0.26, 0))).not.toBeNull();
  });

  it('has nothing to say where a form is not set or no affine', () => {
    const shape: Triple = [3, 3, 3];
    expect(formConflict({ shape, sform: form(scanner), qform: null })).toBeNull();
    expect(formConflict({ shape, sform: null, qform: form(scanner) })).toBeNull();
    expect(
      conflict(
        scanner,
        scanner.map(() => 0),
      ),
    ).toBeNull();
    expect(
      conflict(
        scanner,
        scanner.map(() => Number.NaN),
      ),
    ).toBeNull();
  });

  it('takes the forms from a file: equal where NiBabel set one alone, apart where it set two', async () => {
    const folder = new URL('../../test/reference/volume/', import.meta.url);
    const headerOf = async (file: string) => {
      const files = new MemoryFileAccess().set(file, readFileSync(new URL(file, folder)));
      return (await readImage(files, file)).header;
    };
    const both = await headerOf('both-forms.nii');
    expect([both.sform?.code, both.qform?.code, both.affineSource]).toEqual([1, 4, 'sform']);
    // The qform is diag(2, 2, 2); the sform's origin lies at 31.5, -42.25, 7.
    expect(both.qform?.affine).toEqual([2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]);
    expect(formConflict(both)?.shift).toBeGreaterThan(Math.hypot(31.5, 42.25, 7) - 15);
    const single = await headerOf('qform-only.nii');
    expect([single.sform, single.qform?.code, single.affineSource]).toEqual([null, 1, 'qform']);
    expect(formConflict(single)).toBeNull();
  });
});

describe('the quaternion', () => {
  it.each([
    ['half a turn about x, as by hand', [1, 0, 0], 1, [2, 0, 0, 5, 0, -3, 0, 6, 0, 0, -4, 7, 0, 0, 0, 1]],
    ['a quarter turn about z', [0, 0, Math.SQRT1_2], 1, [0, -3, 0, 5, 2, 0, 0, 6, 0, 0, 4, 7, 0, 0, 0, 1]],
    ['a negative pixdim[0], which negates k', [0, 0, 0], -1, [2, 0, 0, 5, 0, 3, 0, 6, 0, 0, -4, 7, 0, 0, 0, 1]],
    ['one longer than 1 by rounding', [0, 1 + 1e-6, 0], 1, [-2, 0, 0, 5, 0, 3, 0, 6, 0, 0, -4, 7, 0, 0, 0, 1]],
  ])('%s', (_, quatern, factor, expected) => {
    const affine = affineOfQuaternion(quatern, [5, 6, 7], [factor, 2, 3, 4]);
    for (let i = 0; i < 16; i++) expect(affine[i]).toBeCloseTo(expected[i], 9);
  });
});
