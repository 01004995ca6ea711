import { z } from 'zod';

/** The version of a model's description that this rarevox writes. */
export const DESCRIPTION_VERSION = 2;

const versionSchema = z.object({ version: z.number() });

/** The version that the content of a model's metadata entry names; 1 where it names none, which its schema then tells. */
export function descriptionVersionOf(content: unknown): number {
  return versionSchema.safeParse(content).data?.version ?? 1;
}

/**
 * Brings a description of an earlier version to the present one. Version 1 is version 2 without `data`, `limits`, `must_not_be_used_for` and
 * `reported` in its card.
 */
export function migrateDescription(content: unknown): unknown {
  const parsed = z.looseObject({ version: z.literal(1) }).safeParse(content);
  return parsed.success ? { ...parsed.data, version: DESCRIPTION_VERSION } : content;
}
