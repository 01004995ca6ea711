import { spacingOf } from './affine.ts';
import type { FileAccess } from './file-access.ts';
import type { NiftiDatatype } from './nifti-datatype.ts';
import { decodeFrame, openNifti } from './nifti-read.ts';
import { orientationOf } from './orientation.ts';
import { type Triple, voxelCount } from './volume.ts';

/** What `rarevox info` says of a file. */
export interface FileDescription {
  readonly file: string;
  /** All extents: three, or more where the file holds several volumes. */
  readonly shape: readonly number[];
  /** mm along i, j, k. */
  readonly spacing: Triple;
  /** Voxel indices to mm, RAS+, row by row. */
  readonly affine: readonly (readonly number[])[];
  readonly orientation: string;
  readonly datatype: NiftiDatatype;
  /** value = stored * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** Over the finite values of all volumes, after scaling; null where there are none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Values that are NaN or infinite. */
  readonly nonFinite: number;
}

/**
 * Reads a NIfTI file and describes its geometry and values, one 3D volume in memory at a time.
 *
 * @throws DataError naming the file
 */
export async function describeFile(files: FileAccess, path: string): Promise<FileDescription> {
  const frames = await openNifti(files, path);
  const { header } = frames;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let finite = 0;
  const count = voxelCount(header.shape);
  let values: Float64Array | null = null;
  for (let frame = 0; frame < header.frames; frame++) {
    const bytes = await frames.next();
    // Only now is it known that the file really holds as many voxels as its header claims.
    values ??= new Float64Array(count);
    decodeFrame(header, bytes, values);
    for (let i = 0; i < count; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      finite++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  await frames.finish();
  return {
    file: path,
    shape: header.dimensions,
    spacing: spacingOf(header.affine),
    affine: [0, 4, 8, 12].map((row) => header.affine.slice(row, row + 4)),
    orientation: orientationOf(header.affine),
    datatype: header.datatype,
    slope: header.slope,
    intercept: header.intercept,
    min: finite > 0 ? min : null,
    max: finite > 0 ? max : null,
    mean: finite > 0 ? sum / finite : null,
    nonFinite: count * header.frames - finite,
  };
}
