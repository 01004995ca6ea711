import { DataError, UsageError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Subject } from './subject.ts';

export interface Split {
  readonly training: Subject[];
  readonly validation: Subject[];
}

/**
 * One fold of a cross-validation. All sessions of a patient fall into one fold, and patients of a site spread evenly over the
 * folds, since sites differ in scanner and protocol. The order of the subjects does not matter.
 *
 * Within each site (sites by name) the patients (by name) are shuffled; the concatenated list is dealt out like cards.
 *
 * @param options.folds at least 2, and at most as many as there are patients
 * @param options.fold 0 … folds - 1: the fold to validate on
 * @throws UsageError when `folds` or `fold` is out of range, DataError when there are fewer patients than folds
 */
export function foldSplit(subjects: readonly Subject[], options: { folds: number; fold: number; seed: number }): Split {
  const { folds, fold, seed } = options;
  if (!Number.isInteger(folds) || folds < 2) {
    throw new UsageError(`The number of folds is ${folds}; it has to be a whole number of at least 2.`);
  }
  if (!Number.isInteger(fold) || fold < 0 || fold >= folds) {
    throw new UsageError(`The fold is ${fold}; with ${folds} folds it has to be 0 to ${folds - 1}.`);
  }
  const groupsBySite = new Map<string, Set<string>>();
  for (const { group, site } of subjects) {
    const groups = groupsBySite.get(site ?? '') ?? new Set();
    groupsBySite.set(site ?? '', groups.add(group));
  }
  const order: string[] = [];
  for (const site of [...groupsBySite.keys()].sort()) {
    order.push(...new Random(seed, 'fold split', site).shuffle([...(groupsBySite.get(site) as Set<string>)].sort()));
  }
  const groups = [...new Set(order)];
  if (groups.length < 2) {
    const reason =
      groups.length === 0
        ? 'there is no subject with a reference mask'
        : `all scans are of one patient, ${groups[0]}: train on them without holding any out (no --fold), or add patients`;
    throw new DataError(`There is nothing to deal out to ${folds} folds: ${reason}.`);
  }
  if (groups.length < folds) {
    throw new DataError(`There are ${groups.length} patients for ${folds} folds; use at most ${groups.length} folds.`);
  }
  return divide(subjects, new Set(groups.filter((_, index) => index % folds === fold)));
}

/**
 * Validates on the subjects named, together with every other session of the same patients.
 *
 * @param ids subject ids or patients, with or without the `sub-` of BIDS
 * @throws UsageError when no id is given, an id fits no subject, or none is left to train on
 */
export function splitByIds(subjects: readonly Subject[], ids: readonly string[]): Split {
  if (ids.length === 0) throw new UsageError('No subject to hold out is named; name one, or leave the option out.');
  const validation = new Set<string>();
  const unknown: string[] = [];
  for (const id of ids) {
    const matching = subjects.filter(({ id: own, group }) =>
      [own, group].some((name) => name === id || name === `sub-${id}`),
    );
    if (matching.length === 0) unknown.push(id);
    for (const subject of matching) validation.add(subject.group);
  }
  if (unknown.length > 0) {
    const shown = subjects.slice(0, 12).map((subject) => subject.id);
    if (subjects.length > 12) shown.push(`${subjects.length - 12} more`);
    const known = shown.join(', ');
    throw new UsageError(`No subject is called ${unknown.join(', ')}; the subjects are ${known}.`);
  }
  const split = divide(subjects, validation);
  if (split.training.length === 0) throw new UsageError('Every subject is held out; leave some to train on.');
  return split;
}

/**
 * Leaves one site out: validates on the patients of that site, and trains on all others.
 *
 * @throws UsageError when no subject is from that site, or all are
 */
export function splitBySite(subjects: readonly Subject[], site: string): Split {
  const sites = new Set(subjects.flatMap((subject) => subject.site ?? []));
  if (!sites.has(site)) {
    const known =
      sites.size === 0
        ? 'the dataset names no sites (participants.tsv or the manifest may, in a column "site")'
        : `the sites are ${[...sites].sort().join(', ')}`;
    throw new UsageError(`No subject is from the site ${site}; ${known}.`);
  }
  const split = divide(subjects, new Set(subjects.filter((own) => own.site === site).map(({ group }) => group)));
  if (split.training.length === 0)
    throw new UsageError(`Every subject is from ${site}; there is none left to train on.`);
  return split;
}

function divide(subjects: readonly Subject[], validation: ReadonlySet<string>): Split {
  return {
    training: subjects.filter((subject) => !validation.has(subject.group)),
    validation: subjects.filter((subject) => validation.has(subject.group)),
  };
}
