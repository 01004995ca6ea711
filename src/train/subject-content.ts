import type { Label, Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import { digestOf } from '../preprocess/digest.ts';
import type { FileAccess } from '../volume/file-access.ts';

/**
 * What preparing a subject for training depends on, beside the plan and the software: the record of the subject, with a
 * digest in place of every path, and the labels that its reference may hold. The same scans under other names are the same.
 * Null where it can't be told: a file can't be read, or may name another file. A path where there is nothing stays a path.
 *
 * The place of a modality that the subject lacks stays empty.
 *
 * Whatever the record holds counts, so that an entry that is added to it some day does not go unseen; what merely names the
 * subject does not.
 */
export async function contentOf(
  files: FileAccess,
  subject: Subject,
  modalities: readonly string[],
  labels: readonly Label[],
): Promise<string | null> {
  const { id: _id, group: _group, site: _site, split: _split, images, ...rest } = subject;
  const used = modalities.map((modality) => images[modality]);
  try {
    const content = await withDigests(files, { ...rest, images: used });
    return JSON.stringify([content, modalities, labels.map(({ value }) => value)]);
  } catch (error) {
    if (error instanceof UnknownContent || error instanceof DataError) return null;
    throw error;
  }
}

class UnknownContent extends Error {}

/** The value with the digest of a file in place of its path; keys in one order. */
async function withDigests(files: FileAccess, value: unknown): Promise<unknown> {
  if (typeof value === 'string') {
    if (!(await files.exists(value))) return value;
    const digest = await digestOf(files, value);
    if (digest === null) throw new UnknownContent();
    return `sha256:${digest}`;
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await withDigests(files, item));
    return items;
  }
  if (typeof value === 'object' && value !== null) {
    const entries: (readonly [string, unknown])[] = [];
    for (const key of Object.keys(value).sort()) {
      entries.push([key, await withDigests(files, (value as Readonly<Record<string, unknown>>)[key])]);
    }
    return entries;
  }
  return value;
}
