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
  if (mask.length !== voxelCount(shape)) {
    throw new RangeError(`squaredDistances: ${mask.length} voxels do not fill a shape of ${shape.join('x')}`);
  }
  const sites = new Int32Array(mask.length);
  let count = 0;
  for (let v = 0; v < mask.length; v++) if (mask[v] !== 0) sites[count++] = v;
  const planes = new PlaneDistances(sites.subarray(0, count), shape, spacing);
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
 * Squared distances, as `squaredDistances`, from some voxels to the nearest of others. The planes and rows in which none of the first
 * lies are left out.
 *
 * @param voxels indices into the volume, i fastest, ascending
 * @param sites those to which the distance goes, of the same kind
 * @returns mm^2 for each of `voxels`
 */
export function squaredDistancesBetween(
  voxels: Int32Array,
  sites: Int32Array,
  shape: Triple,
  spacing: Triple,
): Float64Array {
  const [width, height] = shape;
  const planes = new PlaneDistances(sites, shape, spacing);
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

/**
 * The distances to some sites, plane by plane with rising k, so that no intermediate result is larger than a plane. Along k the
 * nearest site of a line is found by walking through the line's sites; then come the axes j and i within the plane.
 */
class PlaneDistances {
  private readonly units: Triple;
  private readonly width: number;
  /** The lines along k with sites, by i and then by j: for each i its first, and at the end the number of all. */
  private readonly firstLine: Int32Array;
  /** Of each line its j, the site nearest to the plane, and the end of its sites. */
  private readonly lineJ: Int32Array;
  private readonly nearest: Int32Array;
  private readonly siteEnd: Int32Array;
  /** k of each site, line by line. */
  private readonly siteK: Int32Array;
  /** mm^2 within k and j, of the prepared rows one after the other. */
  private readonly plane: Float64Array;
  private readonly alongJ: LowerEnvelope;
  private readonly alongI: LowerEnvelope;

  /** @param sites ascending */
  constructor(sites: Int32Array, [width, height]: Triple, spacing: Triple) {
    this.units = [spacing[0] ** 2, spacing[1] ** 2, spacing[2] ** 2];
    this.width = width;
    this.plane = new Float64Array(width * height);
    this.alongJ = new LowerEnvelope(height, this.units[1]);
    this.alongI = new LowerEnvelope(width, this.units[0]);

    // A counting sort by line, which keeps each line's sites in the order of k.
    const counts = new Int32Array(width * height);
    for (let n = 0; n < sites.length; n++) counts[sites[n] % counts.length]++;
    const lines = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    this.firstLine = new Int32Array(width + 1);
    this.lineJ = new Int32Array(lines);
    this.nearest = new Int32Array(lines);
    this.siteEnd = new Int32Array(lines);
    this.siteK = new Int32Array(sites.length);
    const next = new Int32Array(width * height);
    let line = 0;
    let place = 0;
    for (let i = 0; i < width; i++) {
      this.firstLine[i] = line;
      for (let j = 0; j < height; j++) {
        const count = counts[i + width * j];
        if (count === 0) continue;
        next[i + width * j] = place;
        this.nearest[line] = place;
        place += count;
        this.siteEnd[line] = place;
        this.lineJ[line++] = j;
      }
    }
    this.firstLine[width] = line;
    for (let n = 0; n < sites.length; n++) {
      const inPlane = sites[n] % counts.length;
      this.siteK[next[inPlane]++] = (sites[n] - inPlane) / counts.length;
    }
  }

  /** Prepares some rows of plane k, given by ascending j. No plane before k can be asked for from now on. */
  moveTo(k: number, rows: Int32Array): void {
    const { firstLine, lineJ, nearest, siteEnd, siteK, plane, alongJ, width } = this;
    const unit = this.units[2];
    for (let i = 0; i < width; i++) {
      alongJ.clear();
      for (let line = firstLine[i]; line < firstLine[i + 1]; line++) {
        let site = nearest[line];
        let steps = Math.abs(siteK[site] - k);
        for (const end = siteEnd[line]; site + 1 < end; site++) {
          const further = Math.abs(siteK[site + 1] - k);
          if (further >= steps) break;
          steps = further;
        }
        nearest[line] = site;
        alongJ.add(lineJ[line], unit * steps * steps);
      }
      alongJ.read(rows, plane, i, width);
    }
  }

  /** Writes the distances of some voxels of the n-th prepared row, given by ascending i, to `result` from `at` on. */
  readRow(n: number, columns: Int32Array, result: Float64Array, at: number): void {
    const { plane, alongI, firstLine, width } = this;
    const start = n * width;
    alongI.clear();
    for (let i = 0; i < width; i++) if (firstLine[i] < firstLine[i + 1]) alongI.add(i, plane[start + i]);
    alongI.read(columns, result, at, 1);
  }
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
