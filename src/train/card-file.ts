import { z } from 'zod';
import { DataError } from '../errors.ts';
import { dataSourceSchema } from '../model/training-data.ts';
import type { FileAccess } from '../volume/file-access.ts';

const text = z.string().min(1);

/** What a person knows of a model beside what its run holds: the file of `rarevox export --card`. */
export const cardFileSchema = z.strictObject({
  task: text.optional(),
  description: text,
  authors: text.optional(),
  intended_use: text,
  must_not_be_used_for: text,
  limits: z.array(text).min(1),
  /** The command that trained it; only where the run did not record it. */
  command: text.optional(),
  sources: z.array(dataSourceSchema).min(1),
  reported: z.strictObject({
    method: text,
    selection: text,
    results: z
      .array(
        z.strictObject({
          /** The method that the figures are of, where it is not the model itself. */
          baseline: text.optional(),
          sequences: z.array(text).min(1),
          /** A summary.json of `rarevox evaluate` or `train`; its place is relative to this file. */
          summary: text,
          /** Which cases of the summary; all where left out. */
          subjects: z.array(text).min(1).optional(),
          note: text.optional(),
          /** Whether the means get intervals; for a few patients they would tell nothing. */
          intervals: z.boolean().default(true),
        }),
      )
      .min(1),
  }),
});

export type CardFile = z.infer<typeof cardFileSchema>;

/**
 * Reads the file of `rarevox export --card`.
 * @throws DataError with every fault of the file
 */
export async function readCardFile(files: FileAccess, path: string): Promise<CardFile> {
  const content = await files.readText(path);
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw new DataError(`${path} is not JSON: correct it.`, { cause });
  }
  const parsed = cardFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `${path} is no model card (docs/file-formats.md lists its entries):\n${z.prettifyError(parsed.error)}`,
  );
}
