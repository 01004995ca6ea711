import { isInvertible, spacingOf, transformPoint } from './affine.ts';
import type { Affine, Triple } from './volume.ts';

/** One of the two placements in the world that a NIfTI header may give. */
export interface NiftiForm {
  /** What space it leads to, above 0: see `FORM_SPACES`. */
  readonly code: number;
  /** Voxel indices to mm. Of a form that is not in use it may be singular, or no numbers. */
  readonly affine: Affine;
}

/** What the codes of sform and qform mean (NIFTI_XFORM_ in nifti1.h and nifti2.h). */
export const FORM_SPACES: Readonly<Record<number, string>> = {
  1: 'scanner',
  2: 'aligned',
  3: 'Talairach',
  4: 'MNI',
  5: 'template',
};

/** How far sform and qform lie apart. */
export interface FormConflict {
  /** The largest angle between the directions that the two give the same voxel axis, in degrees: 180 for a flip. */
  readonly angle: number;
  /** The largest distance between the places that the two give the same voxel, in mm: that of a corner. */
  readonly shift: number;
}

/**
 * Displacement of a corner, as a share of the smallest spacing, below which the two forms agree. The qform's three
 * single-precision numbers may be off by 0.04 degrees where the rotation is close to 180 degrees, which moves the corner of
 * a 256 mm field of view by 0.2 mm; and a quarter of a voxel takes no voxel for its neighbor.
 */
const TOLERANCE = 0.25;

/**
 * How far the sform and the qform of a header disagree, or null where they agree, or where one of them is not set or is no
 * invertible affine. Neither is wrong in itself: the sform may lead to a template while the qform leads to the scanner. But
 * software that prefers the other form sees the image elsewhere.
 */
export function formConflict(header: {
  readonly shape: Triple;
  readonly sform: NiftiForm | null;
  readonly qform: NiftiForm | null;
}): FormConflict | null {
  const { shape, sform, qform } = header;
  if (sform === null || qform === null || !isInvertible(sform.affine) || !isInvertible(qform.affine)) return null;
  const spacings = [spacingOf(sform.affine), spacingOf(qform.affine)] as const;
  let angle = 0;
  for (let axis = 0; axis < 3; axis++) {
    angle = Math.max(angle, angleBetween(columnOf(sform.affine, axis), columnOf(qform.affine, axis)));
  }
  let shift = 0;
  for (let corner = 0; corner < 8; corner++) {
    // An axis of one voxel has an extent, too: its voxel's.
    const point = shape.map((extent, axis) => ((corner >> axis) & 1) * Math.max(1, extent - 1));
    const p = transformPoint(sform.affine, point as unknown as Triple);
    const q = transformPoint(qform.affine, point as unknown as Triple);
    shift = Math.max(shift, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  return shift <= TOLERANCE * Math.min(...spacings[0], ...spacings[1]) ? null : { angle, shift };
}

/**
 * The qform: a rotation by the unit quaternion (a, b, c, d), with a from the other three, times the voxel sizes, the third
 * negated where `pixdim[0]` is negative ("method 2" of nifti1.h). A quaternion longer than 1 by rounding is normalized with
 * a = 0, as in nifti_quatern_to_mat44.
 */
export function affineOfQuaternion(
  quatern: readonly number[],
  offset: readonly number[],
  pixdim: readonly number[],
): Affine {
  let [b, c, d] = quatern;
  const squares = b * b + c * c + d * d;
  let a = 0;
  if (1 - squares < 1e-7) {
    const length = Math.sqrt(squares);
    b /= length;
    c /= length;
    d /= length;
  } else {
    a = Math.sqrt(1 - squares);
  }
  const [dx, dy] = [Math.abs(pixdim[1]), Math.abs(pixdim[2])];
  const dz = Math.abs(pixdim[3]) * (pixdim[0] < 0 ? -1 : 1);
  return [
    ...[(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, offset[0]],
    ...[2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, offset[1]],
    ...[2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, offset[2]],
    ...[0, 0, 0, 1],
  ];
}

function columnOf(affine: Affine, axis: number): Triple {
  return [affine[axis], affine[4 + axis], affine[8 + axis]];
}

/** In degrees, by the arctangent, which keeps small angles that the arccosine would round away. */
function angleBetween(u: Triple, v: Triple): number {
  const cross = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]);
  return (Math.atan2(cross, u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) * 180) / Math.PI;
}
