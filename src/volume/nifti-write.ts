import { describeGridDifference, spacingOf } from './affine.ts';
import type { FileAccess } from './file-access.ts';
import { joinPieces, webGzip } from './gzip.ts';
import { NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import {
  type FieldName,
  type HeaderLayout,
  NIFTI1_LAYOUT,
  NIFTI2_LAYOUT,
  readField,
  writeField,
} from './nifti-fields.ts';
import type { NiftiHeader } from './nifti-header.ts';
import type { Grid, LabelVolume, ScalarVolume } from './volume.ts';

/** Voxels that are encoded at a time. */
const STEP = 1 << 18;

export interface NiftiWriteOptions {
  /**
   * Whether an image is stored in `like`'s own integer type and scaling where every value comes back from it unchanged.
   * Without it images are float32.
   */
  readonly keepDatatype?: boolean;
}

/**
 * Writes a .nii file, or a .nii.gz file if the path ends in .gz, piece by piece: beyond the volume, some megabytes are in
 * use. See `encodeNifti` for what is written.
 *
 * @throws DataError naming the file where the disk refuses
 */
export async function writeNifti(
  files: FileAccess,
  path: string,
  volume: ScalarVolume | LabelVolume,
  like: NiftiHeader | null,
  options: NiftiWriteOptions = {},
): Promise<void> {
  const pieces = niftiPieces(volume, like, options);
  await files.write(path, /\.gz$/i.test(path) ? (files.gzip ?? webGzip).compress(pieces) : pieces);
}

/**
 * The bytes of a .nii or .nii.gz file with the volume in it. Label maps are stored in the smallest integer type that holds
 * them (uint8, int16, uint16, int32), images as float32, both without scaling.
 *
 * With `like`, the header is that file's: version, byte order, description and extensions are kept byte by byte, and so are
 * sform, qform and voxel sizes as long as the volume lies on that file's grid. What spoke of the old values (scaling, display
 * range, intent) is cleared, since a viewer would show a mask black in a scan's display range.
 */
export async function encodeNifti(
  volume: ScalarVolume | LabelVolume,
  like: NiftiHeader | null,
  options: NiftiWriteOptions & { gzip: boolean },
): Promise<Uint8Array> {
  const pieces = niftiPieces(volume, like, options);
  return joinPieces(options.gzip ? webGzip.compress(pieces) : pieces);
}

async function* niftiPieces(
  volume: ScalarVolume | LabelVolume,
  like: NiftiHeader | null,
  options: NiftiWriteOptions,
): AsyncGenerator<Uint8Array> {
  const storage = storageOf(volume, like, options);
  yield encodeHeader(volume, like, storage);
  const littleEndian = like?.littleEndian ?? true;
  for (let start = 0; start < volume.data.length; start += STEP) {
    yield encodeVoxels(volume.data.subarray(start, start + STEP), storage, littleEndian);
  }
}

function encodeHeader(volume: ScalarVolume | LabelVolume, like: NiftiHeader | null, storage: Storage): Uint8Array {
  const layout = like === null ? layoutFor(volume) : like.version === 1 ? NIFTI1_LAYOUT : NIFTI2_LAYOUT;
  const littleEndian = like?.littleEndian ?? true;
  const header = like === null ? new Uint8Array(layout.size + 4) : singleFileHeader(like).slice();
  const view = new DataView(header.buffer);
  const write = (name: FieldName, ...values: number[]): void =>
    writeField(view, layout.fields[name], littleEndian, values);

  if (like === null) {
    write('sizeof_hdr', layout.size);
    write('magic', ...layout.magic);
    write('pixdim', 1, 1, 1, 1, 1, 1, 1, 1);
  }
  write('dim', 3, ...volume.shape, 1, 1, 1, 1);
  write('datatype', NIFTI_DATATYPES[storage.datatype].code);
  write('bitpix', 8 * NIFTI_DATATYPES[storage.datatype].bytes);
  write('vox_offset', header.length);
  write('scl_slope', storage.slope);
  write('scl_inter', storage.intercept);
  if (!storage.isKept) {
    write('cal_max', 0);
    write('cal_min', 0);
    write('intent_code', 0);
    write('intent_p', 0, 0, 0);
    write('intent_name', ...new Array<number>(16).fill(0));
  }
  if (like === null || describeGridDifference(volume, like) !== null) {
    const [units] = readField(view, layout.fields.xyzt_units, littleEndian);
    write('xyzt_units', (units & ~7) | 2);
    write('pixdim', 1, ...spacingOf(volume.affine));
    write('qform_code', 0);
    // 2: "aligned", coordinates in some space of the user's, which is all that is known of them here.
    write('sform_code', 2);
    write('srow', ...volume.affine.slice(0, 12));
  }
  return header;
}

/**
 * A header and its extensions as they stand in a single file: as they are, but of a pair's header with the single file's
 * magic and vox_offset.
 */
export function singleFileHeader(header: NiftiHeader): Uint8Array {
  if (!header.isPair) return header.bytes;
  const layout = header.version === 1 ? NIFTI1_LAYOUT : NIFTI2_LAYOUT;
  // A pair's header ends anywhere; the standard wants the voxels at a multiple of 16.
  const bytes = new Uint8Array(Math.ceil(Math.max(header.bytes.length, layout.size + 4) / 16) * 16);
  bytes.set(header.bytes);
  const view = new DataView(bytes.buffer);
  writeField(view, layout.fields.magic, header.littleEndian, layout.magic);
  writeField(view, layout.fields.vox_offset, header.littleEndian, [bytes.length]);
  return bytes;
}

/** NIfTI-1 counts voxels along an axis in 16 bits. */
function layoutFor(grid: Grid): HeaderLayout {
  return Math.max(...grid.shape) > 32767 ? NIFTI2_LAYOUT : NIFTI1_LAYOUT;
}

type StoredDatatype = Extract<NiftiDatatype, 'uint8' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32'>;

/** How values are stored: value = stored * slope + intercept. */
interface Storage {
  readonly datatype: StoredDatatype;
  readonly slope: number;
  readonly intercept: number;
  /** Whether the values are still those that the header's other fields speak of. */
  readonly isKept: boolean;
}

function storageOf(
  volume: ScalarVolume | LabelVolume,
  like: NiftiHeader | null,
  { keepDatatype = false }: NiftiWriteOptions,
): Storage {
  if (volume.kind === 'label') {
    return { datatype: smallestInteger(volume.data), slope: 1, intercept: 0, isKept: false };
  }
  if (keepDatatype && like !== null) {
    const { datatype, slope, intercept } = like;
    if (
      datatype in INTEGER_RANGES &&
      holdsAll(volume.data, datatype as keyof typeof INTEGER_RANGES, slope, intercept)
    ) {
      return { datatype: datatype as keyof typeof INTEGER_RANGES, slope, intercept, isKept: true };
    }
  }
  return { datatype: 'float32', slope: 1, intercept: 0, isKept: false };
}

const INTEGER_RANGES = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
} as const;

