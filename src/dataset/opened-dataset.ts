import type { Fault } from './check/fault.ts';
import type { Dataset } from './subject.ts';

/** What the reader of a layout gives: the dataset as far as it goes, and what is wrong with its files' names and lists. */
export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly faults: readonly Fault[];
}
