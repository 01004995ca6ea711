import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { Split } from './split.ts';
import type { FoldIds, Subject } from './subject.ts';

/** nnU-Net's name for the file with the folds of a cross-validation. */
export const SPLITS_FILE = 'splits_final.json';

const splitsSchema = z.array(z.object({ train: z.array(z.string()), val: z.array(z.string()) })).min(1);

/**
 * Reads folds as nnU-Net writes them: a JSON list of `{train, val}`, each a list of cases.
 * @throws DataError naming the file
 */
export async function readSplits(files: FileAccess, path: string): Promise<FoldIds[]> {
  const text = await files.readText(path);
  try {
    return splitsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DataError(
      `${path}: it holds no splits; give a list of {"train": […], "val": […]} with the names of subjects.`,
      { cause },
    );
  }
}

/** The bytes of a splits file, as nnU-Net writes them. */
export function encodeSplits(folds: readonly FoldIds[]): string {
  return `${JSON.stringify(folds, null, 4)}\n`;
}

/** The ids of a split. */
export function idsOfSplit({ training, validation }: Split): FoldIds {
  return { train: training.map(({ id }) => id), val: validation.map(({ id }) => id) };
}

/**
 * The subjects of a fold from a splits file. Subjects that it does not name take no part.
 *
 * @param path of the file, for messages
 * @throws DataError when a name fits no subject, a patient stands on both sides, or a side is empty
 */
export function splitByFile(subjects: readonly Subject[], fold: FoldIds, path: string): Split {
  const byId = new Map(subjects.map((subject) => [subject.id, subject]));
  const unknown = [...fold.train, ...fold.val].filter((id) => !byId.has(id));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 8).join(', ') + (unknown.length > 8 ? ` and ${unknown.length - 8} more` : '');
    throw new DataError(
      `${path}: it names subjects that cannot be trained on here: ${shown}; they are missing or have no reference, so correct the file.`,
    );
  }
  const find = (ids: readonly string[]): Subject[] => [...new Set(ids)].sort().map((id) => byId.get(id) as Subject);
  const split = { training: find(fold.train), validation: find(fold.val) };
  const validated = new Set(split.validation.map(({ group }) => group));
  const leaked = [...new Set(split.training.map(({ group }) => group))].filter((group) => validated.has(group));
  if (leaked.length > 0) {
    throw new DataError(
      `${path}: scans of ${leaked.join(', ')} stand in train and in val; keep all scans of a patient on one side.`,
    );
  }
  if (split.training.length === 0 || split.validation.length === 0) {
    throw new DataError(
      `${path}: a fold without ${split.training.length === 0 ? 'train' : 'val'}; name subjects there.`,
    );
  }
  return split;
}
