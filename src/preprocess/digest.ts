import type { FileAccess } from '../volume/file-access.ts';

/** SHA-256 in hexadecimal. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  // The types of the DOM ask for bytes that no other thread shares, and those of files are not shared.
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Formats whose one file is not all of the image: a header that may name any other file. */
const DETACHED = /\.(mhd|nhdr)$/i;
/** An Analyze pair: one of the two is named, both matter. */
const PAIR = /\.(hdr|img)(\.gz)?$/i;
const PAIR_NAMES = ['.hdr', '.img', '.hdr.gz', '.img.gz'];

/**
 * A digest of everything that an image's path stands for: the file's bytes; both files of an Analyze pair; for a folder,
 * as DICOM series are given, the names and bytes of all files in it and below. Null where that can't be told: a header
 * that names its data file.
 *
 * @throws DataError when there is no such file, or it can't be read
 */
export async function digestOf(files: FileAccess, path: string): Promise<string | null> {
  if (DETACHED.test(path)) return null;
  if (!PAIR.test(path)) return digestFile(files, path);
  const stem = path.replace(PAIR, '');
  const parts: string[] = [];
  for (const ending of PAIR_NAMES) {
    if (await files.exists(stem + ending)) parts.push(`${ending} ${await digestFile(files, stem + ending)}`);
  }
  return sha256(parts.join('\n'));
}

async function digestFile(files: FileAccess, path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(path);
  } catch (error) {
    const entries = await files.list(path).catch(() => []);
    if (entries.length === 0) throw error;
    const parts: string[] = [];
    for (const { name } of entries) parts.push(JSON.stringify([name, await digestFile(files, `${path}/${name}`)]));
    return sha256(parts.join('\n'));
  }
  return sha256(bytes);
}
