import type { Triple } from '../volume/volume.ts';

/** Where a patch lies: the voxel of its first corner. May be negative, and the patch may reach beyond the volume's end. */
export interface PatchLocation {
  readonly start: Triple;
}

/**
 * Along an axis where the volume is no longer than the patch: the start that puts the volume in the patch's middle
 * (0 or negative). Selection and tiling share this rule, so that training sees what prediction does.
 */
export function centeredStart(length: number, patch: number): number {
  return -Math.floor((patch - length) / 2) || 0;
}
