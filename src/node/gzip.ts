import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { GzipCodec } from '../volume/file-access.ts';
import { withNeutralHeader } from '../volume/gzip.ts';

/** Large steps: every one is a trip to the thread pool and back. */
const STEP = 256 * 1024;

/**
 * zlib's fastest level, as NiBabel has it: scans are noise for the most part, and the default level spends several times as
 * long to save a few percent.
 */
const LEVEL = 1;

/** Gzip by Node's zlib, which works on threads of its own while JavaScript goes on. */
export const nodeGzip: GzipCodec = {
  compress: (content) => withNeutralHeader(through(content, createGzip({ level: LEVEL, chunkSize: STEP }))),
  decompress: (content) => through(content, createGunzip({ chunkSize: STEP })),
};

async function* through(
  content: AsyncIterable<Uint8Array>,
  transform: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array> {
  // The pipeline ends both sides when either fails or is left; what it has to say then comes from the iteration, too.
  const flow = pipeline(Readable.from(content, { objectMode: false }), transform).catch(() => undefined);
  for await (const piece of transform) yield piece as Uint8Array;
  await flow;
}
