import { UsageError } from '../errors.ts';
import type { FileAccess } from './file-access.ts';
import { webGzip } from './gzip.ts';
import type { ImageSource } from './image-source.ts';
import { encodeMetaImageHeader } from './metaimage-write.ts';
import { copyNifti } from './nifti-copy.ts';
import { NIFTI_DATATYPES, type NiftiDatatype } from './nifti-datatype.ts';
import { NIFTI1_LAYOUT, NIFTI2_LAYOUT, writeField } from './nifti-fields.ts';
import { encodeNifti } from './nifti-write.ts';
import { encodeNrrdHeader } from './nrrd-write.ts';
import { checkFrame, openImage } from './read-image.ts';
import { type Grid, voxelCount } from './volume.ts';

type OutputFormat = 'NIfTI' | 'NRRD' | 'MetaImage';

/** Voxels that are converted at a time. */
const STEP = 1 << 16;

/** How values are written: always without a scaling. */
interface Output extends Grid {
  readonly frames: number;
  readonly datatype: NiftiDatatype;
  readonly littleEndian: boolean;
}

/** The format that a file is written in, by its name; null where the name tells none that rarevox writes. */
export function outputFormatOf(path: string): OutputFormat | null {
  if (/\.nii(\.gz)?$/i.test(path)) return 'NIfTI';
  if (/\.nrrd$/i.test(path)) return 'NRRD';
  return /\.mha$/i.test(path) ? 'MetaImage' : null;
}

/**
 * Writes an image of any format as .nii, .nii.gz, .nrrd or .mha, on the same grid. Stored values are kept in their type;
 * those that the header scales are written scaled: as the smallest integer type where all are whole numbers, else as
 * float32. A NIfTI file written as NIfTI keeps its header and, unless one volume is taken out of it, its scaling.
 *
 * @param options.frame which 3D volume of several, from 0; without it all are written, which .nrrd and .mha refuse
 * @throws DataError naming the file that cannot be read or written; nothing is written then
 * @throws UsageError where the output's name tells no format
 */
export async function convertImage(
  files: FileAccess,
  from: string,
  to: string,
  options: { frame?: number } = {},
): Promise<void> {
  const format = outputFormatOf(to);
  if (format === null) throw new UsageError(`${to}: name the output .nii, .nii.gz, .nrrd or .mha.`);
  const source = await openImage(files, from);
  try {
    if (source.nifti !== null && format === 'NIfTI' && options.frame === undefined) {
      await source.close();
      return await copyNifti(files, from, to);
    }
    const one = options.frame !== undefined || format !== 'NIfTI';
    const frame = one ? checkFrame(source.frames, options.frame, from) : 0;
    const output: Output = {
      shape: source.shape,
      affine: source.affine,
      frames: one ? 1 : source.frames,
      datatype: await outputDatatype(files, from, source, frame, one ? 1 : source.frames),
      littleEndian: (format === 'NIfTI' ? source.nifti?.littleEndian : undefined) ?? true,
    };
    await source.skip(frame);
    await files.write(to, encode(files, to, format, source, output));
  } finally {
    await source.close();
  }
}

async function* encode(
  files: FileAccess,
  to: string,
  format: OutputFormat,
  source: ImageSource,
  output: Output,
): AsyncGenerator<Uint8Array> {
  const compress = (files.gzip ?? webGzip).compress;
  const voxels = voxelPieces(source, output);
  switch (format) {
    case 'NIfTI': {
      const pieces = concatenate(await niftiHeader(source, output), voxels);
      yield* /\.gz$/i.test(to) ? compress(pieces) : pieces;
      return;
    }
    case 'NRRD':
      yield encodeNrrdHeader(output, output.datatype);
      yield* compress(voxels);
      return;
    case 'MetaImage':
      yield encodeMetaImageHeader(output, output.datatype);
      yield* voxels;
  }
}

