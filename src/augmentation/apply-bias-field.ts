import type { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { brainStatistics } from './brain-statistics.ts';
import type { Scratch } from './scratch.ts';

/**
 * Multiplies a channel by a smooth positive field, as the coil's sensitivity does: the exponential of a polynomial in the
 * position (Van Leemput et al. 1999; Sudre et al. 2017; TorchIO's `RandomBiasField`), whose coefficients are uniform within
 * +- `coefficient` and whose coordinates go from -1 to 1 across the patch.
 *
 * A field belongs on intensities that count from 0, which z-scores don't: the darkest voxel of the patch's brain stands for 0
 * here, and the product is divided by a constant, so that the brain's mean stays what it was:
 * x' = min + (x - min) b / s with s = sum((x - min) b) / sum(x - min).
 *
 * @param voxels indices of the brain's voxels, ascending
 */
export function applyBiasField(
  channel: Float32Array,
  patch: Triple,
  voxels: Int32Array,
  { order, coefficient }: { readonly order: number; readonly coefficient: number },
  random: Random,
  scratch: Scratch,
): void {
  const { minimum } = brainStatistics(channel, voxels);
  const field = scratch.float32('bias field', voxels.length);
  fillBiasField(patch, voxels, drawCoefficients(order, coefficient, random), field);
  let sum = 0;
  let product = 0;
  for (let n = 0; n < voxels.length; n++) {
    const value = channel[voxels[n]] - minimum;
    sum += value;
    product += value * field[n];
  }
  if (!(product > 0)) return;
  const scale = sum / product;
  for (let n = 0; n < voxels.length; n++) {
    const voxel = voxels[n];
    channel[voxel] = minimum + (channel[voxel] - minimum) * field[n] * scale;
  }
}

interface Polynomial {
  readonly order: number;
  /** Of x^a y^b z^c at a + (order + 1) (b + (order + 1) c). */
  readonly coefficients: Float64Array;
}

/** All terms of degree 1 to `order`; a constant would only scale the field. */
function drawCoefficients(order: number, largest: number, random: Random): Polynomial {
  const terms = order + 1;
  const coefficients = new Float64Array(terms ** 3);
  for (let c = 0; c <= order; c++) {
    for (let b = 0; b + c <= order; b++) {
      for (let a = 0; a + b + c <= order; a++) {
        if (a + b + c > 0) coefficients[a + terms * (b + terms * c)] = largest * (2 * random.uniform() - 1);
      }
    }
  }
  return { order, coefficients };
}

/** exp(polynomial) at each of the voxels; the polynomial is summed up to one in x for each row. */
function fillBiasField(
  patch: Triple,
  voxels: Int32Array,
  { order, coefficients }: Polynomial,
  field: Float32Array,
): void {
  const [sizeI, sizeJ] = patch;
  const coordinate = (n: number, length: number): number => (length === 1 ? 0 : (2 * n) / (length - 1) - 1);
  const terms = order + 1;
  const inX = new Float64Array(terms);
  let row = -1;
  for (let n = 0; n < voxels.length; n++) {
    const voxel = voxels[n];
    const rowOf = Math.floor(voxel / sizeI);
    if (rowOf !== row) {
      row = rowOf;
      const y = coordinate(row % sizeJ, sizeJ);
      const z = coordinate(Math.floor(row / sizeJ), patch[2]);
      for (let a = 0; a <= order; a++) {
        let sum = 0;
        for (let c = 0; a + c <= order; c++) {
          for (let b = 0; a + b + c <= order; b++) sum += coefficients[a + terms * (b + terms * c)] * y ** b * z ** c;
        }
        inX[a] = sum;
      }
    }
    const x = coordinate(voxel - row * sizeI, sizeI);
    let exponent = inX[order];
    for (let a = order - 1; a >= 0; a--) exponent = exponent * x + inX[a];
    field[n] = Math.exp(exponent);
  }
}
