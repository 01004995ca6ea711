/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
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
  /** Writes under a temporary name in the same folder and renames, making parent folders: whole or not at all. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** Deletes a file. No fault where there is none. */
  remove(path: string): Promise<void>;
  /**
   * Deletes what a write that was cut short, by a kill or a power cut, left in a folder. Only for a folder that nobody
   * else writes to.
   */
  removeUnfinished(folder: string): Promise<void>;
}
