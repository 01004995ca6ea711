import { deviceFault } from '../engine/device-fault.ts';
import type { Device, Engine, HostTensor, LoadOptions, RunRequest } from '../engine/engine.ts';
import { DataError, messageOf } from '../errors.ts';
import { openGpu } from './devices.ts';
import type { EngineMethods } from './engine-worker.ts';
import { RemoteWorker } from './remote-calls.ts';

/** An engine on onnxruntime-web in a worker of its own, the browser's counterpart to `ChildEngine` of `rarevox/node`. */
export class WorkerEngine implements Engine {
  readonly device: 'cpu' | 'webgpu';
  readonly threads: number;
  private readonly remote: RemoteWorker<EngineMethods>;
  /** The last request: ONNX Runtime takes one at a time. */
  private queue: Promise<unknown>;
  /** On WebGPU a device of this worker's own, which is lost when the engine's is. */
  private witness: GPUDevice | null = null;

  /** @param options.threads more than one needs a page that is cross-origin isolated */
  constructor({ threads, device }: { readonly threads: number; readonly device: 'cpu' | 'webgpu' }) {
    this.device = device;
    this.threads = threads;
    const worker = new Worker(new URL('./engine-worker.js', import.meta.url), {
      type: 'module',
      name: 'rarevox engine',
    });
    this.remote = new RemoteWorker(worker, 'The engine');
    this.queue = this.remote.call('open', { threads, device });
    // Whoever asks first is told.
    this.queue.catch(() => undefined);
    if (device === 'webgpu') void this.watchGpu();
  }

  load(name: string, model: Uint8Array, options: LoadOptions): Promise<void> {
    return this.inTurn(() => this.remote.call('load', { name, model, options }));
  }

  unload(name: string): Promise<void> {
    return this.inTurn(() => this.remote.call('unload', { name }));
  }

  store(name: string, tensor: HostTensor): Promise<void> {
    return this.inTurn(() => this.remote.call('store', { name, tensor }));
  }

  fetch(name: string): Promise<HostTensor> {
    return this.inTurn(() => this.remote.call('fetch', { name }));
  }

  run(model: string, request: RunRequest): Promise<Readonly<Record<string, HostTensor>>> {
    return this.inTurn(() => this.remote.call('run', { model, request }));
  }

  async close(): Promise<void> {
    this.remote.end(new DataError('The computation was ended.'));
    this.witness?.destroy();
  }

  /**
   * Ends the engine when the browser's GPU process ends, and every device with it: ONNX Runtime then waits for its own in a loop, where
   * no news reach it.
   */
  private async watchGpu(): Promise<void> {
    this.witness = await openGpu();
    const lost = await this.witness?.lost;
    if (lost === undefined || lost.reason === 'destroyed') return;
    this.remote.end(explain(new Error(`the device is lost: ${lost.message}`), this.device));
  }

  private inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.queue.then(ask).catch((error: unknown): never => {
      throw explain(error, this.device);
    });
    this.queue = answer.catch(() => undefined);
    return answer;
  }
}

function explain(error: unknown, device: Device): Error {
  if (error instanceof DataError) return error;
  const message = messageOf(error);
  const fault = deviceFault(device, message);
  if (fault !== null) return new DataError(fault);
  return new DataError(
    /bad_alloc|allocat|out of memory|memory access out of bounds/i.test(message)
      ? `The computation failed (${message}); most likely the memory ran out: take a smaller patch, or close other tabs.`
      : `The computation failed: ${message}`,
  );
}
