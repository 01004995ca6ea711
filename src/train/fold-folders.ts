import type { FileAccess } from '../volume/file-access.ts';

/** Paths of the run folders `fold-0`, `fold-1`, … in a folder, by their numbers; none where there is no such folder. */
export async function foldFoldersIn(files: FileAccess, folder: string): Promise<string[]> {
  const entries = (await files.exists(folder)) ? await files.list(folder) : [];
  const folds = entries.flatMap(({ name, isFolder }) => (isFolder && /^fold-\d+$/.test(name) ? [name] : []));
  folds.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  return folds.map((name) => `${folder}/${name}`);
}
