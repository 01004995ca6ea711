import type { FileAccess } from '../volume/file-access.ts';

/**
 * The folder itself where it is empty or does not exist yet, else the first of NAME-2, NAME-3, … that is: for output that
 * must not mix with, or replace, what somebody keeps there.
 */
export async function freeFolder(files: FileAccess, folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? folder : `${folder}-${number}`;
    if (!(await files.exists(candidate)) || (await files.list(candidate)).length === 0) return candidate;
  }
}
