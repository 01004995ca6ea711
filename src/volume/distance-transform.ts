import { type Triple, voxelCount } from './volume.ts';

/**
 * Exact squared Euclidean distances to a mask, axis by axis in time linear in the number of voxels (Felzenszwalb and Huttenlocher,
 * Theory of Computing 8:415-428, 2012; `LowerEnvelope` has the step along one axis).
 *
 * @param mask one value a voxel, i fastest; anything but 0 belongs to it
 * @param spacing mm along i, j, k, above 0
 * @returns mm^2 from each voxel's center to the nearest center of a voxel of the mask: 0 within it, Infinity everywhere when it
 *   is empty
 * @throws RangeError when the mask doesn't fill the shape
 */
export function squaredDistances(mask: Uint8Array, shape: Triple, spacing: Triple): Float64Array {
  const planes = new PlaneDistances(mask, shape, spacing);
  const squared = new Float64Array(mask.length);
  const everyRow = Int32Array.from({ length: shape[1] }, (_, j) => j);
  const everyColumn = Int32Array.from({ length: shape[0] }, (_, i) => i);
  let v = 0;
  for (let k = 0; k < shape[2]; k++) {
    planes.moveTo(k, everyRow);
    for (let j = 0; j < shape[1]; j++, v += shape[0]) planes.readRow(j, everyColumn, squared, v);
  }
  return squared;
}

/**
 * `squaredDistances` at some voxels only. The lines on which none of them lies are left out where that is possible.
 *
 * @param voxels indices into the mask, ascending
 * @returns mm^2 for each of the voxels
 * @throws RangeError when the mask doesn't fill the shape
 */
export function squaredDistancesAt(
  voxels: Int32Array,
  mask: Uint8Array,
  shape: Triple,
  spacing: Triple,
): Float64Array {
  const [width, height] = shape;
  const planes = new PlaneDistances(mask, shape, spacing);
  const squared = new Float64Array(voxels.length);
  const columns = new Int32Array(width);
  // The rows of a plane that hold some of the voxels, and where in the list each row's voxels end.
  const rows = new Int32Array(height);
  const ends = new Int32Array(height);
  for (let n = 0; n < voxels.length; ) {
    const k = Math.floor(voxels[n] / (width * height));
    const planeEnd = (k + 1) * width * height;
    const first = n;
    let rowCount = 0;
    while (n < voxels.length && voxels[n] < planeEnd) {
      const row = Math.floor(voxels[n] / width);
      const rowEnd = (row + 1) * width;
      while (n < voxels.length && voxels[n] < rowEnd) n++;
      rows[rowCount] = row - k * height;
      ends[rowCount++] = n;
    }
    planes.moveTo(k, rows.subarray(0, rowCount));
    for (let r = 0, start = first; r < rowCount; start = ends[r++]) {
      const rowStart = width * (rows[r] + height * k);
      for (let m = start; m < ends[r]; m++) columns[m - start] = voxels[m] - rowStart;
      planes.readRow(r, columns.subarray(0, ends[r] - start), squared, start);
    }
  }
  return squared;
}

/** Stands for "no voxel of the mask on this line": larger than the number of steps on any, and far from overflowing. */
const NONE = 1 << 30;

/** The distances of a mask, plane by plane: along k for all of them at once, then along j and i within one. */
class PlaneDistances {
  private readonly shape: Triple;
  private readonly units: Triple;
  private readonly steps: Int32Array;
  /** mm^2 within j and k, of the prepared rows one after the other. */
  private readonly plane: Float64Array;
  private readonly alongJ: LowerEnvelope;
  private readonly alongI: LowerEnvelope;

  constructor(mask: Uint8Array, shape: Triple, spacing: Triple) {
    if (mask.length !== voxelCount(shape)) {
      throw new RangeError(`squaredDistances: ${mask.length} voxels do not fill a shape of ${shape.join('x')}`);
    }
    this.shape = shape;
    this.units = [spacing[0] ** 2, spacing[1] ** 2, spacing[2] ** 2];
    this.steps = stepsAlongK(mask, shape);
    this.plane = new Float64Array(shape[0] * shape[1]);
    this.alongJ = new LowerEnvelope(shape[1], this.units[1]);
    this.alongI = new LowerEnvelope(shape[0], this.units[0]);
  }

