import type { GzipCodec } from './file-access.ts';

/** Compressed bytes handed over at a time: a browser inflates the whole of it before it waits. */
const INPUT_STEP = 65536;

/** Gzip by the Web's compression streams, which every runtime has; their level is the runtime's choice. */
export const webGzip: GzipCodec = {
  compress: (content) => withNeutralHeader(iterate(streamOf(content).pipeThrough(new CompressionStream('gzip')))),
  decompress: (content) => iterate(streamOf(inSteps(content)).pipeThrough(new DecompressionStream('gzip'))),
};

/** Compresses a whole content with `webGzip`. */
export async function gzip(content: Uint8Array): Promise<Uint8Array> {
  return joinPieces(webGzip.compress(inPieces(content)));
}

/**
 * Makes gzip data depend on the content alone: the header's time stamp and operating system, which some implementations
 * fill in, are set to "none" and "unknown" (RFC 1952).
 */
export async function* withNeutralHeader(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const piece of pieces) {
    if (position < 10) {
      for (let i = 0; i < piece.length && position + i < 10; i++) {
        if (position + i >= 4 && position + i < 8) piece[i] = 0;
        if (position + i === 9) piece[i] = 255;
      }
      position += piece.length;
    }
    yield piece;
  }
}

/** All pieces in one array. */
export async function joinPieces(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  for await (const piece of pieces) list.push(piece);
  const joined = new Uint8Array(list.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of list) {
    joined.set(piece, position);
    position += piece.length;
  }
  return joined;
}

/** A content as a stream of pieces, which share its memory. */
export async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += INPUT_STEP) yield content.subarray(start, start + INPUT_STEP);
}

async function* inSteps(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield* inPieces(piece);
}

/** ReadableStream.from and the stream's own iteration are not in all browsers, hence the two adapters by hand. */
function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // After an error there is nothing to cancel, and the error itself is on its way.
    await reader.cancel().catch(() => undefined);
  }
}
