import { isInvertible } from './affine.ts';
import type { Affine } from './volume.ts';

/**
 * The RAS+ affine of a geometry in LPS coordinates, as DICOM and ITK have them: x and y point the other way.
 *
 * @param columns the step in mm from one voxel to the next along i, j and k
 * @param origin the center of the first voxel, in mm
 */
export function affineFromLps(columns: readonly (readonly number[])[], origin: readonly number[]): Affine {
  const [i, j, k] = columns;
  const row = (axis: number, sign: number): number[] =>
    // Adding 0 turns -0 into 0.
    [i[axis], j[axis], k[axis], origin[axis]].map((value) => sign * value + 0);
  return [...row(0, -1), ...row(1, -1), ...row(2, 1), 0, 0, 0, 1];
}

/** The inverse of `affineFromLps`. */
export function lpsOf(affine: Affine): { columns: number[][]; origin: number[] } {
  const column = (at: number): number[] => [-affine[at] + 0, -affine[at + 4] + 0, affine[at + 8]];
  return { columns: [column(0), column(1), column(2)], origin: column(3) };
}

/** What is wrong with the directions of a geometry, in words, or null. */
export function faultOfAffine(affine: Affine): string | null {
  if (!affine.every(Number.isFinite)) return 'its geometry holds values that are no numbers';
  return isInvertible(affine) ? null : 'its axes lie in one plane, or a voxel size is 0';
}
