/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A file that is read once, from its start on. */
export interface FileStream {
  /** Bytes of the file. */
  readonly size: number;
  /**
   * The bytes in order, in pieces of some hundred kilobytes at most. The file is opened by the first piece and closed by the
   * last, and by leaving the iteration early.
   */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Gzip over pieces of a stream. */
export interface GzipCodec {
  /** The same bytes come out every time. */
  compress(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Fails where the data are damaged or end too early. Leaving the iteration early leaves the content's too. */
  decompress(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/**
 * How library code reaches files: the Node adapter stands in `node/`, tests and the browser bring their own. Paths use
 * forward slashes. Every method rejects with a DataError that names the path when the file system refuses.
 */
export interface FileAccess {
  /** Whether a file or folder of that name exists. */
  exists(path: string): Promise<boolean>;
  /** Entries of a folder, sorted by name. */
  list(folder: string): Promise<readonly FolderEntry[]>;
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** For files that may be large: their content is never in memory as a whole. */
  openStream(path: string): Promise<FileStream>;
  /**
   * Writes under a temporary name in the same folder and renames, making parent folders: whole or not at all, also where
   * the content comes in pieces and one of them fails; that failure is passed on.
   */
  write(path: string, content: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Adds to the end of a file, which is made where there is none. A kill in the middle may leave a part of the text: for logs
   * whose reader passes over a torn end.
   */
  append(path: string, text: string): Promise<void>;
  /** Deletes a file. No fault where there is none. */
  remove(path: string): Promise<void>;
  /**
   * Deletes what a write that was cut short, by a kill or a power cut, left in a folder: of all files, or of the one of the
   * given name. Only where nobody else writes them.
   */
  removeUnfinished(folder: string, name?: string): Promise<void>;
  /** The runtime's own gzip, where it is faster than the Web's compression streams, which take its place. */
  readonly gzip?: GzipCodec;
}
