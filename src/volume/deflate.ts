import { DataError } from '../errors.ts';

/** gzip has a header with a checksum behind it, deflate the shorter one of zlib (RFC 1952 and 1950). */
export type Compression = 'gzip' | 'deflate';

/** Compressed bytes handed over at a time: a browser inflates the whole of it before it waits. */
const INPUT_STEP = 65536;

/** Deflate cannot shrink data below 1/1032 of its size (258 bytes in two bits: zlib's technical notes). */
const LARGEST_INFLATION = 1032;

/** Inflates a part of a file, as far as it is asked to. */
class Inflation {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly path: string;
  private rest: Uint8Array = new Uint8Array(0);

  /** @param path the file that faults are named after */
  constructor(compressed: Uint8Array, compression: Compression, path: string) {
    this.path = path;
    let position = 0;
    const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (position >= compressed.length) controller.close();
        else controller.enqueue(compressed.subarray(position, position + INPUT_STEP) as Uint8Array<ArrayBuffer>);
        position += INPUT_STEP;
      },
    });
    this.reader = input.pipeThrough(new DecompressionStream(compression)).getReader();
  }

  /**
   * Fills `target` with the next bytes and says how many there were: fewer than it holds where the data end.
   *
   * @throws DataError where the data are damaged
   */
  async read(target: Uint8Array): Promise<number> {
    let length = 0;
    while (length < target.length && (await this.fill())) {
      const part = this.rest.subarray(0, target.length - length);
      target.set(part, length);
      length += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return length;
  }

  /** Frees the decompressor; what was not read is not looked at. */
  async close(): Promise<void> {
    await this.reader.cancel();
  }

  private async fill(): Promise<boolean> {
    while (this.rest.length === 0) {
      let next: ReadableStreamReadResult<Uint8Array>;
      try {
        next = await this.reader.read();
      } catch (error) {
        throw new DataError(`${this.path}: its compressed data are truncated or damaged; copy or download it again.`, {
          cause: error,
        });
      }
      if (next.done) return false;
      this.rest = next.value;
    }
    return true;
  }
}

/**
 * Inflates exactly `count` bytes.
 *
 * @throws DataError where the data are damaged, hold fewer, or could not hold as many
 */
export async function inflateExactly(
  compressed: Uint8Array,
  compression: Compression,
  count: number,
  path: string,
): Promise<Uint8Array> {
  if (count > compressed.length * LARGEST_INFLATION) throw tooFew(path, count, null);
  const inflation = new Inflation(compressed, compression, path);
  const bytes = new Uint8Array(count);
  const length = await inflation.read(bytes);
  if (length < count) throw tooFew(path, count, length);
  // One byte further, so that the checksum behind the data is compared.
  await inflation.read(new Uint8Array(1));
  await inflation.close();
  return bytes;
}

function tooFew(path: string, count: number, found: number | null): DataError {
  const holds = found === null ? 'cannot hold that many' : `holds only ${found}`;
  return new DataError(
    `${path}: its header claims ${count} bytes of voxels, but the file ${holds}: it is truncated or damaged; ` +
      'copy or download it again.',
  );
}
