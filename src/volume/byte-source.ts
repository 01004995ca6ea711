import { DataError } from '../errors.ts';

/**
 * The uncompressed bytes of a file, in order. Reading stays within what is asked for, so that a small file that claims to be
 * huge, or inflates to something huge, never takes more memory than its true content.
 */
export interface ByteSource {
  /** The most bytes that the file can hold once uncompressed. */
  readonly limit: number;
  /** The next `count` bytes, or fewer where the file ends. The array may share memory with the file's. */
  take(count: number): Promise<Uint8Array>;
  /** Skips up to `count` bytes and says how many there were. */
  skip(count: number): Promise<number>;
  /** Reads on to the end, at most one byte too many, so that a gzip checksum is compared; frees the decompressor. */
  finish(): Promise<void>;
}

/** Deflate cannot shrink data below 1/1032 of its size (258 bytes in two bits: zlib's technical notes). */
const LARGEST_INFLATION = 1032;

/** Compressed bytes handed over at a time: a browser inflates the whole of it before it waits. */
const INPUT_STEP = 65536;

/** A source over a plain or gzip-compressed file, told apart by gzip's first two bytes and not by the name. */
export function openByteSource(file: Uint8Array, path: string): ByteSource {
  // A Buffer of Node.js is a Uint8Array whose slice() shares memory; what is built on this source relies on copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? new GzipSource(bytes, path) : new PlainSource(bytes);
}

class PlainSource implements ByteSource {
  readonly limit: number;
  private readonly file: Uint8Array;
  private position = 0;

  constructor(file: Uint8Array) {
    this.file = file;
    this.limit = file.length;
  }

  async take(count: number): Promise<Uint8Array> {
    const part = this.file.subarray(this.position, this.position + count);
    this.position += part.length;
    return part;
  }

  async skip(count: number): Promise<number> {
    return (await this.take(count)).length;
  }

  async finish(): Promise<void> {}
}

class GzipSource implements ByteSource {
  readonly limit: number;
  private readonly path: string;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The last four bytes of a gzip file: its uncompressed size modulo 2^32. A hint only, since files may be damaged. */
  private readonly statedSize: number;
  /** Inflated bytes that nobody took yet. */
  private rest: Uint8Array = new Uint8Array(0);

  constructor(file: Uint8Array, path: string) {
    this.path = path;
    this.limit = file.length * LARGEST_INFLATION;
    this.statedSize =
      file.length < 18 ? 0 : new DataView(file.buffer, file.byteOffset).getUint32(file.length - 4, true);
    let position = 0;
    const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (position >= file.length) controller.close();
        else controller.enqueue(file.subarray(position, position + INPUT_STEP) as Uint8Array<ArrayBuffer>);
        position += INPUT_STEP;
      },
    });
    this.reader = compressed.pipeThrough(new DecompressionStream('gzip')).getReader();
  }

  async take(count: number): Promise<Uint8Array> {
    let taken = new Uint8Array(Math.min(count, Math.max(this.statedSize, INPUT_STEP), this.limit));
    let length = 0;
    while (length < count && (await this.fill())) {
      const part = this.rest.subarray(0, count - length);
      if (length + part.length > taken.length) {
        const larger = new Uint8Array(Math.min(count, 2 * taken.length));
        larger.set(taken);
        taken = larger;
      }
      taken.set(part, length);
      length += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return taken.subarray(0, length);
  }

  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count && (await this.fill())) {
      const part = Math.min(count - skipped, this.rest.length);
      this.rest = this.rest.subarray(part);
      skipped += part;
    }
    return skipped;
  }

  async finish(): Promise<void> {
    await this.skip(1);
    await this.reader.cancel();
  }

  /** Makes `rest` non-empty. False at the end of the file. */
  private async fill(): Promise<boolean> {
    while (this.rest.length === 0) {
      let next: ReadableStreamReadResult<Uint8Array>;
      try {
        next = await this.reader.read();
      } catch (error) {
        throw new DataError(`${this.path}: its gzip data is truncated or damaged; copy or download the file again.`, {
          cause: error,
        });
      }
      if (next.done) return false;
      this.rest = next.value;
    }
    return true;
  }
}
