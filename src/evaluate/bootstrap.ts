import { quantile } from '../quantile.ts';
import type { Random } from '../random.ts';

export interface BootstrapOptions {
  /** Whom each value belongs to, such as the patient of a scan: values of one group are drawn together. */
  readonly groups?: readonly string[];
  /** Number of resamples. Default: 10,000. */
  readonly resamples?: number;
  /** Coverage that the interval aims at, above 0 and below 1. Default: 0.95. */
  readonly level?: number;
  readonly random: Random;
}

/** A mean with its bootstrap interval. */
export interface MeanInterval {
  /** Null where no value is defined. */
  readonly mean: number | null;
  /** Ends of the interval; null where fewer than two groups have a value: one tells nothing of how groups differ. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Values that count. */
  readonly n: number;
  /** Groups that have one of them. */
  readonly n_groups: number;
  /** Values that are null, and left out. */
  readonly n_undefined: number;
}

export const DEFAULT_RESAMPLES = 10_000;
export const DEFAULT_LEVEL = 0.95;

/**
 * The mean of values and its bootstrap percentile interval (Efron and Tibshirani 1993, An Introduction to the Bootstrap,
 * chapter 13). Groups are resampled with replacement, as many as there are, each with all its values: scans of one patient
 * resemble each other, and drawn one by one they would make the interval too narrow (the cluster bootstrap; Davison and
 * Hinkley 1997, section 3.8). A resample's mean is the sum of its values over their number.
 *
 * The percentile interval needs no estimate of bias or acceleration, and never leaves the range of the values. It is correct
 * to first order only, and with few groups (below 20, say) it is too narrow (DiCiccio and Efron 1996, Statistical Science
 * 11:189-228): a rough guide then, and no test.
 *
 * @param values finite numbers; null where a value is not defined
 * @throws RangeError when an option is out of range, or there is not one group a value
 */
export function bootstrapMean(values: readonly (number | null)[], options: BootstrapOptions): MeanInterval {
  const { groups, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL, random } = options;
  if (groups !== undefined && groups.length !== values.length) {
    throw new RangeError(`bootstrapMean: ${groups.length} groups for ${values.length} values`);
  }
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`bootstrapMean: ${resamples} resamples`);
  if (!(level > 0 && level < 1)) throw new RangeError(`bootstrapMean: a level of ${level}`);
  const { sums, counts, total, n } = sumsOfGroups(values, groups);
  const size = sums.length;
  const known = { n, n_groups: size, n_undefined: values.length - n };
  const mean = n === 0 ? null : total / n;
  if (size < 2) return { mean, lower: null, upper: null, ...known };
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < size; draw++) {
      const group = random.integer(size);
      sum += sums[group];
      count += counts[group];
    }
    means[resample] = sum / count;
  }
  means.sort();
  const tail = (1 - level) / 2;
  return { mean, lower: quantile(means, tail), upper: quantile(means, 1 - tail), ...known };
}

/** The sum and the number of each group's values, for groups that have any, in the order in which they come. */
function sumsOfGroups(values: readonly (number | null)[], groups: readonly string[] | undefined) {
  const indices = new Map<string | number, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  let total = 0;
  let n = 0;
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const key = groups?.[index] ?? index;
    let group = indices.get(key);
    if (group === undefined) {
      group = sums.length;
      indices.set(key, group);
      sums.push(0);
      counts.push(0);
    }
    sums[group] += value;
    counts[group]++;
    total += value;
    n++;
  }
  return { sums, counts, total, n };
}
