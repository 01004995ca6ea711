import { DataError } from '../errors.ts';
import { isInvertible, spacingOf } from './affine.ts';
import { datatypeOf, NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import { type FieldName, type HeaderLayout, NIFTI1_LAYOUT, NIFTI2_LAYOUT, readField } from './nifti-fields.ts';
import type { Affine, Triple } from './volume.ts';

/** What rarevox needs to know of a NIfTI header, with the header's own bytes to write it again. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** All extents that the file gives, three or more: i, j, k, and then time or whatever else. */
  readonly dimensions: readonly number[];
  readonly shape: Triple;
  /** How many 3D volumes the file holds. */
  readonly frames: number;
  readonly datatype: NiftiDatatype;
  /** value = stored * slope + intercept. 1 and 0 where the file says that there is no scaling. */
  readonly slope: number;
  readonly intercept: number;
  readonly affine: Affine;
  /** Byte at which the first voxel stands. */
  readonly voxelOffset: number;
  /** Everything before the first voxel: the header and its extensions. */
  readonly bytes: Uint8Array;
}

/** Bytes of the fixed part that must be there before anything can be said of a header. */
export const LARGEST_FIXED_HEADER = NIFTI2_LAYOUT.size + 4;

/** The header's layout and byte order, from `sizeof_hdr`. Null when the bytes are no NIfTI header. */
export function layoutOf(start: Uint8Array): { layout: HeaderLayout; littleEndian: boolean } | null {
  if (start.length < NIFTI1_LAYOUT.size) return null;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  for (const layout of [NIFTI1_LAYOUT, NIFTI2_LAYOUT]) {
    for (const littleEndian of [true, false]) {
      if (view.getInt32(0, littleEndian) === layout.size && start.length >= layout.size)
        return { layout, littleEndian };
    }
  }
  return null;
}

/**
 * Reads a header. The affine follows the standard's precedence: the sform where `sform_code` > 0, else the qform where
 * `qform_code` > 0, else the voxel sizes alone with the first voxel at the origin ("method 1" of nifti1.h). Units of
 * meters and micrometers are converted to mm.
 *
 * @param start the file's first bytes, uncompressed; at least the fixed header
 * @param readUpTo gives the file's first bytes up to the offset of the voxels, once that is known to be plausible
 * @throws DataError naming `path`
 */
export async function readNiftiHeader(
  start: Uint8Array,
  readUpTo: (length: number) => Promise<Uint8Array>,
  path: string,
): Promise<NiftiHeader> {
  const found = layoutOf(start);
  if (found === null) {
    throw new DataError(`${path}: this is no NIfTI file (its header is missing or damaged); convert or copy it again.`);
  }
  const { layout, littleEndian } = found;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const read = (name: FieldName): number[] => readField(view, layout.fields[name], littleEndian);

  const magic = read('magic');
  if (magic[0] === 0x6e && magic[1] === 0x69) {
    throw new DataError(`${path}: this is the header half of a .hdr/.img pair; convert the pair to one .nii.gz file.`);
  }
  if (layout.magic.some((byte, i) => i < 3 && byte !== magic[i])) {
    throw new DataError(`${path}: this is an Analyze file or a damaged NIfTI header; convert it to .nii.gz.`);
  }

  const dimensions = checkedDimensions(read('dim'), path);
  const shape: Triple = [dimensions[0], dimensions[1], dimensions[2]];
  const type = datatypeOf(read('datatype')[0]);
  if ('unsupported' in type) {
    throw new DataError(`${path}: its voxels are ${type.unsupported}; convert it to an integer or float image.`);
  }
  const { slope, intercept } = checkedScaling(read('scl_slope')[0], read('scl_inter')[0], path);
  const affine = checkedAffine(read, path);

  // A .nii file holds its header, four bytes of extension flags and then the extensions before the voxels. Some writers
  // leave vox_offset at 0, which the standard lets mean "directly behind the header".
  const stated = read('vox_offset')[0];
  const voxelOffset = stated === 0 ? layout.size + 4 : stated;
  if (!Number.isInteger(voxelOffset) || voxelOffset < layout.size) {
    throw new DataError(
      `${path}: its header puts the voxels at byte ${stated}, inside the header; convert or copy it again.`,
    );
  }
  return {
    version: layout.version,
    littleEndian,
    dimensions,
    shape,
    frames: dimensions.slice(3).reduce((product, extent) => product * extent, 1),
    datatype: type.datatype,
    slope,
    intercept,
    affine,
    voxelOffset,
    bytes: await readUpTo(voxelOffset),
  };
}

