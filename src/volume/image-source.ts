import type { NiftiDatatype } from './nifti-datatype.ts';
import type { NiftiHeader } from './nifti-header.ts';
import type { Affine, Triple } from './volume.ts';

export type ImageFormat = 'NIfTI' | 'NRRD' | 'MetaImage' | 'DICOM';

/**
 * An image of any format whose geometry is known and whose voxels come frame by frame, each once and in order. Values are
 * in the memory order of all of rarevox, i fastest; the affine leads to mm, RAS+.
 */
export interface ImageSource {
  readonly format: ImageFormat;
  /** All extents, three or more: i, j, k, and then time or whatever else. */
  readonly dimensions: readonly number[];
  readonly shape: Triple;
  /** How many 3D volumes there are. */
  readonly frames: number;
  readonly affine: Affine;
  /** How values are stored, by NIfTI's names, which serve all formats. */
  readonly datatype: NiftiDatatype;
  readonly littleEndian: boolean;
  /** value = stored * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** Where the image is a NIfTI file, its header. */
  readonly nifti: NiftiHeader | null;
  /** The stored bytes of the next frame. */
  next(): Promise<Uint8Array>;
  /** Passes over some frames. */
  skip(count: number): Promise<void>;
  /** Call after the last frame that is needed: it checks, where it can, that the file is whole. */
  finish(): Promise<void>;
}

/** A source over voxels that are in memory whole. */
export function sourceOf(
  description: Pick<
    ImageSource,
    'format' | 'dimensions' | 'affine' | 'datatype' | 'littleEndian' | 'slope' | 'intercept'
  >,
  bytes: Uint8Array,
): ImageSource {
  const [i, j, k, ...further] = description.dimensions;
  const frames = further.reduce((product, extent) => product * extent, 1);
  const frameBytes = bytes.length / frames;
  let position = 0;
  return {
    ...description,
    shape: [i, j, k],
    frames,
    nifti: null,
    next: async () => {
      position += frameBytes;
      return bytes.subarray(position - frameBytes, position);
    },
    skip: async (count) => {
      position += count * frameBytes;
    },
    finish: async () => undefined,
  };
}
