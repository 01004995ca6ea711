import type { BrowserModel, Compute } from '../../src/browser/compute.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import type { Store } from './store.ts';

/** What every action works with. */
export interface Context {
  readonly store: Store;
  readonly compute: Compute;
  /** The model that predicts; its description is in the store too. */
  model: BrowserModel | null;
}

/** Says what went wrong: our own messages as they are, others with a word that they are not meant. */
export function report(store: Store, error: unknown): void {
  if (error instanceof DataError || error instanceof UsageError) store.notify('error', error.message);
  else
    store.notify(
      'error',
      `Something went wrong in the page itself: ${error instanceof Error ? error.message : String(error)}`,
    );
}
