import { UsageError } from '../errors.ts';

/** One of several shares of a cohort, for as many machines or jobs. */
export interface Part {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/**
 * The subjects of one part: of every `count` the one at `index`, in their order. The parts share nothing and miss nothing.
 * @throws UsageError when there is no such part
 */
export function partOf<T>(subjects: readonly T[], { index, count }: Part): T[] {
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`The number of parts must be 1 or more, not ${count}.`);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new UsageError(`Of ${count} parts, counted from 0, the last one is ${count - 1}, not ${index}.`);
  }
  return subjects.filter((_, at) => at % count === index);
}
