/**
 * One step of a long piece of work, handed to the `onEvent` callback of library functions. Whoever shows it computes the
 * rate and the remaining time; the library never looks at a clock for it.
 */
export interface ProgressEvent {
  readonly kind: 'progress';
  /** What is going on, such as 'Training' or 'Predicting sub-01'. A new label starts a new line of progress. */
  readonly label: string;
  /** Units finished so far, from 0 to `total`; a resumed piece of work starts above 0. */
  readonly done: number;
  readonly total: number;
  /** What is counted: pieces of work, unless the work is limited by time. */
  readonly unit?: 'seconds';
  /** Current figures, such as 'loss 0.41'. */
  readonly detail?: string;
}
