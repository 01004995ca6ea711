/**
 * A fault in the user's data or in the run: the command line prints `message` and exits with status 1.
 * The message is one clear sentence or more: which file or setting, what is wrong, what to do about it.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** A wrong call, such as an unknown option: the command line prints `message` and exits with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Joins the messages of several faults so that all are reported together. Throws nothing when the list is empty. */
export function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new DataError(faults.join('\n'));
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
