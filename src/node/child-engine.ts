import { type ChildProcess, fork } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deviceFault } from '../engine/device-fault.ts';
import type { Device, Engine, EngineOptions, Feed, HostTensor, LoadOptions, RunRequest } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import { allocatorSettings } from './allocator-settings.ts';
import {
  type ComputeAnswer,
  type ComputeRequest,
  mapRecord,
  type RequestMessage,
  type SentFeed,
} from './compute-messages.ts';
import { openTensorFile, receiveTensor, TensorSender } from './tensor-file.ts';

interface Waiting {
  readonly resolve: (tensors: Readonly<Record<string, HostTensor>>) => void;
  readonly reject: (error: Error) => void;
}

/** An engine in a child process, so that progress and cancelling go on while it computes, and its death is explained. */
export class ChildEngine implements Engine {
  readonly device: Device;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private readonly waiting: Waiting[] = [];
  private readonly requestFile = openTensorFile();
  private readonly answerFile = openTensorFile();
  private readonly sender = new TensorSender(this.requestFile);
  /** Answers read since the last request. */
  private answersRead = 0;
  private ended: Error | null = null;

  constructor({ threads, device = 'cpu' }: EngineOptions) {
    this.device = device;
    const files = [this.requestFile, this.answerFile];
    // The child's descriptors are the places in `stdio`.
    const places = files.map((file, index) => (file === null ? -1 : 4 + index));
    const script = fileURLToPath(new URL('./compute-process.js', import.meta.url));
    this.child = fork(script, [device, ...[threads, ...places].map(String)], {
      env: { ...process.env, ...allocatorSettings(process.env) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...files.map((file) => file ?? ('ignore' as const))],
    });
    this.child.on('message', (message) => this.settle(message as ComputeAnswer));
    this.child.on('error', (error) => this.end(new DataError(`The compute process could not start: ${error.message}`)));
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        this.end(new DataError(causeOfDeath(code, signal)));
        resolve();
      });
      this.child.on('error', () => {
        if (this.child.pid === undefined) resolve();
      });
    });
    this.exited.then(() => {
      for (const file of files) if (file !== null) closeSync(file);
    });
  }

  async load(name: string, model: Uint8Array, options: LoadOptions): Promise<void> {
    await this.ask(() => ({ kind: 'load', name, model, options }));
  }

  async unload(name: string): Promise<void> {
    await this.ask(() => ({ kind: 'unload', name }));
  }

  async store(name: string, tensor: HostTensor): Promise<void> {
    await this.ask(() => ({ kind: 'store', name, tensor: this.sender.send(tensor) }));
  }

  async fetch(name: string): Promise<HostTensor> {
    const tensors = await this.ask(() => ({ kind: 'fetch', name }));
    return tensors[name] as HostTensor;
  }

  async run(model: string, request: RunRequest): Promise<Readonly<Record<string, HostTensor>>> {
    const sent = (feed: Feed): SentFeed =>
      feed.kind === 'tensor' ? { kind: 'tensor', tensor: this.sender.send(feed.tensor) } : feed;
    return this.ask(() => ({ kind: 'run', model, request: { ...request, feeds: mapRecord(request.feeds, sent) } }));
  }

  async close(): Promise<void> {
    this.end(new DataError('The computation was ended.'));
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private ask(write: () => ComputeRequest): Promise<Readonly<Record<string, HostTensor>>> {
    if (this.ended !== null) return Promise.reject(this.ended);
    const message: RequestMessage = { request: write(), answersRead: this.answersRead };
    this.sender.endMessage();
    this.answersRead = 0;
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      // A send fails when the process is gone; its exit, which follows, tells why.
      this.child.send(message, () => undefined);
    });
  }

  private settle(answer: ComputeAnswer): void {
    const first = this.waiting.shift();
    // After the end nobody waits, and the files are closed.
    if (first === undefined) return;
    this.sender.release(1);
    this.answersRead++;
    if (answer.kind === 'failure') {
      first.reject(new DataError(explain(answer.message, this.device)));
      return;
    }
    try {
      first.resolve(mapRecord(answer.tensors, (tensor) => receiveTensor(this.answerFile, tensor)));
    } catch (error) {
      first.reject(error as Error);
    }
  }

  private end(cause: Error): void {
    this.ended ??= cause;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}

const OUT_OF_MEMORY =
  'most likely the machine ran out of memory: take a smaller patch, a smaller batch or a smaller preset, or close other programs';

function causeOfDeath(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return `The compute process was killed; ${OUT_OF_MEMORY}.`;
  if (signal === 'SIGABRT') return `The compute process gave up (SIGABRT); ${OUT_OF_MEMORY}.`;
  const how = signal === null ? `ended with status ${code}` : `was ended by the signal ${signal}`;
  return `The compute process ${how}: try again, and report what stands above if it happens again.`;
}

function explain(message: string, device: Device): string {
  const fault = deviceFault(device, message);
  if (fault !== null) return fault;
  return /bad_alloc|allocate memory|out of memory/i.test(message)
    ? `The computation failed (${message}); ${OUT_OF_MEMORY}.`
    : `The computation failed: ${message}`;
}
