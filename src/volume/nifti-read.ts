import { DataError } from '../errors.ts';
import { type ByteSource, openByteSource } from './byte-source.ts';
import type { FileAccess } from './file-access.ts';
import { decodeVoxels, type VoxelArray } from './nifti-datatype.ts';
import { frameBytesOf, LARGEST_FIXED_HEADER, type NiftiHeader, readNiftiHeader, voxelBytesOf } from './nifti-header.ts';
import { type LabelVolume, type ScalarVolume, voxelCount } from './volume.ts';

/** A NIfTI file whose header was read and whose voxels come frame by frame, each once and in order. */
export interface NiftiFrames {
  readonly header: NiftiHeader;
  /** The stored bytes of the next frame, for `decodeFrame`. */
  next(): Promise<Uint8Array>;
  /** Passes over some frames. */
  skip(count: number): Promise<void>;
  /** Call after the last frame that is needed: it checks that the file is whole. */
  finish(): Promise<void>;
}

/**
 * Opens a .nii or .nii.gz file (NIfTI-1 or NIfTI-2, either byte order). A header that claims more voxels than the file can
 * hold is refused before anything is allocated for them.
 *
 * @throws DataError naming the file: missing, no NIfTI, damaged or truncated, or of a kind that holds no scalar image
 */
export async function openNifti(files: FileAccess, path: string): Promise<NiftiFrames> {
  const file = await files.readBytes(path);
  if (file.length === 0) throw new DataError(`${path}: the file is empty; copy or download it again.`);
  const source = openByteSource(file, path);
  const start = await source.take(LARGEST_FIXED_HEADER);
  const header = await readNiftiHeader(start, (length) => leadingBytes(source, start, length), path);
  const claimed = header.voxelOffset + voxelBytesOf(header);
  if (header.bytes.length < header.voxelOffset || claimed > source.limit) throw truncated(path, header, 0);

  // Small files: the voxels may have begun within the bytes that were taken for the header.
  let pending = start.subarray(Math.min(start.length, header.voxelOffset));
  let position = 0;
  const takeVoxels = async (count: number): Promise<Uint8Array> => {
    const early = pending.subarray(0, count);
    pending = pending.subarray(early.length);
    if (early.length === 0) return source.take(count);
    const late = await source.take(count - early.length);
    const joined = new Uint8Array(early.length + late.length);
    joined.set(early);
    joined.set(late, early.length);
    return joined;
  };
  const skipVoxels = async (count: number): Promise<void> => {
    const early = Math.min(count, pending.length);
    pending = pending.subarray(early);
    const skipped = early + (await source.skip(count - early));
    if (skipped < count) throw truncated(path, header, position + skipped);
    position += count;
  };
  return {
    header,
    next: async () => {
      const length = frameBytesOf(header);
      const bytes = await takeVoxels(length);
      if (bytes.length < length) throw truncated(path, header, position + bytes.length);
      position += length;
      return bytes;
    },
    skip: (count) => skipVoxels(count * frameBytesOf(header)),
    finish: async () => {
      await skipVoxels(voxelBytesOf(header) - position);
      await source.finish();
    },
  };
}

/** Decodes a frame's stored bytes into `out` (one value a voxel, i fastest), scaled as the header says. */
export function decodeFrame(header: NiftiHeader, bytes: Uint8Array, out: VoxelArray): void {
  decodeVoxels(bytes, header.datatype, header.littleEndian, header.slope, header.intercept, out);
}

/**
 * Reads a 3D image, values scaled as the header says. Values that are not finite are kept: what they mean is for the caller
 * to say.
 *
 * @param options.frame which 3D volume of a 4D file, from 0; a file with several needs it
 * @throws DataError naming the file
 */
export async function readImage(
  files: FileAccess,
  path: string,
  options: { frame?: number } = {},
): Promise<{ volume: ScalarVolume; header: NiftiHeader }> {
  const frames = await openNifti(files, path);
  const { header } = frames;
  const bytes = await takeFrame(frames, options.frame, path);
  const data = new Float32Array(voxelCount(header.shape));
  decodeFrame(header, bytes, data);
  return { volume: { kind: 'scalar', shape: header.shape, affine: header.affine, data }, header };
}

/**
 * Reads a 3D label map, as unsigned bytes where the values fit and else as the smallest of uint16, int16 and int32 that
 * holds them. Label maps that were stored with a scaling come back from it with float noise: a value within 1e-4 of an
 * integer is that integer.
 *
 * @throws DataError naming the file, also where a value is no integer
 */
export async function readLabels(
  files: FileAccess,
  path: string,
): Promise<{ volume: LabelVolume; header: NiftiHeader }> {
  const frames = await openNifti(files, path);
  const { header } = frames;
  const bytes = await takeFrame(frames, undefined, path);
  const values = new Float64Array(voxelCount(header.shape));
  decodeFrame(header, bytes, values);
  return {
    volume: { kind: 'label', shape: header.shape, affine: header.affine, data: toIntegers(values, path) },
    header,
  };
}

async function takeFrame(frames: NiftiFrames, frame: number | undefined, path: string): Promise<Uint8Array> {
  const count = frames.header.frames;
  if (frame === undefined && count > 1) {
    throw new DataError(
      `${path}: it holds ${count} volumes where one is needed; extract the wanted one to its own file.`,
    );
  }
  const index = frame ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new DataError(`${path}: it has no volume ${index}; it holds ${count}, counted from 0.`);
  }
  await frames.skip(index);
  const bytes = await frames.next();
  await frames.finish();
  return bytes;
}

/** The file's first `length` bytes, of which `start` was taken already. */
async function leadingBytes(source: ByteSource, start: Uint8Array, length: number): Promise<Uint8Array> {
  if (length <= start.length) return start.slice(0, length);
  if (length > source.limit) return start.slice();
  const more = await source.take(length - start.length);
  const bytes = new Uint8Array(start.length + more.length);
  bytes.set(start);
  bytes.set(more, start.length);
  return bytes;
}

function truncated(path: string, header: NiftiHeader, voxelBytes: number): DataError {
  const claim = `${header.dimensions.join('x')} voxels of ${header.datatype} (${voxelBytesOf(header)} bytes)`;
  const found = voxelBytes > 0 ? `holds only ${voxelBytes} bytes of them` : 'cannot hold that many';
  return new DataError(
    `${path}: its header claims ${claim}, but the file ${found}: it is truncated or damaged; copy or download it again.`,
  );
}

function toIntegers(values: Float64Array, path: string): LabelVolume['data'] {
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const rounded = Math.round(values[i]);
    if (!(Math.abs(values[i] - rounded) <= 1e-4)) {
      throw new DataError(
        `${path}: a label map holds integers, but voxel ${i} holds ${values[i]}; use a mask, not an image or a probability map.`,
      );
    }
    values[i] = rounded;
    if (rounded < smallest) smallest = rounded;
    if (rounded > largest) largest = rounded;
  }
  if (smallest >= 0 && largest <= 255) return new Uint8Array(values);
  if (smallest >= 0 && largest <= 65535) return new Uint16Array(values);
  if (smallest >= -32768 && largest <= 32767) return new Int16Array(values);
  if (smallest >= -2147483648 && largest <= 2147483647) return new Int32Array(values);
  throw new DataError(
    `${path}: its labels reach from ${smallest} to ${largest}, which is more than 32 bits; renumber them.`,
  );
}
