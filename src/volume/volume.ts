/** Extent along i, j, k, in voxels (or whatever the name of the variable says). */
export type Triple = readonly [number, number, number];

/** A 4x4 matrix, row by row, from voxel indices (i, j, k, 1) to world coordinates (x, y, z, 1) in mm, RAS+. */
export type Affine = readonly number[];

/** The only geometry of a volume; spacing and orientation are derived from the affine. */
export interface Grid {
  /** Extent along i, j, k. Voxel (i, j, k) is at index i + shape[0] * (j + shape[1] * k): i runs fastest. */
  readonly shape: Triple;
  readonly affine: Affine;
}

/** A 3D image: real numbers on a grid. */
export interface ScalarVolume extends Grid {
  readonly kind: 'scalar';
  readonly data: Float32Array;
}

/** A 3D label map: a class number per voxel, 0 the background. */
export interface LabelVolume extends Grid {
  readonly kind: 'label';
  readonly data: Uint8Array | Uint16Array | Int16Array | Int32Array;
}

export function voxelCount(shape: Triple): number {
  return shape[0] * shape[1] * shape[2];
}
