import type { FileAccess } from './file-access.ts';
import { webGzip } from './gzip.ts';
import { type NiftiFrames, openNifti } from './nifti-frames.ts';
import { voxelBytesOf } from './nifti-header.ts';
import { singleFileHeader } from './nifti-write.ts';

/** Bytes that are passed on at a time. */
const STEP = 1 << 18;

/**
 * Copies a NIfTI file to a .nii file, or to a .nii.gz file if that path ends in .gz: from a pair to a single file, from
 * uncompressed to compressed or back. Header, extensions and all stored values stay as they are, whatever the datatype and
 * however many volumes there are. Some megabytes of memory are enough.
 *
 * @throws DataError naming the file that cannot be read or written; nothing is written then
 */
export async function copyNifti(files: FileAccess, from: string, to: string): Promise<void> {
  const frames = await openNifti(files, from);
  try {
    const pieces = piecesOf(frames);
    await files.write(to, /\.gz$/i.test(to) ? (files.gzip ?? webGzip).compress(pieces) : pieces);
  } finally {
    await frames.close();
  }
}

async function* piecesOf(frames: NiftiFrames): AsyncGenerator<Uint8Array> {
  yield singleFileHeader(frames.header);
  const size = voxelBytesOf(frames.header);
  for (let start = 0; start < size; start += STEP) {
    const bytes = new Uint8Array(Math.min(STEP, size - start));
    await frames.readStored(bytes);
    yield bytes;
  }
  await frames.finish();
}
