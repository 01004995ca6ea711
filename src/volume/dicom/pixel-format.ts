import { DataError } from '../../errors.ts';
import type { NiftiDatatype } from '../nifti-datatype.ts';
import { type ParsedDicom, TAG } from './data-set.ts';

/** How the pixels of a DICOM file are stored. */
export interface PixelFormat {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly datatype: Extract<NiftiDatatype, 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32'>;
  /** Bytes of a pixel. */
  readonly bytes: 1 | 2 | 4;
  /** Bits of a pixel that count, and the place of the highest; older files hold other things in the rest. */
  readonly bitsStored: number;
  readonly highBit: number;
}

/** Pixel data beyond this many bytes are only believed where the file is large enough for them. */
const BELIEVED = 1 << 26;

/** More than a lossless codec makes of anything but emptiness. */
const LARGEST_COMPRESSION = 1000;

/** @throws DataError naming the file where the pixels are no numbers, or more than the file can hold */
export function pixelFormatOf({ dataSet, transferSyntax, path }: ParsedDicom): PixelFormat {
  const rows = dataSet.uint16(TAG.rows) ?? 0;
  const columns = dataSet.uint16(TAG.columns) ?? 0;
  const frames = dataSet.intString(TAG.numberOfFrames) ?? 1;
  const bitsAllocated = dataSet.uint16(TAG.bitsAllocated) ?? 0;
  const signed = dataSet.uint16(TAG.pixelRepresentation) === 1;
  const photometric = dataSet.string(TAG.photometricInterpretation) ?? '';
  const pixels = dataSet.elements[TAG.pixelData];
  if (pixels === undefined || rows === 0 || columns === 0) {
    const modality = dataSet.string(TAG.modality) ?? 'unknown';
    throw new DataError(`${path}: this DICOM file holds no image (modality ${modality}); leave it out.`);
  }
  if ((dataSet.uint16(TAG.samplesPerPixel) ?? 1) !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    throw new DataError(
      `${path}: its pixels are colors (${photometric}), as those of screenshots; take the original series.`,
    );
  }
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw new DataError(
      `${path}: its pixels have ${bitsAllocated} bits${bitsAllocated === 1 ? ', as DICOM segmentations have' : ''}; ` +
        'rarevox reads 8, 16 and 32: convert it, for example to .nrrd with 3D Slicer.',
    );
  }
  const bytes = (bitsAllocated / 8) as 1 | 2 | 4;
  if (!Number.isInteger(frames) || frames < 1) {
    throw new DataError(`${path}: it claims to have ${frames} frames; copy or download it again.`);
  }
  const length = rows * columns * frames * bytes;
  const held = pixels.encapsulatedPixelData === true ? dataSet.byteArray.length * LARGEST_COMPRESSION : pixels.length;
  if (length > held && (pixels.encapsulatedPixelData !== true || length > BELIEVED)) {
    throw new DataError(
      `${path}: its header claims ${columns}x${rows}x${frames} pixels of ${bitsAllocated} bits (${length} bytes), but the ` +
        `file cannot hold that many (transfer syntax ${transferSyntax}): it is truncated or damaged; copy it again.`,
    );
  }
  const bitsStored = dataSet.uint16(TAG.bitsStored) ?? bitsAllocated;
  const highBit = dataSet.uint16(TAG.highBit) ?? bitsStored - 1;
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit - bitsStored + 1 < 0) {
    throw new DataError(
      `${path}: of ${bitsAllocated} bits it uses ${bitsStored} up to bit ${highBit}, which cannot be; copy it again.`,
    );
  }
  const datatype = `${signed ? 'int' : 'uint'}${bitsAllocated}` as PixelFormat['datatype'];
  return { columns, rows, frames, datatype, bytes, bitsStored, highBit };
}
