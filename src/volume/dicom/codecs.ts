/// <reference path="./codec-modules.d.ts" />
import { DataError } from '../../errors.ts';

/** Decodes one compressed frame to its pixels: 8 or 16 bits each, little-endian, row by row. */
export type FrameDecoder = (frame: Uint8Array, expected: FrameExpectation) => Uint8Array;

/** What a codec must produce. */
export interface FrameExpectation {
  readonly columns: number;
  readonly rows: number;
  readonly bytes: number;
  readonly path: string;
}

type Codec = 'JPEG-LS' | 'JPEG 2000' | 'JPEG lossless';

/** Compressed transfer syntaxes by their codec; source: DICOM PS3.6, table A-1. */
const CODECS: Readonly<Record<string, Codec>> = {
  '1.2.840.10008.1.2.4.57': 'JPEG lossless',
  '1.2.840.10008.1.2.4.70': 'JPEG lossless',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
};

const NAMES: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.50': 'JPEG baseline',
  '1.2.840.10008.1.2.4.51': 'JPEG extended',
  '1.2.840.10008.1.2.4.100': 'MPEG-2',
  '1.2.840.10008.1.2.4.201': 'HTJ2K',
  '1.2.840.10008.1.2.4.202': 'HTJ2K',
  '1.2.840.10008.1.2.4.203': 'HTJ2K',
};

/**
 * The decoder of a compressed transfer syntax. Codecs are WebAssembly (CharLS, OpenJPEG) that comes with their packages,
 * and JavaScript (JPEG lossless); each is loaded when it is first needed, and nothing from a network.
 *
 * @param path the file that needs it
 * @throws DataError naming the file where rarevox has no codec for it
 */
export async function loadDecoder(transferSyntax: string, path: string): Promise<FrameDecoder> {
  const codec = CODECS[transferSyntax];
  switch (codec) {
    case 'JPEG-LS': {
      charls ??= import('@cornerstonejs/codec-charls/decodewasmjs').then(({ default: load }) => load(moduleOptions()));
      const { JpegLSDecoder } = await charls;
      return (frame, expected) => decode(new JpegLSDecoder(), frame, codec, expected);
    }
    case 'JPEG 2000': {
      openJpeg ??= import('@cornerstonejs/codec-openjpeg/decodewasmjs').then(({ default: load }) =>
        load(moduleOptions()),
      );
      const { J2KDecoder } = await openJpeg;
      return (frame, expected) => decode(new J2KDecoder(), frame, codec, expected);
    }
    case 'JPEG lossless': {
      const { default: jpeg } = await import('jpeg-lossless-decoder-js');
      const { Decoder } = jpeg.lossless;
      return (frame, expected) => {
        checkJpegHeader(frame, expected);
        try {
          const copy = frame.slice();
          return checked(new Uint8Array(new Decoder().decompress(copy.buffer, 0, copy.length)), codec, expected);
        } catch (error) {
          throw error instanceof DataError ? error : damaged(codec, expected, error);
        }
      };
    }
    case undefined: {
      const name = NAMES[transferSyntax];
      throw new DataError(
        `${path}: its pixels are compressed as ${name === undefined ? '' : `${name}, `}transfer syntax ` +
          `${transferSyntax}, which rarevox does not read; decompress it, for example with \`gdcmconv --raw\` or dcm2niix.`,
      );
    }
  }
}

/** Where the WebAssembly files of the codecs are; null where the codecs find them by themselves, beside their scripts. */
let locateCodec: ((file: string) => string) | null = null;

/** Tells where the WebAssembly files of the codecs are, by their names: in a page whose scripts were bundled. */
export function setCodecLocation(locate: (file: string) => string): void {
  locateCodec = locate;
}

/** OpenJPEG would report its progress on the console. */
function moduleOptions(): EmscriptenOptions {
  return {
    print: () => undefined,
    printErr: () => undefined,
    ...(locateCodec !== null && { locateFile: locateCodec }),
  };
}

/** Each can be started once only in a process: the classes that it makes known have global names. */
let charls: Promise<{ JpegLSDecoder: new () => EmscriptenDecoder }> | undefined;
let openJpeg: Promise<{ J2KDecoder: new () => EmscriptenDecoder }> | undefined;

/** A decoder serves one frame alone: after a fault the next frame would come out as the one before. */
function decode(decoder: EmscriptenDecoder, frame: Uint8Array, codec: Codec, expected: FrameExpectation): Uint8Array {
  try {
    decoder.getEncodedBuffer(frame.length).set(frame);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (width !== expected.columns || height !== expected.rows || componentCount !== 1) {
      throw damaged(codec, expected, `${width}x${height} pixels of ${componentCount} components`);
    }
    // The buffer belongs to the decoder.
    return checked(decoder.getDecodedBuffer().slice(), codec, expected);
  } catch (error) {
    // Codecs throw numbers: addresses of exceptions in their own memory.
    throw error instanceof DataError ? error : damaged(codec, expected, error);
  } finally {
    decoder.delete();
  }
}

function checked(pixels: Uint8Array, codec: Codec, expected: FrameExpectation): Uint8Array {
  const { columns, rows, bytes } = expected;
  if (pixels.length !== columns * rows * bytes) throw damaged(codec, expected, `${pixels.length} bytes`);
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length);
}

/** Refuses a frame whose own header (SOF3) claims another size, before the decoder allocates for it. */
function checkJpegHeader(frame: Uint8Array, expected: FrameExpectation): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  for (let at = 2; at + 9 < frame.length; at += 2 + view.getUint16(at + 2)) {
    if (frame[at] !== 0xff) break;
    if (frame[at + 1] !== 0xc3) continue;
    const [rows, columns] = [view.getUint16(at + 5), view.getUint16(at + 7)];
    if (rows === expected.rows && columns === expected.columns && frame[at + 9] === 1) return;
    throw damaged('JPEG lossless', expected, `${columns}x${rows} pixels of ${frame[at + 9]} components`);
  }
  throw damaged('JPEG lossless', expected, 'no frame header');
}

function damaged(codec: Codec, { columns, rows, path }: FrameExpectation, cause: unknown): DataError {
  return new DataError(
    `${path}: its ${codec} data do not hold the ${columns}x${rows} pixels that its header claims: the file is truncated or ` +
      'damaged; copy or download it again.',
    { cause },
  );
}