/** Bytes that all frames of the file take. */
export function voxelBytesOf(header: NiftiHeader): number {
  return frameBytesOf(header) * header.frames;
}

/** Bytes that one 3D volume of the file takes. */
export function frameBytesOf(header: NiftiHeader): number {
  return header.shape[0] * header.shape[1] * header.shape[2] * NIFTI_DATATYPES[header.datatype].bytes;
}

function checkedDimensions(dim: readonly number[], path: string): number[] {
  const rank = dim[0];
  const extents = dim.slice(1, 1 + rank);
  if (!(rank >= 1 && rank <= 7) || extents.some((extent) => !(extent >= 1))) {
    throw new DataError(
      `${path}: its header gives the impossible dimensions ${dim.join(' ')}; convert or copy it again.`,
    );
  }
  while (extents.length < 3) extents.push(1);
  while (extents.length > 3 && extents[extents.length - 1] === 1) extents.pop();
  return extents;
}

/** A slope of 0 means no scaling (nifti1.h), and so does, as NiBabel has it, one that is not finite. */
function checkedScaling(slope: number, intercept: number, path: string): { slope: number; intercept: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) {
    throw new DataError(`${path}: its header scales by ${slope} but adds ${intercept}; set scl_inter to a number.`);
  }
  return { slope, intercept };
}

function checkedAffine(read: (name: FieldName) => number[], path: string): Affine {
  const pixdim = read('pixdim');
  const bySform = read('sform_code')[0] > 0;
  const byQform = !bySform && read('qform_code')[0] > 0;
  const affine = bySform
    ? [...read('srow'), 0, 0, 0, 1]
    : byQform
      ? affineOfQuaternion(read('quatern'), read('qoffset'), pixdim)
      : [pixdim[1], 0, 0, 0, 0, pixdim[2], 0, 0, 0, 0, pixdim[3], 0, 0, 0, 0, 1].map(Math.abs);
  const source = bySform ? 'sform' : byQform ? 'qform' : 'pixdim';
  const advice = bySform
    ? 'set the sform from the qform (fslorient -copyqform2sform) or convert the original again'
    : 'set the voxel sizes in its header or convert the original again';
  if (!affine.every(Number.isFinite)) {
    throw new DataError(`${path}: its ${source} holds values that are no numbers; ${advice}.`);
  }
  if (!isInvertible(affine)) {
    const spacing = spacingOf(affine);
    const fault = spacing.some((length) => length === 0)
      ? `gives a voxel size of 0 (${spacing.join(' x ')} mm)`
      : 'is singular: its axes lie in one plane';
    throw new DataError(`${path}: its ${source} ${fault}; ${advice}.`);
  }
  const millimeters = { 1: 1000, 3: 0.001 }[read('xyzt_units')[0] & 7] ?? 1;
  return affine.map((value, index) => (index < 12 ? value * millimeters : value));
}

/**
 * The qform: a rotation by the unit quaternion (a, b, c, d), with a from the other three, times the voxel sizes, the third
 * negated where `pixdim[0]` is negative ("method 2" of nifti1.h). A quaternion longer than 1 by rounding is normalized with
 * a = 0, as in nifti_quatern_to_mat44.
 */
function affineOfQuaternion(
  quatern: readonly number[],
  offset: readonly number[],
  pixdim: readonly number[],
): number[] {
  let [b, c, d] = quatern;
  const squares = b * b + c * c + d * d;
  let a = 0;
  if (1 - squares < 1e-7) {
    const length = Math.sqrt(squares);
    b /= length;
    c /= length;
    d /= length;
  } else {
    a = Math.sqrt(1 - squares);
  }
  const [dx, dy] = [Math.abs(pixdim[1]), Math.abs(pixdim[2])];
  const dz = Math.abs(pixdim[3]) * (pixdim[0] < 0 ? -1 : 1);
  return [
    ...[(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * dz, offset[0]],
    ...[2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * dz, offset[1]],
    ...[2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * dz, offset[2]],
    ...[0, 0, 0, 1],
  ];
}
