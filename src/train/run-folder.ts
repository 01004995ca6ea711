import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';

/** One line of log.jsonl: a training step. */
export const logEntrySchema = z.strictObject({
  step: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  /** Since the run began, pauses between a kill and a resume left out. */
  seconds: z.number(),
  /** Where the step's patches came from. */
  subjects: z.array(z.string()),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

const LOG = 'log.jsonl';
export const CHECKPOINT = 'checkpoint_latest.safetensors';
export const FINAL_CHECKPOINT = 'checkpoint_final.safetensors';
export const FINGERPRINT = 'fingerprint.json';
export const MODEL = 'model.onnx';

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

  /** For a file of the run that can't be what this software wrote. */
  damaged(name: string, cause?: unknown): DataError {
    const advice = 'start the run anew in another folder, or restore the file';
    return new DataError(`${this.file(name)} is damaged: ${advice}.`, { cause });
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

  /**
   * The log's entries up to a step; what a killed run logged after its last checkpoint is done again, and dropped.
   * @throws DataError when the log is damaged or lacks a step
   */
  async readLog(lastStep: number): Promise<LogEntry[]> {
    const text = (await this.has(LOG)) ? await this.files.readText(this.file(LOG)) : '';
    const lines = text.split('\n').filter((line) => line !== '');
    let entries: LogEntry[];
    try {
      entries = lines.map((line) => logEntrySchema.parse(JSON.parse(line))).filter(({ step }) => step <= lastStep);
    } catch (cause) {
      throw this.damaged(LOG, cause);
    }
    const isWhole = entries.every(({ step }, index) => step === index + 1);
    if (!isWhole || (Number.isFinite(lastStep) && entries.length !== lastStep)) throw this.damaged(LOG);
    return entries;
  }

  writeLog(entries: readonly LogEntry[]): Promise<void> {
    return this.write(LOG, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }
}
