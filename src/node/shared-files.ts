import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { DataError, throwFaults } from '../errors.ts';
import { mediaTypeOf } from './media-types.ts';
import type { FindResource, Resource } from './web-server.ts';

/** What files.json holds, beside its version. */
export interface SharedFile {
  /** The file's name; of a file in a folder that was named, the path from that folder's name on, with forward slashes. */
  readonly path: string;
  /** Where it is, seen from files.json. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
}

/** More than this is no scan, but a folder that was named by mistake, such as a home folder. */
const MOST_FILES = 20_000;

/**
 * Files for a page to open: `files.json`, which lists them, and each of them under an address of its own. Nothing else can be had. Of a
 * folder, such as a DICOM series, all files below it are shared but hidden ones.
 *
 * @throws DataError with every path that can't be shared, and why
 */
export async function shareFiles(paths: readonly string[]): Promise<FindResource> {
  const faults: string[] = [];
  const found: { readonly path: string; readonly file: string }[] = [];
  for (const path of paths) {
    try {
      found.push(...(await filesOf(path)));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(error.message);
    }
  }
  throwFaults(faults);
  const resources = new Map<string, Resource>();
  const files: SharedFile[] = [];
  for (const [index, { path, file }] of found.entries()) {
    const name = basename(file);
    files.push({ path, url: `${index}/${encodeURIComponent(name)}`, size: (await stat(file)).size });
    resources.set(`/${index}/${name}`, { type: mediaTypeOf(name), body: { file } });
  }
  const text = `${JSON.stringify({ version: 1, files }, null, 2)}\n`;
  resources.set('/files.json', { type: mediaTypeOf('files.json'), body: { text } });
  return async (path) => resources.get(path) ?? null;
}

async function filesOf(path: string): Promise<{ path: string; file: string }[]> {
  const status = await stat(path).catch((cause: unknown) => {
    throw new DataError(`${path}: there is no such file or folder; check the path.`, { cause });
  });
  const whole = resolve(path);
  if (status.isFile()) return [{ path: basename(whole), file: whole }];
  if (!status.isDirectory()) throw new DataError(`${path}: is neither a file nor a folder; give a scan.`);
  const files: { path: string; file: string }[] = [];
  for (const entry of await readdir(whole, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const below = file.slice(whole.length + 1).split(sep);
    if (!entry.isFile() || below.some((name) => name.startsWith('.'))) continue;
    files.push({ path: [basename(whole), ...below].join('/'), file });
    if (files.length > MOST_FILES) {
      throw new DataError(`${path}: holds more than ${MOST_FILES} files; give the folder of one scan.`);
    }
  }
  if (files.length === 0) throw new DataError(`${path}: holds no files; give a scan, or the folder of one.`);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
