import { assembleBatch, type Batch, type BatchLayout } from './batch.ts';
import type { SampleRecipe } from './recipe.ts';
import type { TrainingCase } from './training-case.ts';

/** Makes batches of recipes, in whatever thread. */
export interface BatchSource {
  /** Several may be asked for at a time. The batch depends on the recipes alone. */
  prepare(recipes: readonly SampleRecipe[]): Promise<Batch>;
  /** Gives threads and memory back; batches that are under way are rejected or lost. */
  close(): Promise<void>;
}

/** Makes a source for cases and a layout. */
export type MakeBatchSource = (cases: readonly TrainingCase[], layout: BatchLayout) => Promise<BatchSource>;

/** Cuts batches in the caller's own thread, once that has nothing else to do. */
export const inThisThread: MakeBatchSource = async (cases, layout) => ({
  async prepare(recipes) {
    await new Promise((resolve) => setTimeout(resolve));
    return assembleBatch(recipes, cases, layout);
  },
  async close() {},
});
