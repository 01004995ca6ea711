import type { SelectorState } from '../patch/selection.ts';
import type { Batch } from './batch.ts';
import type { BatchSource } from './batch-source.ts';
import type { RecipeDrawer, SampleRecord } from './recipe.ts';

/** What one training step works on. */
export interface StepBatches {
  readonly batches: readonly Batch[];
  /** The recipes of all batches, in order. */
  readonly samples: readonly SampleRecord[];
  /** What the next step is drawn from, whatever was prepared ahead already. */
  readonly drawing: SelectorState;
  /** Milliseconds that `next` waited for the batches. */
  readonly waited: number;
}

export interface BatchQueueOptions {
  readonly drawer: RecipeDrawer;
  readonly source: BatchSource;
  /** Batches of one step. */
  readonly count: number;
  /** Steps to prepare while another one computes. */
  readonly ahead: number;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

interface Prepared extends Omit<StepBatches, 'batches' | 'waited'> {
  readonly batches: Promise<readonly Batch[]>;
}

/**
 * Prepares the batches of the coming steps while one computes. Recipes are drawn in order, so how far ahead it works, and on how
 * many threads, changes nothing.
 */
export class BatchQueue {
  private readonly options: BatchQueueOptions;
  private readonly prepared: Prepared[] = [];

  constructor(options: BatchQueueOptions) {
    this.options = options;
  }

  /** The next step's batches; those of the following steps are under way when it returns. */
  async next(): Promise<StepBatches> {
    const { now } = this.options;
    const began = now();
    this.fill(1);
    const { batches, samples, drawing } = this.prepared.shift() as Prepared;
    const step = { batches: await batches, samples, drawing, waited: now() - began };
    this.fill(this.options.ahead);
    return step;
  }

  private fill(length: number): void {
    const { drawer, source, count } = this.options;
    while (this.prepared.length < length) {
      const drawn = Array.from({ length: count }, () => drawer.next());
      const batches = Promise.all(drawn.map((recipes) => source.prepare(recipes)));
      // Its fault is told when the batches are asked for, which may be never.
      batches.catch(() => undefined);
      this.prepared.push({ batches, samples: drawn.flat(), drawing: drawer.state });
    }
  }
}