/** Whether every value comes back unchanged (as float32) from being stored so. */
function holdsAll(
  data: Float32Array,
  datatype: keyof typeof INTEGER_RANGES,
  slope: number,
  intercept: number,
): boolean {
  const [smallest, largest] = INTEGER_RANGES[datatype];
  if (slope === 1 && intercept === 0) {
    for (let i = 0; i < data.length; i++) {
      const value = data[i];
      if (!(value >= smallest && value <= largest) || Math.floor(value) !== value) return false;
    }
    return true;
  }
  for (let i = 0; i < data.length; i++) {
    const stored = Math.round((data[i] - intercept) / slope);
    if (!(stored >= smallest && stored <= largest) || Math.fround(stored * slope + intercept) !== data[i]) return false;
  }
  return true;
}

function smallestInteger(data: LabelVolume['data']): StoredDatatype {
  let smallest = 0;
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < smallest) smallest = data[i];
    if (data[i] > largest) largest = data[i];
  }
  if (smallest >= 0 && largest <= 255) return 'uint8';
  if (smallest >= -32768 && largest <= 32767) return 'int16';
  return smallest >= 0 && largest <= 65535 ? 'uint16' : 'int32';
}

/** The arrays whose elements are stored so, in the machine's own byte order. */
const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} as const;

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A new array every time, since whoever takes the pieces may hold several. */
function encodeVoxels(
  data: Float32Array | LabelVolume['data'],
  { datatype, slope, intercept }: Storage,
  littleEndian: boolean,
): Uint8Array {
  const stored = new ARRAYS[datatype](data.length);
  if (slope === 1 && intercept === 0) {
    stored.set(data);
  } else {
    for (let i = 0; i < data.length; i++) stored[i] = Math.round((data[i] - intercept) / slope);
  }
  const bytes = new Uint8Array(stored.buffer);
  if (littleEndian !== IS_LITTLE_ENDIAN) reverseElements(bytes, stored.BYTES_PER_ELEMENT);
  return bytes;
}

function reverseElements(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let low = start, high = start + size - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}
