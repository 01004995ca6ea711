import type { FileAccess, FolderEntry } from '../volume/file-access.ts';

/** Names of the folders in a folder; none where there is no such folder. */
export async function foldersIn(files: FileAccess, folder: string): Promise<string[]> {
  if (!(await files.exists(folder))) return [];
  return (await files.list(folder)).filter((entry) => entry.isFolder).map((entry) => entry.name);
}

/** Names of the files in a folder; none where there is no such folder. */
export async function filesIn(files: FileAccess, folder: string): Promise<string[]> {
  if (!(await files.exists(folder))) return [];
  return (await files.list(folder)).filter((entry) => !entry.isFolder).map((entry) => entry.name);
}

/**
 * Folders below `root`, at most `depth` levels down, whose name or content fits, as paths from `root`. What lies within a
 * folder that fits is not searched, and neither are hidden folders.
 */
export async function findFolders(
  files: FileAccess,
  root: string,
  depth: number,
  fits: (name: string, entries: readonly FolderEntry[]) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  const search = async (path: string, left: number): Promise<void> => {
    const at = path === '' ? root : `${root}/${path}`;
    for (const { name, isFolder } of await files.list(at)) {
      if (!isFolder || name.startsWith('.')) continue;
      const below = path === '' ? name : `${path}/${name}`;
      if (fits(name, await files.list(`${root}/${below}`))) found.push(below);
      else if (left > 1) await search(below, left - 1);
    }
  };
  await search('', depth);
  return found;
}

/** The folder that a path lies in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? '/' : '.';
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
