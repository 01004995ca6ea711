import type { DataSet } from 'dicom-parser';
import { DataError } from '../../errors.ts';
import { type ByteSource, openByteSource } from '../byte-source.ts';
import type { FileAccess } from '../file-access.ts';

/** The attributes that rarevox looks at, as the parser spells their tags. */
export const TAG = {
  transferSyntax: 'x00020010',
  imageType: 'x00080008',
  sopClass: 'x00080016',
  modality: 'x00080060',
  seriesDescription: 'x0008103e',
  sliceThickness: 'x00180050',
  spacingBetweenSlices: 'x00180088',
  seriesUid: 'x0020000e',
  acquisitionNumber: 'x00200012',
  instanceNumber: 'x00200013',
  position: 'x00200032',
  orientation: 'x00200037',
  temporalPosition: 'x00209128',
  planePositionSequence: 'x00209113',
  planeOrientationSequence: 'x00209116',
  frameContentSequence: 'x00209111',
  samplesPerPixel: 'x00280002',
  photometricInterpretation: 'x00280004',
  numberOfFrames: 'x00280008',
  rows: 'x00280010',
  columns: 'x00280011',
  pixelSpacing: 'x00280030',
  bitsAllocated: 'x00280100',
  bitsStored: 'x00280101',
  highBit: 'x00280102',
  pixelRepresentation: 'x00280103',
  rescaleIntercept: 'x00281052',
  rescaleSlope: 'x00281053',
  pixelMeasuresSequence: 'x00289110',
  pixelValueTransformationSequence: 'x00289145',
  siemensImageHeader: 'x00291010',
  sharedFunctionalGroups: 'x52009229',
  perFrameFunctionalGroups: 'x52009230',
  pixelData: 'x7fe00010',
} as const;

/** A parsed DICOM file with the module that parsed it, which is needed again to take pixel data apart. */
export interface ParsedDicom {
  readonly dataSet: DataSet;
  readonly parser: typeof import('dicom-parser');
  readonly transferSyntax: string;
  readonly path: string;
}

/** A DICOM file begins with 128 bytes of anything, then DICM. */
const MAGIC_END = 132;

export function isDicom(file: Uint8Array): boolean {
  return file.length >= MAGIC_END && [0x44, 0x49, 0x43, 0x4d].every((byte, i) => file[128 + i] === byte);
}

/**
 * Parses a DICOM file. The parser is loaded only now, so that who reads no DICOM does without it.
 *
 * @param file begins as DICOM does
 * @throws DataError naming the file where it is damaged, or deflated as a whole
 */
export async function parseDicom(file: Uint8Array, path: string): Promise<ParsedDicom> {
  const parser = await loadParser();
  // The parser would inflate without a limit.
  const inflater = (): never => {
    throw new DataError(
      `${path}: the file is deflated as a whole (transfer syntax 1.2.840.10008.1.2.1.99), which rarevox does not read; ` +
        'convert it, for example with `dcmconv --write-xfer-little`.',
    );
  };
  return refusingDamage(path, () => {
    const dataSet = parser.parseDicom(file, { inflater });
    return { dataSet, parser, transferSyntax: dataSet.string(TAG.transferSyntax) ?? '', path };
  });
}

/**
 * What `read` gives. The parser, and reading from what it parsed, throws strings, objects with an exception in them, and the
 * errors of reading beyond an array where a file is damaged.
 *
 * @throws DataError naming the file
 */
export function refusingDamage<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError || error instanceof TypeError) throw error;
    throw new DataError(`${path}: this DICOM file is truncated or damaged; copy or download it again.`, {
      cause: error,
    });
  }
}

/** The package is CommonJS: where no bundler is at work, its functions stand in the default export. */
async function loadParser(): Promise<typeof import('dicom-parser')> {
  const module = await import('dicom-parser');
  return 'default' in module ? (module.default as typeof module) : module;
}

/** Steps in which a compressed file is inflated until its header is whole: real headers have some kB to a few MB. */
const HEADER_STEPS = [1 << 18, 1 << 23, 1 << 26];

/** What may stand behind the pixel data: padding, signatures. */
const LARGEST_TRAILER = 1 << 20;

/** How much more compressed pixel data may be than what gzip made of them. */
const LARGEST_SHRINKING = 4;

/**
 * The bytes of a DICOM file, or null where it is none; of a .dcm.gz file, no more is inflated than the DICOM header in it
 * calls for.
 *
 * @throws DataError naming the file where it inflates to more
 */
export async function readDicomBytes(files: FileAccess, path: string): Promise<Uint8Array | null> {
  const source = await openByteSource(files, path);
  try {
    let bytes = await source.take(MAGIC_END);
    if (!isDicom(bytes)) return null;
    if (source.isExact) return await files.readBytes(path);
    const parser = await loadParser();
    for (const step of HEADER_STEPS) {
      bytes = await extend(bytes, source, step);
      const pixels = findPixelData(parser, bytes);
      if (bytes.length < step) return bytes;
      if (pixels === null) continue;
      // A length of 2^32 - 1 stands for compressed pixel data.
      const { size } = await files.openStream(path);
      const end = pixels.offset + (pixels.length === 0xffffffff ? LARGEST_SHRINKING * size : pixels.length);
      if (end > source.limit) break;
      bytes = await extend(bytes, source, end + LARGEST_TRAILER);
      if (bytes.length < end + LARGEST_TRAILER) return bytes;
      break;
    }
  } finally {
    await source.close();
  }
  throw new DataError(`${path}: it inflates to much more than its DICOM header calls for; unpack and check it.`);
}

/** The bytes with what follows them, up to a length. */
async function extend(bytes: Uint8Array, source: ByteSource, length: number): Promise<Uint8Array> {
  const more = await source.take(length - bytes.length);
  const longer = new Uint8Array(bytes.length + more.length);
  longer.set(bytes);
  longer.set(more, bytes.length);
  return longer;
}

function findPixelData(
  parser: typeof import('dicom-parser'),
  bytes: Uint8Array,
): { offset: number; length: number } | null {
  try {
    const element = parser.parseDicom(bytes, { untilTag: TAG.pixelData }).elements[TAG.pixelData];
    return element === undefined ? null : { offset: element.dataOffset, length: element.length };
  } catch {
    return null;
  }
}

/** The numbers of a decimal string attribute, or undefined where there are not as many. */
export function decimals(dataSet: DataSet | undefined, tag: string, count: number): number[] | undefined {
  const text = dataSet?.string(tag);
  if (text === undefined) return undefined;
  const numbers = text.split('\\').map(Number);
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** The first item of a sequence. */
export function itemOf(dataSet: DataSet | undefined, tag: string): DataSet | undefined {
  return dataSet?.elements[tag]?.items?.[0]?.dataSet;
}
