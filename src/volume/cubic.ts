import { type Affine, type Grid, type Triple, voxelCount } from './volume.ts';

/**
 * Interpolates by cubic convolution with Keys' kernel for a = -1/2, which is the Catmull-Rom spline along each axis (R. Keys,
 * "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29(6), 1981, equation 15). It passes
 * through the samples and gives back polynomials up to the second degree; edges overshoot by some percent. At the borders
 * the outermost voxels are repeated.
 *
 * @param source one value a voxel, i fastest
 * @param toSource voxel indices of `target` to those of the source
 * @param reach how far beyond the outermost centers the field of view goes, in voxels
 * @param outside the value beyond that
 */
export function interpolateCubic(
  source: Float32Array,
  shape: Triple,
  toSource: Affine,
  target: Grid,
  { reach, outside }: { readonly reach: number; readonly outside: number },
): Float32Array {
  const data = new Float32Array(voxelCount(target.shape));
  const [xi, xj, xk, x0, yi, yj, yk, y0, zi, zj, zk, z0] = toSource;
  const [width, height, depth] = shape;
  const taps = { i: new Taps(width, 1), j: new Taps(height, width), k: new Taps(depth, width * height) };
  const { weights: wx, offsets: ox } = taps.i;
  const { weights: wy, offsets: oy } = taps.j;
  const { weights: wz, offsets: oz } = taps.k;
  let index = 0;
  for (let k = 0; k < target.shape[2]; k++) {
    for (let j = 0; j < target.shape[1]; j++) {
      for (let i = 0; i < target.shape[0]; i++, index++) {
        const x = xi * i + xj * j + xk * k + x0;
        const y = yi * i + yj * j + yk * k + y0;
        const z = zi * i + zj * j + zk * k + z0;
        if (
          !(x >= -reach && x <= width - 1 + reach) ||
          !(y >= -reach && y <= height - 1 + reach) ||
          !(z >= -reach && z <= depth - 1 + reach)
        ) {
          data[index] = outside;
          continue;
        }
        taps.i.moveTo(x);
        taps.j.moveTo(y);
        taps.k.moveTo(z);
        let sum = 0;
        for (let c = 0; c < 4; c++) {
          for (let b = 0; b < 4; b++) {
            const row = oz[c] + oy[b];
            const along =
              wx[0] * source[row + ox[0]] +
              wx[1] * source[row + ox[1]] +
              wx[2] * source[row + ox[2]] +
              wx[3] * source[row + ox[3]];
            sum += wz[c] * wy[b] * along;
          }
        }
        data[index] = sum;
      }
    }
  }
  return data;
}

/** The four samples along an axis that a place between them is made of, and their weights. */
class Taps {
  readonly weights = new Float64Array(4);
  /** Into the volume. */
  readonly offsets = new Int32Array(4);
  private readonly last: number;
  private readonly stride: number;
  private place = Number.NaN;

  constructor(extent: number, stride: number) {
    this.last = extent - 1;
    this.stride = stride;
  }

  /** Up to half a voxel beyond the outermost centers the outermost value holds. */
  moveTo(place: number): void {
    // Along a row only one axis moves, where the grids have the same directions.
    if (place === this.place) return;
    this.place = place;
    const { last, stride, weights, offsets } = this;
    const inside = place < 0 ? 0 : place > last ? last : place;
    const floor = Math.floor(inside);
    const t = inside - floor;
    // Horner's form of the kernel at distances 1 + t, t, 1 - t and 2 - t.
    weights[0] = t * (-0.5 + t * (1 - 0.5 * t));
    weights[1] = 1 + t * t * (-2.5 + 1.5 * t);
    weights[2] = t * (0.5 + t * (2 - 1.5 * t));
    weights[3] = t * t * (-0.5 + 0.5 * t);
    for (let tap = 0; tap < 4; tap++) {
      const sample = floor - 1 + tap;
      offsets[tap] = stride * (sample < 0 ? 0 : sample > last ? last : sample);
    }
  }
}
