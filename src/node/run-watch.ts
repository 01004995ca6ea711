import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { DataError } from '../errors.ts';
import { curvesOf, type RunSnapshot, type RunsSnapshot } from '../report/run-snapshot.ts';
import { foldFoldersIn } from '../train/fold-folders.ts';
import { GrowingLog } from '../train/growing-log.ts';
import { RUN_DESCRIPTION, type RunDescription, readRunDescription } from '../train/run-description.ts';
import { LOG, MODEL, RunFolder } from '../train/run-folder.ts';
import { runProgress } from '../train/run-progress.ts';
import { nodeFileAccess } from './file-access.ts';

/** Pictures and reports of a run that a page may have, by the names that a snapshot gives them. */
export const RUN_FILES = {
  picture: 'validation.png',
  report: 'report.html',
  scores: 'validation/report.html',
} as const satisfies Record<keyof RunSnapshot['files'], string>;

/** Whether a path is a folder that holds a run of `rarevox train`, or the folds of a cross-validation. */
export async function holdsRuns(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null);
  if (status === null || !status.isDirectory()) return false;
  const files = nodeFileAccess;
  return (await files.exists(`${path}/${RUN_DESCRIPTION}`)) || (await foldFoldersIn(files, path)).length > 0;
}

/** Watches a run's folder, or a folder that holds runs as `fold-0`, `fold-1`, …, those among them that begin later. */
export class RunsWatch {
  private readonly folder: string;
  private readonly watches = new Map<string, RunWatch>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The folders of the runs, in the order of the snapshots. */
  async folders(): Promise<readonly string[]> {
    const folds = await foldFoldersIn(nodeFileAccess, this.folder);
    return folds.length > 0 ? folds : [this.folder];
  }

  /** @param now milliseconds since 1970 */
  async snapshot(now: number): Promise<RunsSnapshot> {
    const runs: RunSnapshot[] = [];
    for (const [index, folder] of (await this.folders()).entries()) {
      const watch = this.watches.get(folder) ?? new RunWatch(folder);
      this.watches.set(folder, watch);
      runs.push(await watch.snapshot(index, now));
    }
    return { version: 1, title: basename(resolve(this.folder)), runs };
  }
}

/** Follows the files of one run: what was read of its log is not read again. */
class RunWatch {
  private readonly folder: string;
  private description: { readonly state: string; readonly value: RunDescription } | null = null;
  private log = new GrowingLog();
  private decoder = new TextDecoder();
  /** The log's file and how much of it was read. */
  private read = { file: -1, bytes: 0 };

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @param index the run's place among those of its page, which its files are addressed by */
  async snapshot(index: number, now: number): Promise<RunSnapshot> {
    const times = {
      log: await this.writtenAt(LOG),
      config: await this.writtenAt(RUN_DESCRIPTION),
      model: await this.writtenAt(MODEL),
    };
    const fault = await this.update().then(
      () => null,
      (error: unknown) => {
        if (error instanceof DataError) return error.message;
        throw error;
      },
    );
    const description = this.description?.value ?? null;
    const written = Math.max(times.log ?? 0, times.config ?? 0);
    return {
      name: basename(resolve(this.folder)),
      progress: description === null ? null : runProgress(description.config, this.log, times, now),
      written: written === 0 ? null : written,
      description,
      ...curvesOf(this.log, description?.labels ?? []),
      files: {
        picture: await this.addressOf(RUN_FILES.picture, index),
        report: await this.addressOf(RUN_FILES.report, index),
        scores: await this.addressOf(RUN_FILES.scores, index),
      },
      fault,
    };
  }

  /** Reads what is new. */
  private async update(): Promise<void> {
    const state = await this.stateOf(RUN_DESCRIPTION);
    if (state === null) {
      this.description = null;
    } else if (this.description?.state !== state) {
      const value = await readRunDescription(new RunFolder(nodeFileAccess, this.folder));
      this.description = { state, value };
    }
    await this.readLog();
  }

  /** A run that is resumed or begun anew replaces its log by one that is another file, or shorter. */
  private async readLog(): Promise<void> {
    const file = await open(`${this.folder}/${LOG}`).catch(() => null);
    if (file === null) return this.forgetLog(-1);
    try {
      const { ino, size } = await file.stat();
      if (ino !== this.read.file || size < this.read.bytes) this.forgetLog(ino);
      const buffer = Buffer.alloc(Math.min(PIECE, Math.max(1, size - this.read.bytes)));
      while (this.read.bytes < size) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.read.bytes);
        if (bytesRead === 0) break;
        this.read = { file: ino, bytes: this.read.bytes + bytesRead };
        if (!this.log.add(this.decoder.decode(buffer.subarray(0, bytesRead), { stream: true }))) {
          this.forgetLog(-1);
          throw new DataError(`${this.folder}/${LOG} is damaged: restore the file, or start the run anew.`);
        }
      }
    } finally {
      await file.close();
    }
  }

  private forgetLog(file: number): void {
    this.log = new GrowingLog();
    this.decoder = new TextDecoder();
    this.read = { file, bytes: 0 };
  }

  /** Another address for each state of a file, so that a page shows the newest. */
  private async addressOf(name: string, index: number): Promise<string | null> {
    const written = await this.writtenAt(name);
    return written === null ? null : `${index}/${name}?${written}`;
  }

  /** Tells one state of a file from the next, which a clock that ticks every few milliseconds may not; null where there is none. */
  private async stateOf(name: string): Promise<string | null> {
    const status = await stat(`${this.folder}/${name}`).catch(() => null);
    return status === null ? null : `${status.ino} ${status.size} ${status.mtimeMs}`;
  }

  /** When a file was last written, in milliseconds since 1970; null where there is none. */
  private async writtenAt(name: string): Promise<number | null> {
    const status = await stat(`${this.folder}/${name}`).catch(() => null);
    return status === null ? null : Math.round(status.mtimeMs);
  }
}

/** Bytes of the log that are read at a time. */
const PIECE = 1024 * 1024;
