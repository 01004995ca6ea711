import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
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

export type BatchAnswer =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'failure'; readonly message: string };

const { cases, layout } = workerData as WorkerData;

parentPort?.on('message', (recipes: readonly SampleRecipe[]) => {
  try {
    const batch = assembleBatch(recipes, cases, layout);
    const transfer = [batch.image, batch.reference, batch.weight].map(({ data }) => data.buffer as ArrayBuffer);
    parentPort?.postMessage({ kind: 'batch', batch } satisfies BatchAnswer, transfer);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failure', message: messageOf(error) } satisfies BatchAnswer);
  }
});
