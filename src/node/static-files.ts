import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { mediaTypeOf } from './media-types.ts';
import type { FindResource, Resource } from './web-server.ts';

/**
 * The files below a folder under their own paths, `index.html` of a folder also under the folder's. They are listed once: only an
 * address that is in the list gives anything, so none can lead out of the folder.
 */
export async function staticFiles(folder: string): Promise<FindResource> {
  const found = new Map<string, Resource>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).split(sep).join('/');
    const resource = { type: mediaTypeOf(entry.name), body: { file } };
    found.set(path, resource);
    if (entry.name === 'index.html') found.set(path.slice(0, -'index.html'.length), resource);
  }
  return async (path) => found.get(path) ?? null;
}
