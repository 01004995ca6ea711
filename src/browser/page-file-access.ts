import { DataError, messageOf } from '../errors.ts';
import type { FileAccess, FileStream, FolderEntry } from '../volume/file-access.ts';

/** A file that a page was given, under a path of its own: a `File` knows no folder where it was dropped. */
export interface PageFile {
  /** With forward slashes, such as `series-2/slice-001.dcm`. */
  readonly path: string;
  readonly file: Blob;
}

/** Bytes that are read at a time. */
const STEP = 1 << 19;

/** Reads the files that a page was given; folders exist as far as files stand in them. It writes nothing. */
export class PageFileAccess implements FileAccess {
  private readonly files: ReadonlyMap<string, Blob>;

  constructor(files: readonly PageFile[]) {
    this.files = new Map(files.map(({ path, file }) => [path, file]));
  }

  async exists(path: string): Promise<boolean> {
    return this.files.has(path) || [...this.files.keys()].some((file) => file.startsWith(`${path}/`));
  }

  async list(folder: string): Promise<readonly FolderEntry[]> {
    const entries = new Map<string, boolean>();
    for (const path of this.files.keys()) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [name, ...below] = path.slice(folder.length + 1).split('/');
      entries.set(name, below.length > 0);
    }
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, isFolder]) => ({ name, isFolder }));
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.readBytes(path));
  }

  async readBytes(path: string): Promise<Uint8Array> {
    return bytesOf(this.fileAt(path), path);
  }

  async openStream(path: string): Promise<FileStream> {
    const file = this.fileAt(path);
    return { size: file.size, pieces: piecesOf(file, path) };
  }

  write(path: string): Promise<void> {
    return refuse(path);
  }

  append(path: string): Promise<void> {
    return refuse(path);
  }

  remove(path: string): Promise<void> {
    return refuse(path);
  }

  removeUnfinished(folder: string): Promise<void> {
    return refuse(folder);
  }

  private fileAt(path: string): Blob {
    const file = this.files.get(path);
    if (file === undefined)
      throw new DataError(`${path}: this file was not given; choose it together with the others.`);
    return file;
  }
}

async function* piecesOf(file: Blob, path: string): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.size; start += STEP) yield await bytesOf(file.slice(start, start + STEP), path);
}

async function bytesOf(part: Blob, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch (cause) {
    // The browser reads the file when it is needed, and refuses once it is another one.
    throw new DataError(
      `${path}: the browser can't read it (${messageOf(cause)}); it was changed, moved or deleted since it was chosen: choose it again.`,
      { cause },
    );
  }
}

function refuse(path: string): never {
  throw new Error(`${path}: a page writes no files`);
}
