import type { InferenceSession, InferenceSessionFactory, Tensor, TensorConstructor } from 'onnxruntime-common';
import { Random } from '../random.ts';
import type { Device, Engine, EngineOptions, Feed, HostTensor, LoadOptions, RunRequest } from './engine.ts';

/** The part of an ONNX Runtime package that the engine needs: onnxruntime-node, or onnxruntime-web in the browser. */
export interface OrtRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** The engine itself, in the process (or worker) that it is made in; `run` blocks that process under Node. */
export class OrtEngine implements Engine {
  readonly device: Device;
  private readonly runtime: OrtRuntime;
  private readonly options: EngineOptions;
  private readonly sessions = new Map<string, InferenceSession>();
  private readonly tensors = new Map<string, Tensor>();

  constructor(runtime: OrtRuntime, options: EngineOptions) {
    this.runtime = runtime;
    this.options = options;
    this.device = options.device ?? 'cpu';
  }

  async load(name: string, model: Uint8Array, { optimize }: LoadOptions): Promise<void> {
    await this.unload(name);
    const isGpu = this.device !== 'cpu';
    const session = await this.runtime.InferenceSession.create(model, {
      executionProviders: [this.device],
      // What a GPU's provider can't run is an error: ONNX Runtime would move it to the CPU, and the tensors with it.
      ...(isGpu && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
      intraOpNumThreads: this.options.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimize ? 'all' : 'disabled',
      // The arena's first-run plan would stay beside the later one; with the child's malloc settings plain allocation
      // is as fast and needs half the memory.
      enableCpuMemArena: false,
      enableMemPattern: false,
      logSeverityLevel: isGpu ? 4 : 3,
    });
    this.sessions.set(name, session);
  }

  async unload(name: string): Promise<void> {
    const session = this.sessions.get(name);
    this.sessions.delete(name);
    await session?.release();
  }

  async store(name: string, tensor: HostTensor): Promise<void> {
    this.tensors.set(name, this.toTensor(tensor));
  }

  async fetch(name: string): Promise<HostTensor> {
    return toHost(this.stored(name));
  }

  /**
   * @param memory tensors of the right shapes to write outputs into, by name: fresh ones would lie until the next garbage
   *   collection between the blocks that a run allocates and frees, and the heap would grow around them
   */
  async run(
    model: string,
    request: RunRequest,
    memory: Readonly<Record<string, HostTensor>> = {},
  ): Promise<Readonly<Record<string, HostTensor>>> {
    const session = this.sessions.get(model);
    if (session === undefined) throw new Error(`no model is loaded under the name ${model}`);
    const feeds: Record<string, Tensor> = {};
    for (const [name, feed] of Object.entries(request.feeds)) feeds[name] = this.resolve(feed);
    const stored = Object.entries(request.stored ?? {});
    const fetches: Record<string, Tensor | null> = {};
    for (const name of request.returned) fetches[name] = name in memory ? this.toTensor(memory[name]) : null;
    for (const [output] of stored) fetches[output] = null;
    const unknown = Object.keys(fetches).find((name) => !session.outputNames.includes(name));
    if (unknown !== undefined) throw new Error(`the model ${model} has no output ${unknown}`);
    const outputs = await session.run(feeds, fetches);
    for (const [output, name] of stored) this.tensors.set(name, outputs[output] as Tensor);
    // The tensor that was given itself: ONNX Runtime's is another view of its memory that doesn't keep it alive.
    const returned = request.returned.map((name): [string, HostTensor] => {
      const isGiven = fetches[name] !== null;
      return [name, isGiven ? (memory[name] as HostTensor) : toHost(outputs[name] as Tensor)];
    });
    return Object.fromEntries(returned);
  }

  async close(): Promise<void> {
    for (const name of [...this.sessions.keys()]) await this.unload(name);
    this.tensors.clear();
  }

  private resolve(feed: Feed): Tensor {
    switch (feed.kind) {
      case 'tensor':
        return this.toTensor(feed.tensor);
      case 'stored':
        return this.stored(feed.name);
      case 'keep-mask': {
        const mask = new Uint8Array(feed.shape.reduce((product, size) => product * size, 1));
        new Random(...feed.keys).fillKeepMask(mask, feed.rate);
        return this.toTensor({ shape: feed.shape, data: mask });
      }
      default:
        return feed satisfies never;
    }
  }

  private stored(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor is stored under the name ${name}`);
    return tensor;
  }

  private toTensor({ shape, data }: HostTensor): Tensor {
    if (data instanceof Float32Array) return new this.runtime.Tensor('float32', data, shape);
    return new this.runtime.Tensor('uint8', data, shape);
  }
}

function toHost(tensor: Tensor): HostTensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array || data instanceof Uint8Array)) {
    throw new Error(`an output has the type ${tensor.type}, which the engine does not pass on`);
  }
  return { shape: tensor.dims, data };
}
