import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deviceFault } from '../engine/device-fault.ts';
import type { Device, Engine, EngineOptions, HostTensor, LoadOptions, RunRequest } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import { allocatorSettings } from './allocator-settings.ts';
import type { ComputeAnswer, ComputeRequest } from './compute-messages.ts';

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
  private ended: Error | null = null;

  constructor({ threads, device = 'cpu' }: EngineOptions) {
    this.device = device;
    this.child = fork(fileURLToPath(new URL('./compute-process.js', import.meta.url)), [String(threads), device], {
      env: { ...process.env, ...allocatorSettings(process.env) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
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
  }

  async load(name: string, model: Uint8Array, options: LoadOptions): Promise<void> {
    await this.ask({ kind: 'load', name, model, options });
  }

  async unload(name: string): Promise<void> {
    await this.ask({ kind: 'unload', name });
  }

  async store(name: string, tensor: HostTensor): Promise<void> {
    await this.ask({ kind: 'store', name, tensor });
  }

  async fetch(name: string): Promise<HostTensor> {
    const tensors = await this.ask({ kind: 'fetch', name });
    return tensors[name] as HostTensor;
  }

  async run(model: string, request: RunRequest): Promise<Readonly<Record<string, HostTensor>>> {
    return this.ask({ kind: 'run', model, request });
  }

  async close(): Promise<void> {
    this.end(new DataError('The computation was ended.'));
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private ask(request: ComputeRequest): Promise<Readonly<Record<string, HostTensor>>> {
    if (this.ended !== null) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      // A send fails when the process is gone; its exit, which follows, tells why.
      this.child.send(request, () => undefined);
    });
  }

  private settle(answer: ComputeAnswer): void {
    const first = this.waiting.shift();
    if (answer.kind === 'result') first?.resolve(answer.tensors);
    else first?.reject(new DataError(explain(answer.message, this.device)));
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