  /** Prepares some rows of plane k, given by ascending j. */
  moveTo(k: number, rows: Int32Array): void {
    const { steps, plane, alongJ } = this;
    const [width, height] = this.shape;
    const unit = this.units[2];
    const start = k * width * height;
    for (let i = 0; i < width; i++) {
      alongJ.clear();
      for (let j = 0, v = start + i; j < height; j++, v += width) {
        const count = steps[v];
        if (count < NONE) alongJ.add(j, unit * count * count);
      }
      alongJ.read(rows, plane, i, width);
    }
  }

  /** Writes the distances of some voxels of the n-th prepared row, given by ascending i, to `result` from `at` on. */
  readRow(n: number, columns: Int32Array, result: Float64Array, at: number): void {
    const { plane, alongI } = this;
    const width = this.shape[0];
    const start = n * width;
    alongI.clear();
    for (let i = 0; i < width; i++) {
      const value = plane[start + i];
      if (value !== Number.POSITIVE_INFINITY) alongI.add(i, value);
    }
    alongI.read(columns, result, at, 1);
  }
}

/** For each voxel how many voxels away the nearest one of the mask on its line along k is, by a scan in each direction. */
function stepsAlongK(mask: Uint8Array, [width, height, depth]: Triple): Int32Array {
  const plane = width * height;
  const steps = new Int32Array(mask.length);
  for (let v = 0; v < plane; v++) steps[v] = mask[v] === 0 ? NONE : 0;
  for (let v = plane; v < steps.length; v++) steps[v] = mask[v] === 0 ? steps[v - plane] + 1 : 0;
  for (let v = plane * (depth - 1) - 1; v >= 0; v--) {
    const behind = steps[v + plane] + 1;
    if (behind < steps[v]) steps[v] = behind;
  }
  return steps;
}

/**
 * The distances along one axis whose voxels are h mm apart: D(q) = min over p of h^2 (q - p)^2 + f(p), with f(p) the squared distance
 * within the axes done so far, where there is one. Each p is a parabola; those that are lowest somewhere are kept, from left to right,
 * with the bounds between them. The parabolas of p < q cross at s = ((f(q) / h^2 + q^2) - (f(p) / h^2 + p^2)) / (2 (q - p)).
 */
class LowerEnvelope {
  private readonly unit: number;
  private last = -1;
  /** Of each parabola its vertex p, f(p), f(p) / h^2 + p^2, and from where on it is the lowest. */
  private readonly vertices: Int32Array;
  private readonly values: Float64Array;
  private readonly heights: Float64Array;
  private readonly from: Float64Array;
  /** 1 / (2 d) for each distance d: products are quicker than divisions. */
  private readonly halfInverses: Float64Array;

  constructor(length: number, unit: number) {
    this.unit = unit;
    this.vertices = new Int32Array(length);
    this.values = new Float64Array(length);
    this.heights = new Float64Array(length);
    this.from = new Float64Array(length);
    this.halfInverses = Float64Array.from({ length }, (_, distance) => 0.5 / distance);
  }

  clear(): void {
    this.last = -1;
  }

  /** Adds the parabola of q, to the right of all others. */
  add(q: number, value: number): void {
    const { vertices, heights, from, halfInverses } = this;
    const height = value / this.unit + q * q;
    let last = this.last;
    let crossing = Number.NEGATIVE_INFINITY;
    while (last >= 0) {
      crossing = (height - heights[last]) * halfInverses[q - vertices[last]];
      if (crossing > from[last]) break;
      last--;
    }
    last++;
    vertices[last] = q;
    this.values[last] = value;
    heights[last] = height;
    from[last] = last === 0 ? Number.NEGATIVE_INFINITY : crossing;
    this.last = last;
  }

  /** Writes D at some places, given in ascending order, to result[at], result[at + stride] and so on. */
  read(places: Int32Array, result: Float64Array, at: number, stride: number): void {
    const { vertices, values, from, unit, last } = this;
    let lowest = 0;
    for (let n = 0, v = at; n < places.length; n++, v += stride) {
      const q = places[n];
      while (lowest < last && from[lowest + 1] < q) lowest++;
      const distance = q - vertices[lowest];
      result[v] = last < 0 ? Number.POSITIVE_INFINITY : unit * distance * distance + values[lowest];
    }
  }
}
