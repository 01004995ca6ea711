import { foldSplit, type Split, splitByIds, splitBySite } from '../dataset/split.ts';
import { idsOfSplit, readSplits, SPLITS_FILE, splitByFile } from '../dataset/splits-file.ts';
import type { Dataset, FoldIds } from '../dataset/subject.ts';
import { UsageError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { TrainConfig } from './config.ts';

const DEFAULT_FOLDS = 5;

/** Who is held out, and all folds that this split is one of; no folds where nobody is held out. */
export interface SplitChoice {
  readonly split: Split;
  readonly folds: readonly FoldIds[];
}

/**
 * Splits the subjects that have a reference as a configuration asks for. Folds come from the file that it names, from the
 * dataset's own splits_final.json unless the configuration says how many folds to make, or else from patients dealt out by
 * the seed.
 *
 * @throws UsageError, DataError for a choice that does not fit the data
 */
export async function chooseSplit(files: FileAccess, dataset: Dataset, config: TrainConfig): Promise<SplitChoice> {
  const subjects = dataset.subjects.filter(({ split }) => split === 'training');
  const { fold, validation, leaveOutSite, seed } = config;
  if (validation !== null) return withFolds(splitByIds(subjects, validation));
  if (leaveOutSite !== null) return withFolds(splitBySite(subjects, leaveOutSite));
  if (fold === null) return { split: { training: subjects, validation: [] }, folds: [] };
  const given = config.splits === null ? dataset.folds : await readSplits(files, config.splits);
  if (given !== undefined && config.folds === null) {
    const path = config.splits ?? SPLITS_FILE;
    const chosen = given[fold];
    if (chosen === undefined) {
      throw new UsageError(
        `Folds count from 0: ${path} has ${given.length}, of which the last is ${given.length - 1}.`,
      );
    }
    return { split: splitByFile(subjects, chosen, path), folds: given };
  }
  const count = config.folds ?? DEFAULT_FOLDS;
  const splits = Array.from({ length: count }, (_, index) => foldSplit(subjects, { folds: count, fold: index, seed }));
  return { split: foldSplit(subjects, { folds: count, fold, seed }), folds: splits.map(idsOfSplit) };
}

/** Whether a fold is one of those that the dataset brings along. */
export function usesOwnFolds(dataset: Dataset, { fold, folds, splits }: TrainConfig): boolean {
  return fold !== null && folds === null && splits === null && dataset.folds !== undefined;
}

function withFolds(split: Split): SplitChoice {
  return { split, folds: [idsOfSplit(split)] };
}
