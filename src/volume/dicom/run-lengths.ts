import { DataError } from '../../errors.ts';

/**
 * Decodes a frame of the RLE transfer syntax: a header with the places of up to 15 segments, one for each byte of a pixel,
 * the most significant first, each packed as PackBits. Source: DICOM PS3.5, annex G.
 *
 * @param pixels how many pixels of `bytes` bytes the frame has
 * @returns the pixels, little-endian
 * @throws DataError naming the file where the segments hold something else
 */
export function decodeRunLengths(frame: Uint8Array, pixels: number, bytes: number, path: string): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const segments = frame.length < 64 ? 0 : view.getUint32(0, true);
  const fault = (what: string): DataError =>
    new DataError(`${path}: its RLE data hold ${what}: the file is truncated or damaged; copy or download it again.`);
  if (segments !== bytes) throw fault(`${segments} segments where pixels have ${bytes} bytes`);
  const out = new Uint8Array(pixels * bytes);
  for (let segment = 0; segment < segments; segment++) {
    let at = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    if (at < 64 || end > frame.length) throw fault('segments that reach beyond them');
    // The segment's bytes stand `bytes` apart in the pixels.
    let to = bytes - 1 - segment;
    while (to < out.length) {
      if (at + 1 >= end) throw fault(`only ${Math.floor(to / bytes)} of ${pixels} pixels`);
      const control = frame[at++];
      if (control < 128) {
        const stop = Math.min(at + control + 1, end);
        while (at < stop && to < out.length) {
          out[to] = frame[at++];
          to += bytes;
        }
      } else if (control > 128) {
        const value = frame[at++];
        for (let left = 257 - control; left > 0 && to < out.length; left--) {
          out[to] = value;
          to += bytes;
        }
      }
    }
  }
  return out;
}
