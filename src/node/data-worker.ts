import { parentPort, workerData } from 'node:worker_threads';
import { assembleBatch, type Batch, type BatchLayout } from '../train/batch.ts';
import type { SampleRecipe } from '../train/recipe.ts';
import type { TrainingCase } from '../train/training-case.ts';

/*
 * A thread that cuts batches. The cases' arrays lie in memory that all threads share; a batch's go to the trainer without a copy.
 */

/** What a thread is started with. */
export interface WorkerData {
  readonly cases: readonly TrainingCase[];
  readonly layout: BatchLayout;
}

/** A thread is ready once; then it answers each list of recipes. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'failure'; readonly error: Error };

const { cases, layout } = workerData as WorkerData;

parentPort?.on('message', (recipes: readonly SampleRecipe[]) => {
  try {
    const batch = assembleBatch(recipes, cases, layout);
    const transfer = [batch.image, batch.reference, batch.weight].map(({ data }) => data.buffer as ArrayBuffer);
    send({ kind: 'batch', batch }, transfer);
  } catch (thrown) {
    // With its stack, for RAREVOX_DEBUG=1.
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    send({ kind: 'failure', error });
  }
});
send({ kind: 'ready' });

function send(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
