import { sha256 } from '../preprocess/digest.ts';

/**
 * Part of every key. It is raised when the same configuration comes to mean another training or another scoring, such as by a
 * changed default, so that what was cached before is not taken for it. The version of rarevox is not: it would throw results away that
 * hold still; results have it in them.
 */
const KEY_VERSION = 1;

/** Hexadecimal digits of a key: 64 bits. */
const LENGTH = 16;

/** A short digest of any JSON value. The order of an object's entries does not matter. */
export async function keyOf(content: unknown): Promise<string> {
  return (await sha256(canonicalJson([KEY_VERSION, content]))).slice(0, LENGTH);
}

/** JSON with the entries of every object in the order of their names; those that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  // An entry named like a number would move to the front of an object whatever the order; a list of pairs keeps it.
  return entries.map(([entry, own]) => [entry, sorted(own)]);
}
