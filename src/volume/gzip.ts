/**
 * Compresses with gzip. The same bytes come out every time: the header's time stamp and operating system, which some
 * implementations fill in, are set to "none" and "unknown" (RFC 1952).
 */
export async function gzip(content: Uint8Array): Promise<Uint8Array> {
  const source = new Blob([content as Uint8Array<ArrayBuffer>]).stream();
  const compressed = await new Response(source.pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
  const bytes = new Uint8Array(compressed);
  bytes.fill(0, 4, 8);
  bytes[9] = 255;
  return bytes;
}
