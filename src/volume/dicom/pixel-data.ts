import { DataError } from '../../errors.ts';
import { type FrameDecoder, loadDecoder } from './codecs.ts';
import { type ParsedDicom, TAG } from './data-set.ts';
import type { PixelFormat } from './pixel-format.ts';
import { decodeRunLengths } from './run-lengths.ts';

const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
const RUN_LENGTHS = '1.2.840.10008.1.2.5';

/** Decoders by transfer syntax, so that the files of a series share one. */
export type DecoderCache = Map<string, FrameDecoder>;

/**
 * The pixels of one frame, row by row, little-endian, bits that do not count cleared or, of negative numbers, set.
 *
 * @throws DataError naming the file
 */
export async function readFrame(
  parsed: ParsedDicom,
  format: PixelFormat,
  frame: number,
  decoders: DecoderCache,
): Promise<Uint8Array> {
  const { transferSyntax, dataSet, path } = parsed;
  const length = format.columns * format.rows * format.bytes;
  let pixels: Uint8Array;
  switch (transferSyntax) {
    case IMPLICIT_LITTLE_ENDIAN:
    case EXPLICIT_LITTLE_ENDIAN:
    case EXPLICIT_BIG_ENDIAN: {
      // `pixelFormatOf` has seen that they are all there.
      const start = (dataSet.elements[TAG.pixelData]?.dataOffset ?? 0) + frame * length;
      pixels = new Uint8Array(dataSet.byteArray.subarray(start, start + length));
      if (transferSyntax === EXPLICIT_BIG_ENDIAN) swapBytes(pixels, format.bytes);
      break;
    }
    case RUN_LENGTHS:
      pixels = decodeRunLengths(encapsulatedFrame(parsed, format, frame), length / format.bytes, format.bytes, path);
      break;
    default: {
      const decode = decoders.get(transferSyntax) ?? (await loadDecoder(transferSyntax, path));
      decoders.set(transferSyntax, decode);
      pixels = decode(encapsulatedFrame(parsed, format, frame), { ...format, path });
    }
  }
  if (format.bitsStored < 8 * format.bytes) clearUnusedBits(pixels, format);
  return pixels;
}

/** The compressed bytes of a frame: its fragments, joined. */
function encapsulatedFrame({ dataSet, parser, path }: ParsedDicom, format: PixelFormat, frame: number): Uint8Array {
  const element = dataSet.elements[TAG.pixelData];
  const fragments = element?.fragments ?? [];
  try {
    if (element === undefined || fragments.length === 0) throw new Error('no fragments');
    if (format.frames === 1) {
      return new Uint8Array(parser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, fragments.length));
    }
    if ((element.basicOffsetTable?.length ?? 0) > 0) {
      return new Uint8Array(parser.readEncapsulatedImageFrame(dataSet, element, frame));
    }
    if (fragments.length !== format.frames) throw new Error(`${fragments.length} fragments`);
    return new Uint8Array(parser.readEncapsulatedPixelDataFromFragments(dataSet, element, frame));
  } catch (error) {
    throw new DataError(
      `${path}: its compressed frame ${frame} of ${format.frames} cannot be found: the file is truncated or damaged; copy ` +
        'or download it again.',
      { cause: error },
    );
  }
}

function swapBytes(bytes: Uint8Array, size: 1 | 2 | 4): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function clearUnusedBits(pixels: Uint8Array, { bytes, bitsStored, highBit, datatype }: PixelFormat): void {
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  // Shifting the sign bit to the top and back with >> repeats it, with >>> it clears what was above.
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const signed = datatype.startsWith('int');
  for (let at = 0; at < pixels.length; at += bytes) {
    const raw = bytes === 1 ? pixels[at] : bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    const value = signed ? (raw << up) >> down : (raw << up) >>> down;
    if (bytes === 1) pixels[at] = value;
    else if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
}
