import { UsageError } from '../errors.ts';
import type { Dataset } from './subject.ts';

/**
 * The dataset with one rater's masks as the references, in place of the layout's default (ISBI 2015: `mask1`; MSSEG 2016:
 * `Consensus`). Subjects that this rater did not segment have no reference then, and are for testing.
 *
 * @param rater null: as it is
 * @throws UsageError when no subject has a mask by that rater
 */
export function withRater(dataset: Dataset, rater: string | null): Dataset {
  if (rater === null) return dataset;
  const raters = new Set(dataset.subjects.flatMap(({ references }) => Object.keys(references ?? {})));
  if (!raters.has(rater)) {
    const known = raters.size === 0 ? 'it has one reference a scan' : `its raters are ${[...raters].sort().join(', ')}`;
    throw new UsageError(`The dataset ${dataset.name} has no rater ${rater}; ${known}.`);
  }
  const subjects = dataset.subjects.map((subject) => {
    const { reference: _, ...rest } = subject;
    const chosen = subject.references?.[rater];
    return chosen === undefined ? { ...rest, split: 'test' as const } : { ...rest, reference: chosen };
  });
  return { ...dataset, subjects };
}
