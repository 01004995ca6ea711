import { DataError } from '../src/errors.ts';
import type { FileAccess, FileStream, FolderEntry } from '../src/volume/file-access.ts';
import { inPieces, joinPieces } from '../src/volume/gzip.ts';

/** Files held in memory, for tests. Folders exist as far as files stand in them. */
export class MemoryFileAccess implements FileAccess {
  readonly files = new Map<string, Uint8Array>();

  set(path: string, content: Uint8Array | string): this {
    this.files.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    return this;
  }

  async exists(path: string): Promise<boolean> {
    return this.files.has(path) || [...this.files.keys()].some((file) => file.startsWith(`${path}/`));
  }

  async list(folder: string): Promise<readonly FolderEntry[]> {
    const entries = new Map<string, boolean>();
    for (const file of this.files.keys()) {
      if (!file.startsWith(`${folder}/`)) continue;
      const [name, ...below] = file.slice(folder.length + 1).split('/');
      entries.set(name, below.length > 0);
    }
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, isFolder]) => ({ name, isFolder }));
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.readBytes(path));
  }

  async readBytes(path: string): Promise<Uint8Array> {
    const content = this.files.get(path);
    if (content === undefined) throw new DataError(`${path}: cannot be read: it does not exist; check the path.`);
    return content;
  }

  async openStream(path: string): Promise<FileStream> {
    const content = await this.readBytes(path);
    return { size: content.length, pieces: inPieces(content) };
  }

  async write(path: string, content: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<void> {
    const isWhole = typeof content === 'string' || content instanceof Uint8Array;
    this.set(path, isWhole ? content : await joinPieces(content));
  }

  async append(path: string, text: string): Promise<void> {
    this.set(path, `${this.files.has(path) ? await this.readText(path) : ''}${text}`);
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  /** A write into memory is never cut short. */
  async removeUnfinished(): Promise<void> {}
}
