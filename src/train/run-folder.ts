import type { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { encodeLog, type LogEnd, type LogEntry, parseLog, type RunLog } from './run-log.ts';

export const LOG = 'log.jsonl';
export const CHECKPOINT = 'checkpoint_latest.safetensors';
export const BEST_CHECKPOINT = 'checkpoint_best.safetensors';
export const FINAL_CHECKPOINT = 'checkpoint_final.safetensors';
export const FINGERPRINT = 'fingerprint.json';
export const MODEL = 'model.onnx';
/** The scores of the held-out subjects with the final weights. */
export const VALIDATION_SUMMARY = 'validation/summary.json';

/** The files of a training run, under one folder. */
export class RunFolder {
  private readonly files: FileAccess;
  readonly path: string;

  constructor(files: FileAccess, path: string) {
    this.files = files;
    this.path = path;
  }

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  has(name: string): Promise<boolean> {
    return this.files.exists(this.file(name));
  }

  write(name: string, content: Uint8Array | string): Promise<void> {
    return this.files.write(this.file(name), content);
  }

  writeJson(name: string, content: unknown): Promise<void> {
    return this.write(name, `${JSON.stringify(content, null, 2)}\n`);
  }

  /** Reads a JSON file of the run. Throws DataError when it is damaged. */
  async readJson<T>(name: string, schema: z.ZodType<T>): Promise<T> {
    const text = await this.files.readText(this.file(name));
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw this.damaged(name, cause);
    }
  }

  /** Deletes what a killed run left of files that it was writing. */
  async removeUnfinished(): Promise<void> {
    if (await this.files.exists(this.path)) await this.files.removeUnfinished(this.path);
  }

  async readCheckpoint<State>(name: string, schema: z.ZodType<State>): Promise<Checkpoint<State>> {
    return decodeCheckpoint(await this.files.readBytes(this.file(name)), this.file(name), schema);
  }

  writeCheckpoint(name: string, checkpoint: Checkpoint<unknown>): Promise<void> {
    return this.write(name, encodeCheckpoint(checkpoint));
  }

  /** The log as it is. Throws DataError when it is damaged. */
  async readLog(): Promise<RunLog> {
    return (await this.parsedLog(null)).log;
  }

  /**
   * Begins the log anew, or goes on with it after a checkpoint: whatever was logged later is taken out of the file.
   * @throws DataError when the log is damaged or lacks a step
   */
  async openLog(end: LogEnd | null): Promise<RunLog> {
    if (end === null) {
      await this.files.remove(this.file(LOG));
      return { steps: [], validations: [] };
    }
    const { log, text } = await this.parsedLog(end);
    await this.write(LOG, text);
    return log;
  }

  async appendToLog(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length > 0) await this.files.append(this.file(LOG), encodeLog(entries));
  }

  private async parsedLog(end: LogEnd | null): Promise<{ readonly log: RunLog; readonly text: string }> {
    const text = (await this.has(LOG)) ? await this.files.readText(this.file(LOG)) : '';
    const parsed = parseLog(text, end);
    if (parsed === null) throw this.damaged(LOG);
    return parsed;
  }

  /** For a file of the run that can't be what this software wrote. */
  private damaged(name: string, cause?: unknown): DataError {
    const advice = 'start the run anew in another folder, or restore the file';
    return new DataError(`${this.file(name)} is damaged: ${advice}.`, { cause });
  }
}