async function* concatenate(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** The type that holds the values: the stored one, or, where they are scaled, what they need. */
async function outputDatatype(
  files: FileAccess,
  from: string,
  { datatype, slope, intercept, shape }: ImageSource,
  frame: number,
  frames: number,
): Promise<NiftiDatatype> {
  if (slope === 1 && intercept === 0) return datatype;
  // The voxels come once only, and are not kept: a large scan is rather read twice.
  const source = await openImage(files, from);
  try {
    await source.skip(frame);
    let smallest = 0;
    let largest = 0;
    const count = voxelCount(shape) * frames;
    const step = new Float64Array(Math.min(STEP, count));
    for (let start = 0; start < count; start += step.length) {
      const values = step.subarray(0, count - start);
      await source.read(values);
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (!Number.isInteger(value)) return 'float32';
        if (value < smallest) smallest = value;
        if (value > largest) largest = value;
      }
    }
    return smallestInteger(smallest, largest);
  } finally {
    await source.close();
  }
}

function smallestInteger(smallest: number, largest: number): NiftiDatatype {
  if (smallest >= 0 && largest <= 255) return 'uint8';
  if (smallest >= -32768 && largest <= 32767) return 'int16';
  if (smallest >= 0 && largest <= 65535) return 'uint16';
  if (smallest >= -2147483648 && largest <= 2147483647) return 'int32';
  return 'float64';
}

async function* voxelPieces(source: ImageSource, output: Output): AsyncGenerator<Uint8Array> {
  const { bytes: size } = NIFTI_DATATYPES[output.datatype];
  const isStored = source.slope === 1 && source.intercept === 0;
  const count = voxelCount(output.shape) * output.frames;
  const values = new Float64Array(isStored ? 0 : Math.min(STEP, count));
  for (let start = 0; start < count; start += STEP) {
    const voxels = Math.min(STEP, count - start);
    const piece = new Uint8Array(voxels * size);
    if (isStored) {
      await source.readStored(piece);
      if (source.littleEndian !== output.littleEndian) reverseEach(piece, size);
    } else {
      const part = values.subarray(0, voxels);
      await source.read(part);
      encodeValues(part, output.datatype, output.littleEndian, new DataView(piece.buffer));
    }
    yield piece;
  }
  await source.finish();
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; size > 1 && at < bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

/** One loop per datatype that `outputDatatype` chooses, as for reading. */
function encodeValues(values: Float64Array, datatype: NiftiDatatype, littleEndian: boolean, out: DataView): void {
  const count = values.length;
  switch (datatype) {
    case 'uint8':
      for (let i = 0; i < count; i++) out.setUint8(i, values[i]);
      return;
    case 'int16':
      for (let i = 0; i < count; i++) out.setInt16(2 * i, values[i], littleEndian);
      return;
    case 'uint16':
      for (let i = 0; i < count; i++) out.setUint16(2 * i, values[i], littleEndian);
      return;
    case 'int32':
      for (let i = 0; i < count; i++) out.setInt32(4 * i, values[i], littleEndian);
      return;
    case 'float32':
      for (let i = 0; i < count; i++) out.setFloat32(4 * i, values[i], littleEndian);
      return;
    case 'float64':
      for (let i = 0; i < count; i++) out.setFloat64(8 * i, values[i], littleEndian);
      return;
    default:
      throw new RangeError(`encodeValues: scaled values are never written as ${datatype}`);
  }
}

/** The header of a NIfTI file, with the source's own fields where it is one. */
async function niftiHeader(source: ImageSource, output: Output): Promise<Uint8Array> {
  const { shape, affine, frames, datatype } = output;
  // The file of a volume whose voxels come later.
  const empty = { kind: 'scalar', shape, affine, data: new Float32Array(0) } as const;
  const header = await encodeNifti(empty, source.nifti, { gzip: false });
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const { fields } = view.getInt32(0, output.littleEndian) === NIFTI1_LAYOUT.size ? NIFTI1_LAYOUT : NIFTI2_LAYOUT;
  const { code, bytes } = NIFTI_DATATYPES[datatype];
  writeField(view, fields.datatype, output.littleEndian, [code]);
  writeField(view, fields.bitpix, output.littleEndian, [8 * bytes]);
  if (frames > 1) writeField(view, fields.dim, output.littleEndian, [4, ...shape, frames]);
  // DICOM's coordinates are the scanner's, which is what the code 1 means.
  if (source.format === 'DICOM') writeField(view, fields.sform_code, output.littleEndian, [1]);
  return header;
}
