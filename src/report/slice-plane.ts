import { spacingOf } from '../volume/affine.ts';
import { orientationOf } from '../volume/orientation.ts';
import type { Grid, Triple } from '../volume/volume.ts';

export type Plane = 'axial' | 'coronal' | 'sagittal';

/** One voxel axis as it runs over a picture. */
export interface PictureAxis {
  /** 0, 1, 2 for i, j, k. */
  readonly axis: number;
  /** Whether the picture's coordinate runs against the voxel index. */
  readonly reversed: boolean;
}

/**
 * How a plane is cut out of a grid. Columns run from left to right and rows from top to bottom in the radiological
 * convention: the patient's right, front and top are at the left and top of a picture, so every picture axis runs against
 * the world's x, y or z.
 */
export interface SlicePlane {
  readonly plane: Plane;
  readonly columns: PictureAxis;
  readonly rows: PictureAxis;
  /** The voxel axis that runs through the slices. */
  readonly normal: number;
  /** Size of a pixel in mm, along columns and along rows. */
  readonly pixel: readonly [number, number];
  /** What lies at the left and the right, at the top and the bottom, as letters of R L A P S I. */
  readonly edges: { readonly left: string; readonly right: string; readonly top: string; readonly bottom: string };
}

const PLANES = {
  axial: { columns: 'RL', rows: 'AP', normal: 'SI' },
  coronal: { columns: 'RL', rows: 'SI', normal: 'AP' },
  sagittal: { columns: 'AP', rows: 'SI', normal: 'RL' },
} as const;

/** The plane of a grid that comes nearest to the anatomical one; an oblique grid is shown along its own axes. */
export function slicePlane(grid: Grid, plane: Plane): SlicePlane {
  const orientation = orientationOf(grid.affine);
  const spacing = spacingOf(grid.affine);
  const { columns: across, rows: down, normal } = PLANES[plane];
  const columns = pictureAxis(orientation, across);
  const rows = pictureAxis(orientation, down);
  return {
    plane,
    columns,
    rows,
    normal: pictureAxis(orientation, normal).axis,
    pixel: [spacing[columns.axis] as number, spacing[rows.axis] as number],
    edges: { left: across[0] as string, right: across[1] as string, top: down[0] as string, bottom: down[1] as string },
  };
}

/** Finds the voxel axis that runs along a world axis, given as its two ends, positive (R, A, S) first. */
function pictureAxis(orientation: string, ends: string): PictureAxis {
  const axis = [...orientation].findIndex((letter) => ends.includes(letter));
  // A letter names the end to which the index grows; the positive end stands at the picture's left or top.
  return { axis, reversed: orientation[axis] === ends[0] };
}

/** A part of a grid: the first voxel along i, j, k, and the first one beyond. */
export interface Box {
  readonly start: Triple;
  readonly end: Triple;
}

/** A slice's values, row by row, cut to a box. */
export interface Slice {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Cuts slice `index` of a plane out of a volume's values, as far as it lies within the box. */
export function cutSlice(data: ArrayLike<number>, shape: Triple, plane: SlicePlane, index: number, box: Box): Slice {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const { columns, rows } = plane;
  const width = box.end[columns.axis] - box.start[columns.axis];
  const height = box.end[rows.axis] - box.start[rows.axis];
  const columnStep = strides[columns.axis] * (columns.reversed ? -1 : 1);
  const rowStep = strides[rows.axis] * (rows.reversed ? -1 : 1);
  const first =
    index * strides[plane.normal] +
    strides[columns.axis] * (columns.reversed ? box.end[columns.axis] - 1 : box.start[columns.axis]) +
    strides[rows.axis] * (rows.reversed ? box.end[rows.axis] - 1 : box.start[rows.axis]);
  const values = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    let at = first + row * rowStep;
    for (let column = 0; column < width; column++, at += columnStep) values[row * width + column] = data[at] as number;
  }
  return { width, height, values };
}
