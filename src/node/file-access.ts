import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import type { FileAccess, FolderEntry } from '../volume/file-access.ts';
import { inPieces } from '../volume/gzip.ts';
import { nodeGzip } from './gzip.ts';

/** Bytes of a file that are read at a time. */
const STEP = 256 * 1024;

/** Files of the machine that Node.js runs on. */
export const nodeFileAccess: FileAccess = {
  gzip: nodeGzip,

  async exists(path) {
    try {
      await stat(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
      throw fileFault(path, 'read', error);
    }
  },

  async list(folder) {
    try {
      const entries: FolderEntry[] = [];
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        entries.push({ name: entry.name, isFolder: entry.isDirectory() || (await isLinkToFolder(folder, entry)) });
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      throw fileFault(folder, 'read', error);
    }
  },

  async readText(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw fileFault(path, 'read', error);
    }
  },

  async readBytes(path) {
    try {
      const buffer = await readFile(path);
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    } catch (error) {
      throw fileFault(path, 'read', error);
    }
  },

  async openStream(path) {
    try {
      const status = await stat(path);
      if (status.isFile()) return { size: status.size, pieces: piecesOf(path) };
    } catch (error) {
      throw fileFault(path, 'read', error);
    }
    // A pipe has no size before its end.
    const bytes = await nodeFileAccess.readBytes(path);
    return { size: bytes.length, pieces: inPieces(bytes) };
  },

  async write(path, content) {
    const folder = dirname(path);
    const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      const file = await open(temporary, 'wx');
      try {
        // Each call goes on where the last one ended.
        if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content);
        else for await (const piece of content) await file.writeFile(piece);
        // Without it, a power cut after the rename could leave a whole name over empty content.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      // What made the writing fail may make this fail too; the first fault is the one to tell.
      await rm(temporary, { force: true }).catch(() => undefined);
      if (error instanceof DataError) throw error;
      throw fileFault(path, 'written', error);
    }
  },

  async append(path, text) {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fileFault(path, 'written', error);
    }
  },

  async remove(path) {
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw fileFault(path, 'deleted', error);
    }
  },

  async removeUnfinished(folder, only) {
    for (const { name, isFolder } of await nodeFileAccess.list(folder)) {
      const written = isFolder ? undefined : TEMPORARY.exec(name)?.[1];
      if (written !== undefined && (only === undefined || written === only)) {
        await nodeFileAccess.remove(join(folder, name));
      }
    }
  },
};

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    for (;;) {
      // A new buffer every time: whoever takes the pieces may hold several.
      const buffer = new Uint8Array(STEP);
      const { bytesRead } = await file.read(buffer);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileFault(path, 'read', error);
  } finally {
    await file?.close();
  }
}

/** The names that `write` gives its temporary files, around that of the file. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Datasets kept with git-annex hold links to files and folders. A link that leads nowhere counts as a file. */
async function isLinkToFolder(folder: string, entry: { name: string; isSymbolicLink(): boolean }): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false;
  try {
    return (await stat(join(folder, entry.name))).isDirectory();
  } catch {
    return false;
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist; check the path',
  ENOTDIR: 'a part of its path is a file, not a folder; check the path',
  EEXIST: 'a part of its path is a file, not a folder; check the path',
  EISDIR: 'it is a folder; give a file',
  EACCES: 'permission is denied; change the permissions or choose another place',
  EPERM: 'permission is denied; change the permissions or choose another place',
  EROFS: 'the disk is read-only; choose another place',
  ENOSPC: 'the disk is full; make room or choose another place, then run again',
  EDQUOT: 'the disk quota is used up; make room or choose another place, then run again',
  EFBIG: 'the file is larger than the disk allows; choose another place',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB; split or compress it',
};

/** What to tell of a file that the system would not let be used. */
export function fileFault(path: string, action: 'read' | 'written' | 'deleted', error: unknown): DataError {
  const cause = CAUSES[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return new DataError(`${path}: cannot be ${action}: ${cause}.`, { cause: error });
}

/** The system's name for what went wrong, such as ENOENT; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
