import { DataError } from '../errors.ts';
import type { FileAccess } from './file-access.ts';
import { webGzip } from './gzip.ts';

/**
 * The uncompressed bytes of a file, in order. Reading stays within what is asked for, so that a small file that claims to be
 * huge, or inflates to something huge, never takes more memory than its true content.
 */
export interface ByteSource {
  /** The most bytes that the file can hold once uncompressed. */
  readonly limit: number;
  /** Whether the file holds exactly `limit` bytes: it is not compressed. */
  readonly isExact: boolean;
  /** Fills `target` with the next bytes and says how many there were: fewer than its length only at the file's end. */
  fill(target: Uint8Array): Promise<number>;
  /** The next `count` bytes, or fewer where the file ends. */
  take(count: number): Promise<Uint8Array>;
  /** Skips up to `count` bytes and says how many there were. */
  skip(count: number): Promise<number>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** Deflate cannot shrink data below 1/1032 of its size (258 bytes in two bits: zlib's technical notes). */
const LARGEST_INFLATION = 1032;

/** Bytes that are allocated before any of them was seen. */
const FIRST_STEP = 65536;

/** A source over a plain or gzip-compressed file, told apart by gzip's first two bytes and not by the name. */
export async function openByteSource(files: FileAccess, path: string): Promise<ByteSource> {
  const { size, pieces } = await files.openStream(path);
  const iterator = pieces[Symbol.asyncIterator]();
  let start = new Uint8Array(0);
  while (start.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    const joined = new Uint8Array(start.length + next.value.length);
    joined.set(start);
    joined.set(next.value, start.length);
    start = joined;
  }
  const whole = startingWith(start, iterator);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (!isGzip) return new StreamSource(whole, path, size, true);
  const inflated = (files.gzip ?? webGzip).decompress(whole);
  return new StreamSource(inflated, path, size * LARGEST_INFLATION, false);
}

async function* startingWith(
  start: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield start;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

class StreamSource implements ByteSource {
  readonly limit: number;
  readonly isExact: boolean;
  private readonly path: string;
  private readonly iterator: AsyncIterator<Uint8Array>;
  /** Bytes that nobody took yet. */
  private rest: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>, path: string, limit: number, isExact: boolean) {
    this.iterator = pieces[Symbol.asyncIterator]();
    this.path = path;
    this.limit = limit;
    this.isExact = isExact;
  }

  async fill(target: Uint8Array): Promise<number> {
    let length = 0;
    while (length < target.length && (await this.hasMore())) {
      const part = this.rest.subarray(0, target.length - length);
      target.set(part, length);
      length += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return length;
  }

  async take(count: number): Promise<Uint8Array> {
    let taken = new Uint8Array(Math.min(count, FIRST_STEP));
    let length = await this.fill(taken);
    while (length === taken.length && length < count) {
      const larger = new Uint8Array(Math.min(count, 2 * length));
      larger.set(taken);
      length += await this.fill(larger.subarray(length));
      taken = larger;
    }
    return length < taken.length ? taken.slice(0, length) : taken;
  }

  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count && (await this.hasMore())) {
      const part = Math.min(count - skipped, this.rest.length);
      this.rest = this.rest.subarray(part);
      skipped += part;
    }
    return skipped;
  }

  async close(): Promise<void> {
    await this.iterator.return?.();
  }

  /** Makes `rest` non-empty. False at the end of the file. */
  private async hasMore(): Promise<boolean> {
    while (this.rest.length === 0) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await this.iterator.next();
      } catch (error) {
        if (error instanceof DataError) throw error;
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
