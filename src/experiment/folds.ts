import { foldSplit, type Split, splitBySite } from '../dataset/split.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import type { FoldChoice } from './config.ts';

/** Whom a run trains on and whom it is scored on. */
export interface Fold {
  /** For people: `fold 0`, `site tabriz`. */
  readonly name: string;
  readonly split: Split;
}

const DEFAULT_COUNT = 5;

/**
 * The folds of an experiment, over the subjects that have a reference.
 * @throws DataError where the dataset is too small for them, names no sites, or a fold is used that there is not
 */
export function foldsOf({ name, subjects }: Dataset, { by, count = DEFAULT_COUNT, use, seed }: FoldChoice): Fold[] {
  const usable = subjects.filter(({ split }) => split === 'training');
  const folds = by === 'site' ? siteFolds(name, usable) : patientFolds(usable, count, seed);
  const beyond = (use ?? []).filter((index) => index >= folds.length);
  if (beyond.length > 0) {
    throw new DataError(
      `folds.use: folds count from 0, and there are ${folds.length}; there is no fold ${beyond.join(', ')}.`,
    );
  }
  return use === undefined ? folds : [...new Set(use)].map((index) => folds[index] as Fold);
}

function patientFolds(subjects: readonly Subject[], folds: number, seed: number): Fold[] {
  return Array.from({ length: folds }, (_, fold) => ({
    name: `fold ${fold}`,
    split: foldSplit(subjects, { folds, fold, seed }),
  }));
}

function siteFolds(dataset: string, subjects: readonly Subject[]): Fold[] {
  const sites = [...new Set(subjects.flatMap(({ site }) => site ?? []))].sort();
  if (sites.length < 2) {
    const found = sites.length === 0 ? 'names no sites' : `has only the site ${sites[0]}`;
    throw new DataError(
      `folds: the dataset ${dataset} ${found} (participants.tsv or the manifest may, in a column "site"); deal out patients instead.`,
    );
  }
  return sites.map((site) => ({ name: `site ${site}`, split: splitBySite(subjects, site) }));
}
