import { decodeVoxels, NIFTI_DATATYPES, type NiftiDatatype, type VoxelArray } from './nifti-datatype.ts';
import type { NiftiHeader } from './nifti-header.ts';
import { type Affine, type Triple, voxelCount } from './volume.ts';

export type ImageFormat = 'NIfTI' | 'NRRD' | 'MetaImage' | 'DICOM';

/**
 * An image of any format whose geometry is known and whose voxels come in order, each once; `NiftiFrames` for all formats. Values are
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
  /** Whether all voxels that the header claims are known to be there. */
  readonly isSizeKnown: boolean;
  /** Decodes the next voxels, scaled as the header says, as many as `out` holds. */
  read(out: VoxelArray): Promise<void>;
  /** The next bytes as they are stored, as many as `out` holds. */
  readStored(out: Uint8Array): Promise<void>;
  /** Passes over some 3D volumes. */
  skip(frames: number): Promise<void>;
  /** Call after the last voxel that is needed: it checks, where it can, that the file is whole. */
  finish(): Promise<void>;
  /** Call in any case: it lets go of the file. */
  close(): Promise<void>;
}

/** What must be known of an image before its voxels. */
export type ImageDescription = Pick<
  ImageSource,
  'format' | 'dimensions' | 'affine' | 'datatype' | 'littleEndian' | 'slope' | 'intercept'
>;

/** Voxels that are decoded at a time. */
const STEP = 1 << 16;

/** An image whose volumes come whole, one after the other. */
export class FrameSource implements ImageSource {
  readonly format: ImageFormat;
  readonly dimensions: readonly number[];
  readonly shape: Triple;
  readonly frames: number;
  readonly affine: Affine;
  readonly datatype: NiftiDatatype;
  readonly littleEndian: boolean;
  readonly slope: number;
  readonly intercept: number;
  readonly nifti = null;
  readonly isSizeKnown = true;
  private readonly readFrame: (frame: number) => Promise<Uint8Array>;
  private readonly frameBytes: number;
  private current: { readonly frame: number; readonly bytes: Uint8Array } | null = null;
  /** Bytes of voxels that were read or passed over. */
  private position = 0;

  /** @param readFrame gives the stored bytes of a volume; each is asked for at most once, in order */
  constructor(description: ImageDescription, readFrame: (frame: number) => Promise<Uint8Array>) {
    const { format, dimensions, affine, datatype, littleEndian, slope, intercept } = description;
    this.format = format;
    this.dimensions = dimensions;
    this.shape = [dimensions[0], dimensions[1], dimensions[2]];
    this.frames = dimensions.slice(3).reduce((product, extent) => product * extent, 1);
    this.affine = affine;
    this.datatype = datatype;
    this.littleEndian = littleEndian;
    this.slope = slope;
    this.intercept = intercept;
    this.readFrame = readFrame;
    this.frameBytes = voxelCount(this.shape) * NIFTI_DATATYPES[datatype].bytes;
  }

  async read(out: VoxelArray): Promise<void> {
    const { datatype, littleEndian, slope, intercept } = this;
    const { bytes: size } = NIFTI_DATATYPES[datatype];
    const step = new Uint8Array(Math.min(STEP, out.length) * size);
    for (let start = 0; start < out.length; start += STEP) {
      const part = out.subarray(start, start + STEP);
      const bytes = step.subarray(0, part.length * size);
      await this.readStored(bytes);
      decodeVoxels(bytes, datatype, littleEndian, slope, intercept, part);
    }
  }

  async readStored(out: Uint8Array): Promise<void> {
    for (let done = 0; done < out.length; ) {
      const frame = Math.floor(this.position / this.frameBytes);
      if (this.current?.frame !== frame) this.current = { frame, bytes: await this.readFrame(frame) };
      const start = this.position - frame * this.frameBytes;
      const part = this.current.bytes.subarray(start, start + out.length - done);
      out.set(part, done);
      done += part.length;
      this.position += part.length;
    }
  }

  async skip(frames: number): Promise<void> {
    this.position += frames * this.frameBytes;
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {
    this.current = null;
  }
}

/** A source over voxels that are in memory whole. */
export function sourceOf(description: ImageDescription, bytes: Uint8Array): ImageSource {
  const frames = description.dimensions.slice(3).reduce((product, extent) => product * extent, 1);
  const length = bytes.length / frames;
  return new FrameSource(description, async (frame) => bytes.subarray(frame * length, (frame + 1) * length));
}
