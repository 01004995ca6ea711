import { transformPoint } from '../volume/affine.ts';
import { type Grid, type Triple, voxelCount } from '../volume/volume.ts';

/** A box of voxels in a grid. */
export interface Box {
  /** The first voxel. */
  readonly start: Triple;
  /** Extent i, j, k. */
  readonly shape: Triple;
}

/** The smallest box around all voxels above 0; null when there are none. */
export function boundingBox(mask: Uint8Array, shape: Triple): Box | null {
  const first = [shape[0], shape[1], shape[2]];
  const last = [-1, -1, -1];
  let index = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, index++) {
        if (mask[index] === 0) continue;
        if (i < first[0]) first[0] = i;
        if (i > last[0]) last[0] = i;
        if (j < first[1]) first[1] = j;
        if (j > last[1]) last[1] = j;
        if (k < first[2]) first[2] = k;
        if (k > last[2]) last[2] = k;
      }
    }
  }
  if (last[0] < 0) return null;
  return {
    start: [first[0], first[1], first[2]],
    shape: [last[0] - first[0] + 1, last[1] - first[1] + 1, last[2] - first[2] + 1],
  };
}

/** The part of a grid that a box takes. */
export function cropGrid(grid: Grid, box: Box): Grid {
  const [x, y, z] = transformPoint(grid.affine, box.start);
  const affine = [...grid.affine];
  affine[3] = x;
  affine[7] = y;
  affine[11] = z;
  return { shape: box.shape, affine };
}

/** Copies the voxels of a box out of a volume of `shape` into `out`. */
export function cropVoxels<T extends Voxels>(data: Voxels, shape: Triple, box: Box, out: T): T {
  forEachRow(shape, box, (inVolume, inBox) => {
    for (let i = 0; i < box.shape[0]; i++) out[inBox + i] = data[inVolume + i];
  });
  return out;
}

/** A volume of `shape` that holds `values` in the box and 0 elsewhere. */
export function padVoxels(values: Float32Array, shape: Triple, box: Box): Float32Array {
  const out = new Float32Array(voxelCount(shape));
  forEachRow(shape, box, (inVolume, inBox) => {
    for (let i = 0; i < box.shape[0]; i++) out[inVolume + i] = values[inBox + i];
  });
  return out;
}

type Voxels = Float32Array | Uint8Array | Uint16Array | Int16Array | Int32Array;

/** Calls `visit` with the index of each row's first voxel in the volume and in the box. */
function forEachRow(shape: Triple, box: Box, visit: (inVolume: number, inBox: number) => void): void {
  for (let k = 0; k < box.shape[2]; k++) {
    for (let j = 0; j < box.shape[1]; j++) {
      visit(
        box.start[0] + shape[0] * (box.start[1] + j + shape[1] * (box.start[2] + k)),
        box.shape[0] * (j + box.shape[1] * k),
      );
    }
  }
}
