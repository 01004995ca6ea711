import { setCodecLocation } from '../volume/dicom/codecs.ts';

/** The codecs' WebAssembly, in the words that bundlers know for a file to take along. */
const FILES: Readonly<Record<string, URL>> = {
  'charlswasm_decode.wasm': new URL('@cornerstonejs/codec-charls/decodewasm', import.meta.url),
  'openjpegwasm_decode.wasm': new URL('@cornerstonejs/codec-openjpeg/decodewasm', import.meta.url),
};

/** Lets codecs of compressed DICOM files find their WebAssembly where the bundler put it. */
export function locateCodecs(): void {
  setCodecLocation((file) => {
    const address = FILES[file];
    if (address === undefined) throw new Error(`the codec asks for an unknown file, ${file}`);
    return address.href;
  });
}
