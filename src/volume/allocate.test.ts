import { expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { allocateVoxels } from './allocate.ts';

it('gives an array, or says how much memory is missing', () => {
  expect(allocateVoxels(Int16Array, 3, 'a.nii')).toEqual(new Int16Array(3));
  // Beyond the longest array of any runtime.
  expect(() => allocateVoxels(Float32Array, 2 ** 45, 'a.nii')).toThrow(DataError);
  expect(() => allocateVoxels(Float32Array, 2 ** 45, 'a.nii')).toThrow(/^a\.nii: .* need 131072\.0 GiB of memory/);
});
