import { DataError } from '../errors.ts';
import { type ByteSource, openByteSource } from './byte-source.ts';
import type { FileAccess } from './file-access.ts';
import { decodeVoxels, NIFTI_DATATYPES, type VoxelArray } from './nifti-datatype.ts';
import {
  frameBytesOf,
  LARGEST_HEADER,
  layoutOf,
  type NiftiHeader,
  noNifti,
  parseNiftiHeader,
  SMALLEST_HEADER,
  voxelBytesOf,
} from './nifti-header.ts';
import { headerFileOf, voxelFileOf } from './nifti-pair.ts';

/** A NIfTI file whose header was read and whose voxels come in the file's order, each once. */
export interface NiftiFrames {
  readonly header: NiftiHeader;
  /** Whether the file is known to hold all voxels that its header claims: it is not compressed. */
  readonly isSizeKnown: boolean;
  /** Decodes the next voxels, scaled as the header says, as many as `out` holds. */
  read(out: VoxelArray): Promise<void>;
  /** The next bytes as they are stored, as many as `out` holds. */
  readStored(out: Uint8Array): Promise<void>;
  /** Passes over some 3D volumes. */
  skip(frames: number): Promise<void>;
  /** Call after the last voxel that is needed: it checks that the file is whole. */
  finish(): Promise<void>;
  /** Call in any case: it lets go of the file. */
  close(): Promise<void>;
}

/** Bytes of voxels that are decoded at a time; a multiple of every voxel's size. */
const STEP = 1 << 18;

/**
 * Bytes that compressed data may go on behind the voxels, or as much as the voxels take if that is more. Some writers pad; a
 * file that inflates to far more than its header says is no scan.
 */
const LARGEST_PADDING = 1 << 20;

/**
 * Opens a .nii or .nii.gz file, or a .hdr/.img pair by either half (NIfTI-1 or NIfTI-2, either byte order). A header that
 * claims more voxels than the file can hold is refused before anything is allocated for them.
 *
 * @throws DataError naming the file: missing, no NIfTI, damaged or truncated, or of a kind that holds no scalar image
 */
export async function openNifti(files: FileAccess, path: string): Promise<NiftiFrames> {
  const headerPath = await headerFileOf(files, path);
  let source = await openByteSource(files, headerPath);
  try {
    const header = await readHeader(source, headerPath);
    if (!header.isPair) return new OpenNifti(header, source, headerPath, header.voxelOffset);
    await source.close();
    const voxelPath = await voxelFileOf(files, headerPath);
    source = await openByteSource(files, voxelPath);
    const frames = new OpenNifti(header, source, voxelPath, header.voxelOffset);
    await source.skip(header.voxelOffset);
    return frames;
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readHeader(source: ByteSource, path: string): Promise<NiftiHeader> {
  const start = await source.take(SMALLEST_HEADER);
  if (start.length === 0) throw new DataError(`${path}: the file is empty; copy or download it again.`);
  const found = layoutOf(start);
  if (found === null) throw noNifti(path);
  const fixed = concatenate(start, await source.take(found.layout.size - start.length));
  const header = parseNiftiHeader(fixed, path);
  // A .hdr file has nothing else, so it is taken to its end.
  const rest = header.isPair ? Math.min(source.limit, LARGEST_HEADER) : header.voxelOffset - fixed.length;
  const bytes = concatenate(fixed, await source.take(rest));
  if (!header.isPair && bytes.length < header.voxelOffset) throw truncated(path, header, 0);
  return { ...header, bytes };
}

class OpenNifti implements NiftiFrames {
  readonly header: NiftiHeader;
  readonly isSizeKnown: boolean;
  private readonly source: ByteSource;
  private readonly path: string;
  private readonly step: Uint8Array;
  /** Bytes of voxels that were read. */
  private position = 0;

  constructor(header: NiftiHeader, source: ByteSource, path: string, voxelOffset: number) {
    this.header = header;
    this.source = source;
    this.path = path;
    this.isSizeKnown = source.isExact;
    if (voxelOffset + voxelBytesOf(header) > source.limit) throw truncated(path, header, 0);
    this.step = new Uint8Array(Math.min(STEP, voxelBytesOf(header)));
  }

  async read(out: VoxelArray): Promise<void> {
    const { datatype, littleEndian, slope, intercept } = this.header;
    const { bytes: size } = NIFTI_DATATYPES[datatype];
    const voxels = this.step.length / size;
    for (let start = 0; start < out.length; start += voxels) {
      const part = out.subarray(start, start + voxels);
      const bytes = this.step.subarray(0, part.length * size);
      await this.readStored(bytes);
      decodeVoxels(bytes, datatype, littleEndian, slope, intercept, part);
    }
  }

  async readStored(out: Uint8Array): Promise<void> {
    const length = await this.source.fill(out);
    this.position += length;
    if (length < out.length) throw truncated(this.path, this.header, this.position);
  }

  async skip(frames: number): Promise<void> {
    await this.skipBytes(frames * frameBytesOf(this.header));
  }

  async finish(): Promise<void> {
    const size = voxelBytesOf(this.header);
    await this.skipBytes(size - this.position);
    if (this.isSizeKnown) return;
    // On to the end, so that the checksum is compared.
    const padding = Math.max(LARGEST_PADDING, size);
    if ((await this.source.skip(padding + 1)) <= padding) return;
    throw new DataError(
      `${this.path}: it inflates to more than twice the ${size} bytes of voxels that its header claims (fields dim and ` +
        'bitpix): the header is damaged, or the file is no scan; copy or convert it again.',
    );
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  private async skipBytes(count: number): Promise<void> {
    const skipped = await this.source.skip(count);
    this.position += skipped;
    if (skipped < count) throw truncated(this.path, this.header, this.position);
  }
}

function truncated(path: string, header: NiftiHeader, voxelBytes: number): DataError {
  const claim = `${header.dimensions.join('x')} voxels of ${header.datatype} (${voxelBytesOf(header)} bytes, field dim)`;
  const found = voxelBytes > 0 ? `holds only ${voxelBytes} bytes of them` : 'cannot hold that many';
  return new DataError(
    `${path}: its header claims ${claim}, but the file ${found}: it is truncated or damaged; copy or download it again.`,
  );
}

function concatenate(start: Uint8Array, more: Uint8Array): Uint8Array {
  if (more.length === 0) return start;
  const bytes = new Uint8Array(start.length + more.length);
  bytes.set(start);
  bytes.set(more, start.length);
  return bytes;
}
