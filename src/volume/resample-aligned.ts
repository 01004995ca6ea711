/**
 * Resampling between grids whose axes i, j, k run the same way, where the place along an axis of the source depends on one index
 * of the target only. The results are those of the loops for any two grids, to the bit: the same products in the same order.
 */
import { type Affine, type LabelVolume, type Triple, voxelCount } from './volume.ts';

/** The places of the target's voxels along one axis of the source. */
interface Places {
  /** The target's indices from `first` to before `end` lie within the field of view. */
  readonly first: number;
  readonly end: number;
  /** In source voxels, clamped to the outermost centers. */
  readonly positions: Float64Array;
}

/** Whether each axis of the target runs along the same axis of the source exactly. */
export function axesAreAligned(toSource: Affine): boolean {
  return [1, 2, 4, 6, 8, 9].every((entry) => toSource[entry] === 0);
}

/**
 * Trilinear interpolation, one axis after the other: a row of the source is interpolated along i once, and a plane of such rows
 * along j once, for all target planes beside it.
 *
 * @param toSource voxel indices of the target to those of the source, of aligned axes
 * @param reach how far beyond the outermost centers the field of view goes, in voxels
 * @param outside the value beyond that
 */
export function interpolateAligned(
  source: Float32Array,
  shape: Triple,
  toSource: Affine,
  target: Triple,
  { reach, outside }: { readonly reach: number; readonly outside: number },
): Float32Array {
  const data = new Float32Array(voxelCount(target));
  if (outside !== 0) data.fill(outside);
  const [x, y, z] = placesAlongAxes(shape, toSource, target, reach);
  const [width, height] = shape;
  const plane = target[0] * target[1];
  const rows = new NeighborPair(target[0]);
  const planes = new NeighborPair(plane);
  const rowAt = (j: number, k: number): Float64Array =>
    rows.get(j, (row) => blendWithinRow(source, width * (j + height * k), x, row));
  const planeAt = (k: number): Float64Array =>
    planes.get(k, (blended) => {
      rows.forget();
      for (let j = y.first; j < y.end; j++) {
        const lower = Math.floor(y.positions[j]);
        const weight = y.positions[j] - lower;
        const near = rowAt(lower, k);
        blend(near, weight > 0 ? rowAt(lower + 1, k) : near, weight, x.first, x.end, blended, target[0] * j);
      }
    });
  for (let k = z.first; k < z.end; k++) {
    const lower = Math.floor(z.positions[k]);
    const weight = z.positions[k] - lower;
    const near = planeAt(lower);
    const far = weight > 0 ? planeAt(lower + 1) : near;
    for (let j = y.first; j < y.end; j++) {
      const row = target[0] * j;
      blend(near, far, weight, row + x.first, row + x.end, data, plane * k);
    }
  }
  return data;
}

/** The label of the nearest voxel, 0 outside the field of view. */
export function nearestAligned(
  source: LabelVolume['data'],
  shape: Triple,
  toSource: Affine,
  target: Triple,
  reach: number,
): LabelVolume['data'] {
  const Labels = source.constructor as new (length: number) => LabelVolume['data'];
  const data = new Labels(voxelCount(target));
  const [x, y, z] = placesAlongAxes(shape, toSource, target, reach);
  const [nearestX, nearestY, nearestZ] = [x, y, z].map(({ positions }) =>
    Int32Array.from(positions, (position) => Math.floor(position + 0.5)),
  );
  for (let k = z.first; k < z.end; k++) {
    for (let j = y.first; j < y.end; j++) {
      const from = shape[0] * (nearestY[j] + shape[1] * nearestZ[k]);
      const to = target[0] * (j + target[1] * k);
      for (let i = x.first; i < x.end; i++) data[to + i] = source[from + nearestX[i]];
    }
  }
  return data;
}

function placesAlongAxes(shape: Triple, toSource: Affine, target: Triple, reach: number): [Places, Places, Places] {
  const along = (axis: number): Places => {
    const last = shape[axis] - 1;
    const places = Float64Array.from(
      { length: target[axis] },
      (_, n) => toSource[5 * axis] * n + toSource[4 * axis + 3],
    );
    const inside = (place: number): boolean => place >= -reach && place <= last + reach;
    const first = places.findIndex(inside);
    if (first === -1) return { first: 0, end: 0, positions: places };
    const end = places.findLastIndex(inside) + 1;
    return { first, end, positions: places.map((place) => (place < 0 ? 0 : place > last ? last : place)) };
  };
  return [along(0), along(1), along(2)];
}

function blendWithinRow(source: Float32Array, from: number, x: Places, row: Float64Array): void {
  const { first, end, positions } = x;
  for (let i = first; i < end; i++) {
    const lower = Math.floor(positions[i]);
    const weight = positions[i] - lower;
    const a = from + lower;
    // No step beyond the last voxel, where the weight of the neighbor is 0.
    row[i] = source[a] * (1 - weight) + source[weight > 0 ? a + 1 : a] * weight;
  }
}

/** `result[shift + n]` between `near[n]` and `far[n]`, for n from `first` to before `end`. */
function blend(
  near: Float64Array,
  far: Float64Array,
  weight: number,
  first: number,
  end: number,
  result: Float32Array | Float64Array,
  shift: number,
): void {
  const rest = 1 - weight;
  for (let n = first; n < end; n++) result[shift + n] = near[n] * rest + far[n] * weight;
}

/** Keeps what was made for a number and for the one beside it. */
class NeighborPair {
  private readonly values: readonly [Float64Array, Float64Array];
  private readonly numbers = [-1, -1];

  constructor(length: number) {
    this.values = [new Float64Array(length), new Float64Array(length)];
  }

  /** @param fill writes what belongs to the number */
  get(number: number, fill: (values: Float64Array) => void): Float64Array {
    const slot = number & 1;
    if (this.numbers[slot] !== number) {
      fill(this.values[slot]);
      this.numbers[slot] = number;
    }
    return this.values[slot];
  }

  forget(): void {
    this.numbers.fill(-1);
  }
}
