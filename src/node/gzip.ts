import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { GzipCodec } from '../volume/file-access.ts';
import { withNeutralHeader } from '../volume/gzip.ts';

/** Large steps: every one is a trip to the thread pool and back. */
const STEP = 256 * 1024;

/**
 * zlib's fastest level, as NiBabel has it: scans are noise for the most part, and the default level spends several times as
 * long to save a few percent.
 */
const LEVEL = 1;

/** Bytes that are compressed on their own; looking back into the block before would save less than a thousandth. */
const BLOCK = 1 << 20;

/** Blocks that are compressed at the same time: as many as Node's thread pool has threads, unless told otherwise. */
const AT_ONCE = 4;

/** The high-water mark lets the threads inflate ahead while JavaScript decodes. */
const GUNZIP = { chunkSize: STEP, highWaterMark: 8 * STEP };

/** Gzip by Node's zlib, which works on threads of its own while JavaScript goes on. */
export const nodeGzip: GzipCodec = {
  // Node 20 has crc32 from 20.15 on.
  compress: zlib.crc32 === undefined ? compressInOrder : compressBlocks,
  decompress: (content) => through(content, zlib.createGunzip(GUNZIP)),
};

/**
 * Compresses blocks side by side into one gzip member, as pigz does: each is deflated up to a sync flush, which ends at a whole
 * byte, so that the blocks can stand one after the other; an empty last block ends the stream. The bytes do not depend on
 * how many are compressed at a time, nor on the pieces that the content comes in.
 */
async function* compressBlocks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // RFC 1952: deflate, no flags, no time stamp, fastest algorithm, unknown operating system.
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
  let checksum = 0;
  let size = 0;
  const compressed: Promise<Uint8Array>[] = [];
  for await (const block of inBlocks(content)) {
    checksum = zlib.crc32(block, checksum);
    size += block.length;
    const result = deflateRaw(block, { level: LEVEL, chunkSize: STEP, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    // If it fails while another one is waited for, it is to be told when its turn comes.
    result.catch(() => undefined);
    compressed.push(result);
    if (compressed.length === AT_ONCE) yield (await compressed.shift()) as Uint8Array;
  }
  for (const result of compressed) yield await result;
  const end = new Uint8Array(10);
  end.set([3, 0]);
  const view = new DataView(end.buffer);
  view.setUint32(2, checksum, true);
  view.setUint32(6, size % 2 ** 32, true);
  yield end;
}

const deflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.deflateRaw);

/** The content in copies of `BLOCK` bytes, the last one shorter. */
async function* inBlocks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(BLOCK);
  let length = 0;
  for await (const piece of content) {
    for (let start = 0; start < piece.length; ) {
      const part = piece.subarray(start, start + BLOCK - length);
      block.set(part, length);
      length += part.length;
      start += part.length;
      if (length < BLOCK) continue;
      yield block;
      block = new Uint8Array(BLOCK);
      length = 0;
    }
  }
  if (length > 0) yield block.subarray(0, length);
}

function compressInOrder(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return withNeutralHeader(through(content, zlib.createGzip({ level: LEVEL, chunkSize: STEP })));
}

async function* through(
  content: AsyncIterable<Uint8Array>,
  transform: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array> {
  // The pipeline ends both sides when either fails or is left; what it has to say then comes from the iteration, too.
  const flow = pipeline(Readable.from(content, { objectMode: false }), transform).catch(() => undefined);
  for await (const piece of transform) yield piece as Uint8Array;
  await flow;
}
