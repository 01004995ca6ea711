import type { Affine, Grid, Triple } from './volume.ts';

/** Applies `affine` to the point (x, y, z, 1). */
export function transformPoint(affine: Affine, point: Triple): Triple {
  const [x, y, z] = point;
  return [
    affine[0] * x + affine[1] * y + affine[2] * z + affine[3],
    affine[4] * x + affine[5] * y + affine[6] * z + affine[7],
    affine[8] * x + affine[9] * y + affine[10] * z + affine[11],
  ];
}

/** The affine that applies `right` first, then `left`. Both have the last row 0 0 0 1. */
export function multiplyAffine(left: Affine, right: Affine): Affine {
  const product: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += left[4 * row + k] * right[4 * k + column];
      product.push(sum);
    }
  }
  return product;
}

/**
 * The inverse of an affine whose last row is 0 0 0 1, by the adjugate of its 3x3 part.
 * @throws RangeError when the affine is singular (see `isInvertible`)
 */
export function invertAffine(affine: Affine): Affine {
  if (!isInvertible(affine)) throw new RangeError(`the affine ${affine.join(' ')} has no inverse`);
  const [a, b, c, x, d, e, f, y, g, h, i, z] = affine;
  const determinant = determinantOf(affine);
  const m00 = (e * i - f * h) / determinant;
  const m01 = (c * h - b * i) / determinant;
  const m02 = (b * f - c * e) / determinant;
  const m10 = (f * g - d * i) / determinant;
  const m11 = (a * i - c * g) / determinant;
  const m12 = (c * d - a * f) / determinant;
  const m20 = (d * h - e * g) / determinant;
  const m21 = (b * g - a * h) / determinant;
  const m22 = (a * e - b * d) / determinant;
  return [
    ...[m00, m01, m02, -(m00 * x + m01 * y + m02 * z)],
    ...[m10, m11, m12, -(m10 * x + m11 * y + m12 * z)],
    ...[m20, m21, m22, -(m20 * x + m21 * y + m22 * z)],
    ...[0, 0, 0, 1],
  ];
}

/** Distance in mm between neighboring voxels along i, j, k: the lengths of the affine's columns. */
export function spacingOf(affine: Affine): Triple {
  return [
    Math.hypot(affine[0], affine[4], affine[8]),
    Math.hypot(affine[1], affine[5], affine[9]),
    Math.hypot(affine[2], affine[6], affine[10]),
  ];
}

/** Volume of one voxel in mm3, which is less than the product of the spacings where the axes are not orthogonal. */
export function voxelVolumeOf(affine: Affine): number {
  return Math.abs(determinantOf(affine));
}

/**
 * Whether the affine is finite and spans space. The determinant of the columns scaled to length 1 is compared with 1e-6,
 * so that the answer does not depend on the spacing.
 */
export function isInvertible(affine: Affine): boolean {
  if (!affine.every(Number.isFinite)) return false;
  const [si, sj, sk] = spacingOf(affine);
  const product = si * sj * sk;
  return product > 0 && voxelVolumeOf(affine) > 1e-6 * product;
}

/** Largest displacement of a corner, as a share of the smallest spacing, that still counts as float noise. */
const CORNER_TOLERANCE = 0.02;

/**
 * What tells two grids apart, in words with numbers, or null where they are the same within float noise: equal shapes, and
 * no corner voxel displaced by more than 2 % of the smallest spacing. Headers rounded to four decimals, and the 1e-8
 * direction noise that many writers leave, pass; a shift of half a voxel does not.
 */
export function describeGridDifference(a: Grid, b: Grid): string | null {
  if (a.shape.some((extent, axis) => extent !== b.shape[axis])) {
    return `${a.shape.join('x')} voxels against ${b.shape.join('x')}`;
  }
  let displacement = 0;
  for (let corner = 0; corner < 8; corner++) {
    const point = a.shape.map((extent, axis) => ((corner >> axis) & 1) * (extent - 1)) as unknown as Triple;
    const p = transformPoint(a.affine, point);
    const q = transformPoint(b.affine, point);
    displacement = Math.max(displacement, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  const spacings = [spacingOf(a.affine), spacingOf(b.affine)];
  const smallest = Math.min(...spacings[0], ...spacings[1]);
  // Corners do not see a column's change along an axis of one voxel, so the spacings are compared as well.
  const stretch = Math.max(...spacings[0].map((spacing, axis) => Math.abs(spacing - spacings[1][axis])));
  if (displacement <= CORNER_TOLERANCE * smallest && stretch <= CORNER_TOLERANCE * smallest) return null;
  return (
    `the affines put the same voxel up to ${formatMillimeters(Math.max(displacement, stretch))} mm apart ` +
    `(spacing ${spacings[0].map(formatMillimeters).join(' ')} against ${spacings[1].map(formatMillimeters).join(' ')} mm, ` +
    `first voxel at ${originOf(a)} against ${originOf(b)} mm)`
  );
}

function originOf(grid: Grid): string {
  return [grid.affine[3], grid.affine[7], grid.affine[11]].map(formatMillimeters).join(' ');
}

function formatMillimeters(value: number): string {
  return String(Number(value.toFixed(3)));
}

function determinantOf(affine: Affine): number {
  const [a, b, c, , d, e, f, , g, h, i] = affine;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}
