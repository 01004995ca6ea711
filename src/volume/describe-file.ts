import { spacingOf } from './affine.ts';
import type { FileAccess } from './file-access.ts';
import type { ImageFormat, ImageSource } from './image-source.ts';
import type { NiftiDatatype } from './nifti-datatype.ts';
import { NIFTI1_LAYOUT, NIFTI2_LAYOUT } from './nifti-fields.ts';
import { type FormConflict, formConflict } from './nifti-forms.ts';
import type { NiftiHeader } from './nifti-header.ts';
import { orientationOf } from './orientation.ts';
import { openImage } from './read-image.ts';
import { type Triple, voxelCount } from './volume.ts';

/** What a NIfTI header says beyond geometry and values. */
export interface NiftiDescription {
  readonly version: 1 | 2;
  /** Whether header and voxels are two files, .hdr and .img. */
  readonly isPair: boolean;
  readonly byteOrder: 'little-endian' | 'big-endian';
  /** Bytes of header extensions. */
  readonly extensionBytes: number;
  /** 0 where the form is not set. */
  readonly sformCode: number;
  readonly qformCode: number;
  /** What the affine was taken from. */
  readonly affineSource: NiftiHeader['affineSource'];
  /** How far sform and qform lie apart, in degrees and mm; null where they agree or one is not set. */
  readonly formConflict: FormConflict | null;
}

/** What `rarevox info` says of an image. */
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
  readonly format: ImageFormat;
  /** Null where the file is of another format. */
  readonly nifti: NiftiDescription | null;
}

/** Voxels that are looked at at a time. */
const STEP = 1 << 16;

/**
 * Reads an image of any format and describes its geometry and values, piece by piece: however large a NIfTI file, some
 * megabytes of memory are enough.
 *
 * @throws DataError naming the file
 */
export async function describeFile(files: FileAccess, path: string): Promise<FileDescription> {
  const source = await openImage(files, path);
  try {
    const values = await describeValues(source);
    await source.finish();
    return {
      file: path,
      shape: source.dimensions,
      spacing: spacingOf(source.affine),
      affine: [0, 4, 8, 12].map((row) => source.affine.slice(row, row + 4)),
      orientation: orientationOf(source.affine),
      datatype: source.datatype,
      slope: source.slope,
      intercept: source.intercept,
      ...values,
      format: source.format,
      nifti: source.nifti === null ? null : describeHeader(source.nifti),
    };
  } finally {
    await source.close();
  }
}

type ValueDescription = Pick<FileDescription, 'min' | 'max' | 'mean' | 'nonFinite'>;

async function describeValues(source: ImageSource): Promise<ValueDescription> {
  const count = voxelCount(source.shape) * source.frames;
  const step = new Float64Array(Math.min(STEP, count));
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let finite = 0;
  for (let start = 0; start < count; start += step.length) {
    const values = step.subarray(0, count - start);
    await source.read(values);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      finite++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const nonFinite = count - finite;
  return finite > 0 ? { min, max, mean: sum / finite, nonFinite } : { min: null, max: null, mean: null, nonFinite };
}

function describeHeader(header: NiftiHeader): NiftiDescription {
  const fixed = (header.version === 1 ? NIFTI1_LAYOUT : NIFTI2_LAYOUT).size + 4;
  return {
    version: header.version,
    isPair: header.isPair,
    byteOrder: header.littleEndian ? 'little-endian' : 'big-endian',
    extensionBytes: Math.max(0, header.bytes.length - fixed),
    sformCode: header.sform?.code ?? 0,
    qformCode: header.qform?.code ?? 0,
    affineSource: header.affineSource,
    formConflict: formConflict(header),
  };
}
