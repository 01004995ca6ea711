import { Worker } from 'node:worker_threads';
import { DataError } from '../errors.ts';
import type { Batch, BatchLayout } from '../train/batch.ts';
import type { BatchSource } from '../train/batch-source.ts';
import type { SampleRecipe } from '../train/recipe.ts';
import type { TrainingCase } from '../train/training-case.ts';
import type { WorkerData, WorkerMessage } from './data-worker.ts';

interface Order {
  readonly recipes: readonly SampleRecipe[];
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  /** What it works on; null while it has nothing to do. */
  order: Order | null;
}

/**
 * Threads that cut and vary the patches of coming batches. They share one copy of the cases, made at the start: so many bytes
 * more as the prepared scans have, whatever the number of threads.
 *
 * A thread that starts or works keeps the program running, an idle one does not.
 */
export class DataWorkers implements BatchSource {
  private readonly cases: readonly TrainingCase[];
  private readonly threads: readonly Thread[];
  /** What no thread has begun, oldest first. Whichever is free takes the next: some batches take far longer than others. */
  private readonly queue: Order[] = [];
  /** Who waits for the start of all threads. */
  private starting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  private ended: Error | null = null;

  /**
   * Starts the threads, and waits until all are ready.
   * @param count of threads, at least 1
   * @throws DataError when a thread does not start
   */
  static async start(count: number, cases: readonly TrainingCase[], layout: BatchLayout): Promise<DataWorkers> {
    const workers = new DataWorkers(count, { cases: cases.map(shared), layout });
    await new Promise<void>((resolve, reject) => {
      workers.starting = { resolve, reject };
    });
    return workers;
  }

  private constructor(count: number, workerData: WorkerData) {
    this.cases = workerData.cases;
    // Without the program's own flags: some, such as --input-type, keep a thread from running a file.
    const options = { workerData, execArgv: [] };
    this.threads = Array.from({ length: count }, () => ({
      worker: new Worker(new URL('./data-worker.js', import.meta.url), options),
      isReady: false,
      order: null,
    }));
    for (const thread of this.threads) {
      thread.worker.on('message', (message: WorkerMessage) => this.receive(thread, message));
      thread.worker.on('error', (error) => this.die(thread, `failed (${error.message})`, error));
      thread.worker.on('exit', (status) => this.die(thread, `ended with status ${status}`));
    }
  }

  /**
   * @returns rejected with a DataError that names the batch's subjects when it can't be made; and for every batch, from then on,
   * when a thread dies, or after `close`
   */
  prepare(recipes: readonly SampleRecipe[]): Promise<Batch> {
    if (this.ended !== null) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.queue.push({ recipes, resolve, reject });
      this.distribute();
    });
  }

  async close(): Promise<void> {
    await this.end(new DataError('The preparation of batches was ended.'));
  }

  private distribute(): void {
    for (const thread of this.threads) {
      if (thread.order !== null) continue;
      const order = this.queue.shift();
      if (order === undefined) return;
      thread.order = order;
      thread.worker.ref();
      thread.worker.postMessage(order.recipes);
    }
  }

  private receive(thread: Thread, message: WorkerMessage): void {
    if (this.ended !== null) return;
    thread.worker.unref();
    if (message.kind === 'ready') {
      thread.isReady = true;
      if (this.threads.every(({ isReady }) => isReady)) this.starting?.resolve();
      return;
    }
    const order = thread.order as Order;
    thread.order = null;
    this.distribute();
    if (message.kind === 'batch') {
      order.resolve(message.batch);
      return;
    }
    const { error } = message;
    const what = `A batch of ${this.subjectsOf(order)} could not be prepared (${error.message})`;
    order.reject(new DataError(`${what}: ${ADVICE}.`, { cause: error }));
  }

  /** One is gone, and its batch with it: the training can't go on without, so the other threads are of no use any more. */
  private die(thread: Thread, how: string, cause?: Error): void {
    if (this.ended !== null) return;
    const what = `A thread that prepares batches ${how}`;
    if (!thread.isReady) {
      const advice = 'install rarevox anew if a file is missing; --workers 0 does without threads';
      void this.end(new DataError(`${what} before it was ready: ${advice}.`, { cause }));
      return;
    }
    const when = thread.order === null ? 'while it was idle' : `at a batch of ${this.subjectsOf(thread.order)}`;
    void this.end(new DataError(`${what} ${when}: ${ADVICE}.`, { cause }));
  }

  /** Rejects all that is waited for, and ends the threads. The first reason stands. */
  private async end(reason: Error): Promise<void> {
    this.ended ??= reason;
    this.starting?.reject(this.ended);
    for (const { order } of this.threads) order?.reject(this.ended);
    for (const { reject } of this.queue.splice(0)) reject(this.ended);
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private subjectsOf({ recipes }: Order): string {
    return [...new Set(recipes.map(({ caseIndex }) => this.cases[caseIndex].id))].join(', ');
  }
}

const ADVICE =
  'if the machine ran out of memory, take a smaller patch or batch; --workers 0 does the same without threads';

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
