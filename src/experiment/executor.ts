import type { ProgressEvent } from '../progress-event.ts';

/** One run as an executor sees it: a process of its own that any machine with the same files can do. */
export interface RunTask {
  /** The run's key: the name of its folder. Safe as a file name. */
  readonly key: string;
  /** For people: arm, fold and seed. */
  readonly label: string;
  /**
   * The words behind `rarevox`: the process trains the run, or goes on with it, predicts, scores and writes the results. Done
   * again it finds out what is there already. Its status is 0 when all results of the run are written.
   */
  readonly words: readonly string[];
}

export interface RunOutcome {
  readonly key: string;
  /** `stopped`: ended or never begun because the time was up or somebody interrupted; the same command goes on with it. */
  readonly kind: 'finished' | 'failed' | 'stopped';
  /** Of a failed run: the last words of the process. */
  readonly message: string | null;
}

export interface ExecutionOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ProgressEvent) => void;
  /** Called with what becomes of each run, as soon as it is known. */
  readonly onOutcome: (outcome: RunOutcome) => void;
}

/** What runs the runs of an experiment: processes on this machine, or a cluster. */
export interface Executor {
  /**
   * Runs tasks in their order, as many at a time as it sees fit. A failed one does not keep the others from running.
   * @returns what became of each
   * @throws DataError where none can be run at all; an AbortError when the signal aborts
   */
  execute(tasks: readonly RunTask[], options: ExecutionOptions): Promise<readonly RunOutcome[]>;
}
