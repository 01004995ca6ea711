import { VIEWS } from '../patch/view.ts';
import type { Triple } from '../volume/volume.ts';
import type { AugmentationDraw } from './draw.ts';

/** An affine map from mm around the patch's middle, on the patch's side, to source voxels: `matrix` row by row. */
export interface SpatialMap {
  readonly matrix: readonly number[];
  /** The source's position, in voxels, of the patch's middle. */
  readonly middle: Triple;
}

/** Whether voxels have to be interpolated; flips alone only move them. */
export function isResampled(draw: AugmentationDraw): boolean {
  return draw.rotation !== undefined || draw.scale !== undefined || draw.elastic !== undefined;
}

/**
 * Where the voxels of a patch take their values from. With p the position of a voxel in mm from the patch's middle, and after
 * flips p -> F p and the elastic displacement p -> p + u(p), the source is at R S^-1 p, also in mm from the same middle: so
 * rotations are rotations, whatever the spacing is. R = R_k R_j R_i turns about i first.
 */
export function spatialMap(
  { rotation = [0, 0, 0], scale = [1, 1, 1] }: AugmentationDraw,
  start: Triple,
  patch: Triple,
  spacing: Triple,
): SpatialMap {
  const [a, b, c] = rotation.map((degrees) => (degrees * Math.PI) / 180);
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  const turned = [
    [cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
    [sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
    [-sb, cb * sa, cb * ca],
  ];
  return {
    matrix: turned.flatMap((row, axis) => row.map((value, column) => value / (scale[column] * spacing[axis]))),
    middle: [start[0] + (patch[0] - 1) / 2, start[1] + (patch[1] - 1) / 2, start[2] + (patch[2] - 1) / 2],
  };
}

/** The flips F of a draw as factors of 1 and -1. */
export function flipFactors({ view = 'identity' }: AugmentationDraw): Triple {
  const [i, j, k] = VIEWS[view].flips;
  return [i ? -1 : 1, j ? -1 : 1, k ? -1 : 1];
}

/** Part of a volume: its first voxel and its extent. */
export interface Box {
  readonly first: Triple;
  readonly shape: Triple;
}

/** The smallest box of source voxels that holds all that a patch may take its values from; empty along an axis where there is none. */
export function reachedBox(draw: AugmentationDraw, start: Triple, patch: Triple, spacing: Triple, shape: Triple): Box {
  const { matrix, middle } = spatialMap(draw, start, patch, spacing);
  const { amplitude = [0, 0, 0] } = draw.elastic ?? {};
  const first = [0, 0, 0];
  const extent = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    let reach = 0;
    for (let column = 0; column < 3; column++) {
      reach += Math.abs(matrix[3 * axis + column]) * (((patch[column] - 1) / 2) * spacing[column] + amplitude[column]);
    }
    // Interpolation takes the voxels on both sides of a point; the margin on top is for rounding.
    const low = Math.max(0, Math.floor(middle[axis] - reach - 1e-6));
    const high = Math.min(shape[axis] - 1, Math.ceil(middle[axis] + reach + 1e-6));
    first[axis] = Math.min(low, shape[axis]);
    extent[axis] = Math.max(0, high - low + 1);
  }
  return { first: [first[0], first[1], first[2]], shape: [extent[0], extent[1], extent[2]] };
}
