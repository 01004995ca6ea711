import { Worker } from 'node:worker_threads';
import { DataError } from '../errors.ts';
import type { Batch, BatchLayout } from '../train/batch.ts';
import type { BatchSource } from '../train/batch-source.ts';
import type { SampleRecipe } from '../train/recipe.ts';
import type { TrainingCase } from '../train/training-case.ts';
import type { BatchAnswer, WorkerData } from './data-worker.ts';

interface Waiting {
  readonly recipes: readonly SampleRecipe[];
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Threads that cut and vary the patches of coming batches. They share one copy of the cases, made at the start: so many bytes
 * more as the prepared scans have, whatever the number of threads.
 */
export class DataWorkers implements BatchSource {
  private readonly cases: readonly TrainingCase[];
  private readonly workers: readonly Worker[];
  /** What each worker was asked for and has not answered, oldest first. */
  private readonly waiting: readonly Waiting[][];
  private next = 0;
  private ended: Error | null = null;

  /** @param count of threads, at least 1 */
  static async start(count: number, cases: readonly TrainingCase[], layout: BatchLayout): Promise<DataWorkers> {
    return new DataWorkers(count, cases.map(shared), layout);
  }

  private constructor(count: number, cases: readonly TrainingCase[], layout: BatchLayout) {
    this.cases = cases;
    const workerData: WorkerData = { cases, layout };
    this.workers = Array.from(
      { length: count },
      () => new Worker(new URL('./data-worker.js', import.meta.url), { workerData }),
    );
    this.waiting = this.workers.map(() => []);
    for (const [index, worker] of this.workers.entries()) {
      worker.on('message', (answer: BatchAnswer) => this.settle(index, answer));
      worker.on('error', (error) => this.end(index, `it failed (${error.message})`, error));
      worker.on('exit', (status) => this.end(index, `it ended with status ${status}`));
      // A thread that waits for work does not keep the program running; one that is waited for does.
      worker.unref();
    }
  }

  prepare(recipes: readonly SampleRecipe[]): Promise<Batch> {
    if (this.ended !== null) return Promise.reject(this.ended);
    // In turn: batches take about as long as one another.
    const index = this.next++ % this.workers.length;
    return new Promise((resolve, reject) => {
      this.waiting[index]?.push({ recipes, resolve, reject });
      this.workers[index]?.ref();
      this.workers[index]?.postMessage(recipes);
    });
  }

  async close(): Promise<void> {
    this.ended ??= new DataError('The preparation of batches was ended.');
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    for (const { reject } of this.waiting.flatMap((list) => list.splice(0))) reject(this.ended);
  }

  private settle(index: number, answer: BatchAnswer): void {
    const first = this.waiting[index]?.shift();
    if (first === undefined) return;
    if (this.waiting[index]?.length === 0) this.workers[index]?.unref();
    if (answer.kind === 'batch') first.resolve(answer.batch);
    else first.reject(this.faultOf(`it failed (${answer.message})`, first.recipes));
  }

  /** A thread is gone: whatever is waited for won't come. */
  private end(index: number, how: string, cause?: Error): void {
    if (this.ended !== null) return;
    const recipes = this.waiting[index]?.[0]?.recipes ?? [];
    this.ended = this.faultOf(how, recipes, cause);
    for (const { reject } of this.waiting.flatMap((list) => list.splice(0))) reject(this.ended);
  }

  private faultOf(how: string, recipes: readonly SampleRecipe[], cause?: Error): DataError {
    const subjects = [...new Set(recipes.map(({ caseIndex }) => this.cases[caseIndex]?.id ?? `case ${caseIndex}`))];
    const work = subjects.length === 0 ? 'while it waited for work' : `on a batch of ${subjects.join(', ')}`;
    const advice =
      'if the machine ran out of memory, take a smaller patch or batch; --workers 0 does the same without threads';
    return new DataError(`A thread that prepares batches stopped ${work}: ${how}; ${advice}.`, { cause });
  }
}

/** The case with its arrays in shared memory. */
function shared(one: TrainingCase): TrainingCase {
  const image = new Float32Array(new SharedArrayBuffer(one.image.byteLength));
  image.set(one.image);
  const labels = new Uint8Array(new SharedArrayBuffer(one.labels.byteLength));
  labels.set(one.labels);
  const brain = new Uint8Array(new SharedArrayBuffer(one.brain.byteLength));
  brain.set(one.brain);
  // The lists of foreground voxels serve the drawing, which is done by the trainer.
  return { ...one, image, labels, brain, foreground: new Int32Array(0) };
}
