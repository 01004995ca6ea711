/* The parts that rarevox uses of packages that come without types. */

interface EmscriptenDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  delete(): void;
}

interface EmscriptenOptions {
  print(text: string): void;
  printErr(text: string): void;
  /** The address of a file of the codec. */
  locateFile?(file: string): string;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const load: (options: EmscriptenOptions) => Promise<{ JpegLSDecoder: new () => EmscriptenDecoder }>;
  export default load;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const load: (options: EmscriptenOptions) => Promise<{ J2KDecoder: new () => EmscriptenDecoder }>;
  export default load;
}

declare module 'jpeg-lossless-decoder-js' {
  class Decoder {
    numComp: number;
    decompress(buffer: ArrayBuffer, offset: number, length: number): ArrayBuffer;
  }
  const package_: { lossless: { Decoder: typeof Decoder } };
  export default package_;
}
