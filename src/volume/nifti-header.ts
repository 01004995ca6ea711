import { DataError } from '../errors.ts';
import { isInvertible, spacingOf } from './affine.ts';
import { datatypeOf, NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import { type FieldName, type HeaderLayout, NIFTI1_LAYOUT, NIFTI2_LAYOUT, readField } from './nifti-fields.ts';
import { affineOfQuaternion, type NiftiForm } from './nifti-forms.ts';
import { type Affine, type Triple, voxelCount } from './volume.ts';

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
  /** The one that counts of the forms below. */
  readonly affine: Affine;
  /** What gives the affine: the sform where its code is above 0, else the qform, else the voxel sizes alone. */
  readonly affineSource: 'sform' | 'qform' | 'pixdim';
  /** Null where its code is 0. */
  readonly sform: NiftiForm | null;
  readonly qform: NiftiForm | null;
  /** Whether the voxels stand in a file of their own (.img). */
  readonly isPair: boolean;
  /** Byte at which the first voxel stands, in the .img file where there is one. */
  readonly voxelOffset: number;
  /** The header and its extensions: everything before the first voxel, or the whole .hdr file. */
  readonly bytes: Uint8Array;
}

/** Bytes of a file's start that tell the version; of NIfTI-1 they are the whole fixed header. */
export const SMALLEST_HEADER = NIFTI1_LAYOUT.size;

/**
 * Voxels of the largest volume that is read: 8 GiB of float32, eight times a 640 mm cube of 1 mm voxels. More is a damaged
 * header or one made to exhaust the memory.
 */
const LARGEST_VOLUME = 2 ** 31;

/** Bytes of the largest header with its extensions. The largest ones in use, those of CIFTI, have some ten megabytes. */
export const LARGEST_HEADER = 2 ** 28;

/** The header's layout and byte order, from `sizeof_hdr`. Null when the bytes are no NIfTI header. */
export function layoutOf(start: Uint8Array): { layout: HeaderLayout; littleEndian: boolean } | null {
  if (start.length < SMALLEST_HEADER) return null;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  for (const layout of [NIFTI1_LAYOUT, NIFTI2_LAYOUT]) {
    for (const littleEndian of [true, false]) {
      if (view.getInt32(0, littleEndian) === layout.size) return { layout, littleEndian };
    }
  }
  return null;
}

/**
 * Reads the fixed part of a header. The affine follows the standard's precedence: the sform where `sform_code` > 0, else the
 * qform where `qform_code` > 0, else the voxel sizes alone with the first voxel at the origin ("method 1" of nifti1.h).
 * Units of meters and micrometers are converted to mm.
 *
 * @param bytes the whole fixed header: as many bytes as `layoutOf` says
 * @throws DataError naming `path` and the field
 */
export function parseNiftiHeader(bytes: Uint8Array, path: string): NiftiHeader {
  const found = layoutOf(bytes);
  if (found === null || bytes.length < found.layout.size) throw noNifti(path);
  const { layout, littleEndian } = found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (name: FieldName): number[] => readField(view, layout.fields[name], littleEndian);

  const isPair = isPairMagic(read('magic'), layout, path);
  const dimensions = checkedDimensions(read('dim'), path);
  const shape: Triple = [dimensions[0], dimensions[1], dimensions[2]];
  const type = datatypeOf(read('datatype')[0]);
  if ('unsupported' in type) {
    throw new DataError(`${path}: its voxels are ${type.unsupported}; convert it to an integer or float image.`);
  }
  return {
    version: layout.version,
    littleEndian,
    dimensions,
    shape,
    frames: dimensions.slice(3).reduce((product, extent) => product * extent, 1),
    datatype: type.datatype,
    ...checkedScaling(read('scl_slope')[0], read('scl_inter')[0], path),
    ...checkedGeometry(read, path),
    isPair,
    voxelOffset: checkedOffset(read('vox_offset')[0], isPair, layout, path),
    bytes,
  };
}

/** What is said of a file that begins with no NIfTI header. */
export function noNifti(path: string): DataError {
  return new DataError(`${path}: this is no NIfTI file (its header is missing or damaged); convert or copy it again.`);
}

/** Bytes that all frames of the file take. */
export function voxelBytesOf(header: NiftiHeader): number {
  return frameBytesOf(header) * header.frames;
}

/** Bytes that one 3D volume of the file takes. */
export function frameBytesOf(header: NiftiHeader): number {
  return voxelCount(header.shape) * NIFTI_DATATYPES[header.datatype].bytes;
}

