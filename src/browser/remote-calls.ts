import { DataError, messageOf, UsageError } from '../errors.ts';

/*
 * Calls from a page or a worker to a worker: each has a number, one answer, and any number of events before it. Calls may be
 * under way together.
 */

/** What a worker can be asked for: methods of one argument. */
export type Methods<M> = { readonly [K in keyof M]: (argument: never, call: CallContext) => Promise<Answer<unknown>> };

/** What a method may use beside its argument. */
export interface CallContext {
  /** Sends an event to whoever called. */
  readonly emit: (event: unknown) => void;
}

/** A method's result, and which of its buffers the worker gives away rather than copies. */
export interface Answer<T> {
  readonly value: T;
  readonly transfer?: readonly Transferable[];
}

type Argument<F> = F extends (argument: infer A, ...rest: never[]) => unknown ? A : never;
type Value<F> = F extends (...rest: never[]) => Promise<Answer<infer T>> ? T : never;

interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

type AnswerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly id: number; readonly event: unknown }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly name: string; readonly message: string };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: (event: never) => void;
}

/** Answers the calls of whoever started this worker. Call it once, after everything that the methods need is there. */
export function serveCalls<M extends Methods<M>>(methods: M): void {
  const post = (message: AnswerMessage, transfer: readonly Transferable[] = []): void =>
    self.postMessage(message, { transfer: [...transfer] });
  self.addEventListener('message', (message: MessageEvent<CallMessage>) => {
    const { id, method, argument } = message.data;
    const handler = methods[method as keyof M];
    handler(argument as never, { emit: (event) => post({ kind: 'event', id, event }) }).then(
      ({ value, transfer }) => post({ kind: 'value', id, value }, transfer),
      (error: unknown) => {
        const name = error instanceof Error ? error.name : 'Error';
        post({ kind: 'fault', id, name, message: messageOf(error) });
      },
    );
  });
  post({ kind: 'ready' });
}

/** The calling side: a worker, and the calls that it has not answered. */
export class RemoteWorker<M extends Methods<M>> {
  private readonly worker: Worker;
  private readonly name: string;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  private isReady = false;
  private ended: Error | null = null;

  /** @param name what messages call it, such as `The compute worker` */
  constructor(worker: Worker, name: string) {
    this.worker = worker;
    this.name = name;
    worker.addEventListener('message', ({ data }: MessageEvent<AnswerMessage>) => this.receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(new DataError(this.describeCrash(event.message)));
    });
    worker.addEventListener('messageerror', () =>
      this.end(new DataError(this.describeCrash('an answer could not be read'))),
    );
  }

  /** Whether it can be called no more. */
  get hasEnded(): boolean {
    return this.ended !== null;
  }

  /**
   * Calls a method.
   *
   * @param options.transfer buffers of the argument that are given away
   * @throws DataError or UsageError as the method does; an Error for anything else
   */
  call<K extends keyof M & string, E = never>(
    method: K,
    argument: Argument<M[K]>,
    options: { readonly transfer?: readonly Transferable[]; readonly onEvent?: ((event: E) => void) | undefined } = {},
  ): Promise<Value<M[K]>> {
    if (this.ended !== null) return Promise.reject(this.ended);
    const id = ++this.count;
    const message: CallMessage = { id, method, argument };
    return new Promise((resolve, reject) => {
      this.worker.postMessage(message, [...(options.transfer ?? [])]);
      this.waiting.set(id, { resolve, reject, onEvent: options.onEvent ?? (() => undefined) });
    });
  }

  /** Ends the worker, in the middle of its work if need be; whoever waits for an answer gets the error. */
  end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private receive(message: AnswerMessage): void {
    if (message.kind === 'ready') {
      this.isReady = true;
      return;
    }
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'event') {
      waiting.onEvent(message.event as never);
      return;
    }
    this.waiting.delete(message.id);
    if (message.kind === 'value') waiting.resolve(message.value as never);
    else waiting.reject(errorOf(message.name, message.message));
  }

  private describeCrash(cause: string | undefined): string {
    const said = cause === undefined || cause === '' ? '' : ` (${cause})`;
    if (!this.isReady) {
      return `${this.name} could not start${said}: its script is missing or the page's Content-Security-Policy forbids it.`;
    }
    return `${this.name} ended${said}; most likely the memory ran out: close other tabs, or take a smaller patch.`;
  }
}

function errorOf(name: string, message: string): Error {
  if (name === 'DataError') return new DataError(message);
  if (name === 'UsageError') return new UsageError(message);
  return new Error(message);
}
