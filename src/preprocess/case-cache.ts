import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { decodeCase, encodeCase, type StoredCase } from './case-file.ts';
import { sha256 } from './digest.ts';
import { type CaseFingerprint, caseFingerprintSchema } from './fingerprint.ts';
import type { PreprocessPlan } from './plan.ts';
import { readableJson } from './readable-json.ts';

/**
 * To be raised with every change of what `prepareCase`, `fingerprintCase` or the reading of scans gives for the same files,
 * so that nobody gets the old results from a cache. A test holds the two together (case-cache.test.ts).
 */
export const CACHE_VERSION = 2;

export interface CaseCacheOptions {
  readonly files: FileAccess;
  /** May be shared by several runs at a time, and deleted at any time. */
  readonly folder: string;
  /** Of rarevox: another version does not take this one's entries. */
  readonly version: string;
  readonly onWarning?: ((message: string) => void) | undefined;
}

const storedFingerprintSchema = z.strictObject({
  key: z.string(),
  sha256: z.string(),
  fingerprint: caseFingerprintSchema,
});

/**
 * Keeps prepared cases and fingerprints in a folder. An entry's name is the SHA-256 of everything that its content depends
 * on: the bytes of the input files, the plan, and the versions. So an entry is never out of date; it is only no longer asked
 * for. An entry that is damaged counts as absent, and is written anew.
 *
 * A folder that can't be read or written costs time, not the run: there is one warning, and work goes on without it.
 */
export class CaseCache {
  private readonly options: CaseCacheOptions;
  private isOutOfOrder = false;

  constructor(options: CaseCacheOptions) {
    this.options = options;
  }

  /** @param content what the subject's input files are, with their digests */
  async readFingerprint(content: string, id: string): Promise<CaseFingerprint | null> {
    const { path, key } = await this.entry('fingerprint', content, null);
    const bytes = await this.read(path);
    if (bytes === null) return null;
    const stored = parseFingerprint(new TextDecoder().decode(bytes));
    if (stored?.key === key && stored.sha256 === (await sha256(JSON.stringify(stored.fingerprint)))) {
      return { ...stored.fingerprint, id };
    }
    return this.damaged(path);
  }

  async writeFingerprint(content: string, fingerprint: CaseFingerprint): Promise<void> {
    const { path, key } = await this.entry('fingerprint', content, null);
    const parsed = caseFingerprintSchema.parse(fingerprint);
    const stored = { key, sha256: await sha256(JSON.stringify(parsed)), fingerprint: parsed };
    await this.write(path, readableJson(stored));
  }

  async readCase(content: string, plan: PreprocessPlan): Promise<StoredCase | null> {
    const { path, key } = await this.entry('case', content, plan);
    const bytes = await this.read(path);
    if (bytes === null) return null;
    return (await decodeCase(bytes, key)) ?? this.damaged(path);
  }

  async writeCase(content: string, plan: PreprocessPlan, prepared: StoredCase): Promise<void> {
    const { path, key } = await this.entry('case', content, plan);
    if (!this.isOutOfOrder) await this.write(path, await encodeCase(prepared, key));
  }

  private async entry(
    kind: 'fingerprint' | 'case',
    content: string,
    plan: PreprocessPlan | null,
  ): Promise<{ path: string; key: string }> {
    const key = await sha256(JSON.stringify([kind, CACHE_VERSION, this.options.version, plan, content]));
    return { path: `${this.options.folder}/${kind}-${key}.${kind === 'case' ? 'safetensors' : 'json'}`, key };
  }

  private async read(path: string): Promise<Uint8Array | null> {
    if (this.isOutOfOrder) return null;
    try {
      return (await this.options.files.exists(path)) ? await this.options.files.readBytes(path) : null;
    } catch (error) {
      return this.outOfOrder(error);
    }
  }

  private async write(path: string, bytes: Uint8Array | string): Promise<void> {
    if (this.isOutOfOrder) return;
    try {
      await this.options.files.write(path, bytes);
    } catch (error) {
      this.outOfOrder(error);
    }
  }

  private damaged(path: string): null {
    this.options.onWarning?.(`${path}: this entry of the cache is damaged; it is made anew.`);
    return null;
  }

  private outOfOrder(error: unknown): null {
    if (!(error instanceof DataError)) throw error;
    this.isOutOfOrder = true;
    this.options.onWarning?.(`${error.message} Work goes on without the cache ${this.options.folder}.`);
    return null;
  }
}

function parseFingerprint(text: string): z.infer<typeof storedFingerprintSchema> | null {
  try {
    return storedFingerprintSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
