import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';

/** The displacements of a patch's voxels, plane after plane and row after row. */
export interface DisplacementRows {
  /** Displacement of a row's voxels along i, j and k in mm. Overwritten by the next call. */
  row(j: number, k: number): readonly [Float64Array, Float64Array, Float64Array];
}

/**
 * A smooth random displacement field: a cubic B-spline over control vectors on a regular grid (Rueckert et al., IEEE Transactions
 * on Medical Imaging 18:712-721, 1999). The control vectors are uniform in the ellipsoid with the given half axes; since the
 * spline's weights are positive and add up to 1, no displacement leaves it. The root mean square displacement is far smaller.
 *
 * @param patch extent i, j, k
 * @param spacing mm along i, j, k
 */
export function elasticField(
  field: { readonly amplitude: Triple; readonly spacing: number; readonly seed: number },
  patch: Triple,
  spacing: Triple,
): DisplacementRows {
  const basis = patch.map((length, axis) => splineBasis(length, spacing[axis] / field.spacing));
  const [countI, countJ, countK] = basis.map(({ count }) => count);
  const controls = controlVectors(countI * countJ * countK, field.amplitude, field.seed);

  // Summed over the control points of k, then of j; each component after the other.
  const planeLength = 3 * countI * countJ;
  const plane = new Float64Array(planeLength);
  const line = new Float64Array(3 * countI);
  const result = [new Float64Array(patch[0]), new Float64Array(patch[0]), new Float64Array(patch[0])] as const;
  let planeOf = -1;
  return {
    row(j, k) {
      if (k !== planeOf) {
        sumOver(controls, planeLength, basis[2], k, plane);
        planeOf = k;
      }
      sumOver(plane, 3 * countI, basis[1], j, line);
      const { first, weights } = basis[0];
      const [alongI, alongJ, alongK] = result;
      for (let i = 0; i < patch[0]; i++) {
        let at = 3 * first[i];
        let x = 0;
        let y = 0;
        let z = 0;
        for (let tap = 4 * i; tap < 4 * i + 4; tap++, at += 3) {
          const weight = weights[tap];
          x += weight * line[at];
          y += weight * line[at + 1];
          z += weight * line[at + 2];
        }
        alongI[i] = x;
        alongJ[i] = y;
        alongK[i] = z;
      }
      return result;
    },
  };
}

interface SplineBasis {
  /** Control points along the axis. */
  readonly count: number;
  /** For each voxel the first of the four control points that reach it, and their weights. */
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/** @param step control points from one voxel to the next */
function splineBasis(length: number, step: number): SplineBasis {
  const first = new Int32Array(length);
  const weights = new Float64Array(4 * length);
  for (let n = 0; n < length; n++) {
    const whole = Math.floor(n * step);
    const t = n * step - whole;
    first[n] = whole;
    weights[4 * n] = (1 - t) ** 3 / 6;
    weights[4 * n + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6;
    weights[4 * n + 2] = (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6;
    weights[4 * n + 3] = t ** 3 / 6;
  }
  return { count: first[length - 1] + 4, first, weights };
}

/** out = the sum of four consecutive blocks of `length` numbers by their weights. */
function sumOver(
  values: Float64Array,
  length: number,
  { first, weights }: SplineBasis,
  n: number,
  out: Float64Array,
): void {
  const from = first[n] * length;
  const a = weights[4 * n];
  const b = weights[4 * n + 1];
  const c = weights[4 * n + 2];
  const d = weights[4 * n + 3];
  for (let m = 0; m < length; m++) {
    const at = from + m;
    out[m] = a * values[at] + b * values[at + length] + c * values[at + 2 * length] + d * values[at + 3 * length];
  }
}

/** Uniform in the ellipsoid, by drawing from the cube around the unit ball until a point lies in it. */
function controlVectors(count: number, amplitude: Triple, seed: number): Float64Array {
  const random = new Random(seed, 'elastic');
  const vectors = new Float64Array(3 * count);
  for (let at = 0; at < vectors.length; at += 3) {
    let x = 0;
    let y = 0;
    let z = 0;
    do {
      x = 2 * random.uniform() - 1;
      y = 2 * random.uniform() - 1;
      z = 2 * random.uniform() - 1;
    } while (x * x + y * y + z * z > 1);
    vectors[at] = amplitude[0] * x;
    vectors[at + 1] = amplitude[1] * y;
    vectors[at + 2] = amplitude[2] * z;
  }
  return vectors;
}