/** Whether the magic is that of a .hdr/.img pair ("ni1"), not of a single file ("n+1"). */
function isPairMagic(magic: readonly number[], layout: HeaderLayout, path: string): boolean {
  const isPair = magic[1] === 0x69;
  if (magic[0] === 0x6e && (isPair || magic[1] === layout.magic[1]) && magic[2] === layout.magic[2]) return isPair;
  if (layout.version === 2) throw noNifti(path);
  throw new DataError(
    `${path}: this is an Analyze 7.5 file or a damaged NIfTI header (the field magic is missing); Analyze files do not say ` +
      'which side is left, so convert the original to NIfTI.',
  );
}

function checkedDimensions(dim: readonly number[], path: string): number[] {
  const rank = dim[0];
  const extents = dim.slice(1, 1 + rank);
  if (!(rank >= 1 && rank <= 7) || extents.some((extent) => !(extent >= 1))) {
    throw new DataError(
      `${path}: its header gives the impossible dimensions ${dim.join(' ')} (field dim); convert or copy it again.`,
    );
  }
  while (extents.length < 3) extents.push(1);
  while (extents.length > 3 && extents[extents.length - 1] === 1) extents.pop();
  const voxels = extents[0] * extents[1] * extents[2];
  if (voxels > LARGEST_VOLUME || !Number.isSafeInteger(8 * extents.reduce((product, extent) => product * extent, 1))) {
    throw new DataError(
      `${path}: its header claims ${extents.join('x')} voxels (field dim), more than can be read ` +
        `(${LARGEST_VOLUME} a volume): it is damaged, or to be cut or resampled first.`,
    );
  }
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

/**
 * A .nii file holds its header, four bytes of extension flags and then the extensions before the voxels. Some writers leave
 * vox_offset at 0, which the standard lets mean "directly behind the header".
 */
function checkedOffset(stated: number, isPair: boolean, layout: HeaderLayout, path: string): number {
  if (isPair && Number.isSafeInteger(stated) && stated >= 0) return stated;
  const offset = stated === 0 ? layout.size + 4 : stated;
  if (!Number.isInteger(offset) || offset < layout.size) {
    throw new DataError(
      `${path}: its header puts the voxels at byte ${stated}, inside the header (field vox_offset); convert or copy it again.`,
    );
  }
  if (offset > LARGEST_HEADER) {
    throw new DataError(
      `${path}: its header puts the voxels at byte ${stated} (field vox_offset), behind more than the file can hold or ` +
        `${LARGEST_HEADER} bytes of extensions: it is damaged; convert or copy it again.`,
    );
  }
  return offset;
}

type Geometry = Pick<NiftiHeader, 'affine' | 'affineSource' | 'sform' | 'qform'>;

function checkedGeometry(read: (name: FieldName) => number[], path: string): Geometry {
  const pixdim = read('pixdim');
  const [sformCode] = read('sform_code');
  const [qformCode] = read('qform_code');
  const millimeters = { 1: 1000, 3: 0.001 }[read('xyzt_units')[0] & 7] ?? 1;
  const inMillimeters = (affine: Affine): Affine =>
    affine.map((value, index) => (index < 12 ? value * millimeters : value));

  const sform = sformCode > 0 ? { code: sformCode, affine: inMillimeters([...read('srow'), 0, 0, 0, 1]) } : null;
  const quaternion = affineOfQuaternion(read('quatern'), read('qoffset'), pixdim);
  const qform = qformCode > 0 ? { code: qformCode, affine: inMillimeters(quaternion) } : null;
  if (sform !== null) {
    checkAffine(sform.affine, 'sform', path);
    return { affine: sform.affine, affineSource: 'sform', sform, qform };
  }
  if (pixdim.slice(1, 4).some((length) => length < 0)) {
    throw new DataError(
      `${path}: its header gives a negative voxel size (${pixdim.slice(1, 4).join(' x ')}, field pixdim); set the voxel ` +
        'sizes in its header or convert the original again.',
    );
  }
  if (qform !== null) {
    checkAffine(qform.affine, 'qform', path);
    return { affine: qform.affine, affineSource: 'qform', sform, qform };
  }
  const affine = inMillimeters([pixdim[1], 0, 0, 0, 0, pixdim[2], 0, 0, 0, 0, pixdim[3], 0, 0, 0, 0, 1]);
  checkAffine(affine, 'pixdim', path);
  return { affine, affineSource: 'pixdim', sform, qform };
}

function checkAffine(affine: Affine, source: NiftiHeader['affineSource'], path: string): void {
  const advice =
    source === 'sform'
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
}
