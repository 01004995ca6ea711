import { describeGridDifference, spacingOf } from './affine.ts';
import type { Affine, Grid, LabelVolume, ScalarVolume, Triple } from './volume.ts';

/** For each world axis x, y, z: the voxel axis that runs along it, and whether it runs towards left, posterior, inferior. */
interface AxisMapping {
  readonly axes: readonly [number, number, number];
  readonly flipped: readonly [boolean, boolean, boolean];
}

const PERMUTATIONS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * The direction in which each voxel axis runs, as NiBabel names it: 'RAS' when i runs to the right, j to anterior and k to
 * superior. For an oblique affine the assignment of voxel to world axes with the largest sum of cosines.
 */
export function orientationOf(affine: Affine): string {
  const { axes, flipped } = mapAxes(affine);
  const letters = ['', '', ''];
  for (let world = 0; world < 3; world++) letters[axes[world]] = (flipped[world] ? 'LPI' : 'RAS')[world];
  return letters.join('');
}

/** The grid with axes permuted and flipped such that its orientation is RAS; every voxel keeps its place in the world. */
export function rasGrid(grid: Grid): Grid {
  const { axes, flipped } = mapAxes(grid.affine);
  const affine = [...grid.affine];
  for (let world = 0; world < 3; world++) {
    const axis = axes[world];
    for (let row = 0; row < 3; row++) {
      const step = grid.affine[4 * row + axis];
      affine[4 * row + world] = flipped[world] ? -step : step;
      if (flipped[world]) affine[4 * row + 3] += step * (grid.shape[axis] - 1);
    }
  }
  return { shape: [grid.shape[axes[0]], grid.shape[axes[1]], grid.shape[axes[2]]], affine };
}

/** The same volume with its axes permuted and flipped to RAS, without interpolation. A volume that is RAS is returned itself. */
export function reorientToRas<V extends ScalarVolume | LabelVolume>(volume: V): V {
  const { axes, flipped } = mapAxes(volume.affine);
  if (axes.every((axis, world) => axis === world) && !flipped.includes(true)) return volume;
  const target = rasGrid(volume);
  const strides = [1, volume.shape[0], volume.shape[0] * volume.shape[1]];
  const steps = [0, 1, 2].map((world) => (flipped[world] ? -1 : 1) * strides[axes[world]]);
  return { ...volume, ...target, data: gather(volume.data, target.shape, steps as unknown as Triple) };
}

/**
 * The inverse of `reorientToRas`: brings a volume in RAS orientation back onto the grid that it came from. The result
 * carries exactly that grid's affine.
 *
 * @throws RangeError when the volume does not lie on `grid` turned to RAS
 */
export function reorientOnto<V extends ScalarVolume | LabelVolume>(volume: V, grid: Grid): V {
  const difference = describeGridDifference(volume, rasGrid(grid));
  if (difference !== null) throw new RangeError(`reorientOnto: the volume is not on the grid given: ${difference}`);
  const { axes, flipped } = mapAxes(grid.affine);
  const strides = [1, volume.shape[0], volume.shape[0] * volume.shape[1]];
  const steps = [0, 0, 0];
  for (let world = 0; world < 3; world++) steps[axes[world]] = (flipped[world] ? -1 : 1) * strides[world];
  return {
    ...volume,
    shape: grid.shape,
    affine: grid.affine,
    data: gather(volume.data, grid.shape, steps as unknown as Triple),
  };
}

function mapAxes(affine: Affine): AxisMapping {
  const spacing = spacingOf(affine);
  const cosine = (world: number, axis: number): number => affine[4 * world + axis] / spacing[axis];
  let axes: readonly [number, number, number] = PERMUTATIONS[0];
  let best = -Infinity;
  for (const candidate of PERMUTATIONS) {
    const sum = candidate.reduce<number>((total, axis, world) => total + Math.abs(cosine(world, axis)), 0);
    if (sum > best + 1e-6) {
      best = sum;
      axes = candidate;
    }
  }
  const runsBackwards = (world: number): boolean => cosine(world, axes[world]) < 0;
  return { axes, flipped: [runsBackwards(0), runsBackwards(1), runsBackwards(2)] };
}

/** Collects a volume of `shape` from `data`, going by `steps` in it along each axis; a negative step starts at the far end. */
function gather<A extends (ScalarVolume | LabelVolume)['data']>(data: A, shape: Triple, steps: Triple): A {
  const result = data.slice() as A;
  let start = 0;
  for (let axis = 0; axis < 3; axis++) if (steps[axis] < 0) start -= steps[axis] * (shape[axis] - 1);
  let index = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      let from = start + k * steps[2] + j * steps[1];
      for (let i = 0; i < shape[0]; i++) {
        result[index++] = data[from];
        from += steps[0];
      }
    }
  }
  return result;
}
