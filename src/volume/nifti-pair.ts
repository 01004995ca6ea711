import { DataError } from '../errors.ts';
import type { FileAccess } from './file-access.ts';

/**
 * The header's file for a path that a user gave: of a .hdr/.img pair either half may be given, and either may be compressed.
 *
 * @throws DataError when an .img file has no header beside it
 */
export async function headerFileOf(files: FileAccess, path: string): Promise<string> {
  return isHalf(path, 'img') ? otherHalf(files, path, 'hdr', 'header is') : path;
}

/**
 * The voxels' file of a pair.
 *
 * @throws DataError when the header's name is not that of a pair, or the voxels are missing
 */
export async function voxelFileOf(files: FileAccess, headerPath: string): Promise<string> {
  if (!isHalf(headerPath, 'hdr')) {
    throw new DataError(
      `${headerPath}: by its field magic this is the header of a .hdr/.img pair; give it its name ending in .hdr, with the ` +
        '.img file beside it.',
    );
  }
  return otherHalf(files, headerPath, 'img', 'voxels are');
}

function isHalf(path: string, extension: 'hdr' | 'img'): boolean {
  return new RegExp(`\\.${extension}(\\.gz)?$`, 'i').test(path);
}

async function otherHalf(files: FileAccess, path: string, extension: 'hdr' | 'img', what: string): Promise<string> {
  const plain = path.replace(/\.gz$/i, '');
  const stem = plain.slice(0, -4);
  const isUpper = plain.slice(-3) === plain.slice(-3).toUpperCase();
  const name = `${stem}.${isUpper ? extension.toUpperCase() : extension}`;
  for (const candidate of [name, `${name}.gz`]) if (await files.exists(candidate)) return candidate;
  throw new DataError(`${path}: this is half of a .hdr/.img pair, and its ${what} missing: put ${name} beside it.`);
}
