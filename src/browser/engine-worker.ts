import type { EngineOptions, HostTensor, LoadOptions, RunRequest } from '../engine/engine.ts';
import { OrtEngine, type OrtRuntime } from '../engine/ort-engine.ts';
import { type Answer, type CallContext, serveCalls } from './remote-calls.ts';

/*
 * The innermost worker: ONNX Runtime and nothing else. The memory of WebAssembly never shrinks, so it comes back by ending
 * this worker; and while it computes one patch, the compute worker fuses the last and cuts the next.
 */

let engine: OrtEngine | null = null;
/** Pending until the GPU is lost. */
let lost: Promise<never> = new Promise(() => undefined);

function opened(): OrtEngine {
  if (engine === null) throw new Error('the engine was not opened');
  return engine;
}

/** The runtime for a device: that of the processor is half as large. */
async function loadRuntime({ device, threads }: EngineOptions): Promise<OrtRuntime> {
  const runtime = await (device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'));
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = 'fatal';
  return runtime;
}

/** A rejection when the GPU is lost: ONNX Runtime may then never answer. */
async function watchGpu(): Promise<void> {
  const { env } = await import('onnxruntime-web/webgpu');
  const device = (await env.webgpu.device) as GPUDevice;
  lost = device.lost.then(({ message }) => {
    throw new Error(`the device is lost${message === '' ? '' : `: ${message}`}`);
  });
  lost.catch(() => undefined);
}

const methods = {
  async open(options: EngineOptions): Promise<Answer<void>> {
    engine = new OrtEngine(await loadRuntime(options), options);
    return { value: undefined };
  },

  async load(
    { name, model, options }: { name: string; model: Uint8Array; options: LoadOptions },
    _call: CallContext,
  ): Promise<Answer<void>> {
    await Promise.race([opened().load(name, model, options), lost]);
    if (opened().device === 'webgpu') await watchGpu();
    return { value: undefined };
  },

  async unload({ name }: { name: string }): Promise<Answer<void>> {
    await Promise.race([opened().unload(name), lost]);
    return { value: undefined };
  },

  async store({ name, tensor }: { name: string; tensor: HostTensor }): Promise<Answer<void>> {
    await opened().store(name, tensor);
    return { value: undefined };
  },

  async fetch({ name }: { name: string }): Promise<Answer<HostTensor>> {
    return { value: await opened().fetch(name) };
  },

  async run({
    model,
    request,
  }: {
    model: string;
    request: RunRequest;
  }): Promise<Answer<Readonly<Record<string, HostTensor>>>> {
    const value = await Promise.race([opened().run(model, request), lost]);
    return { value, transfer: Object.values(value).map(({ data }) => data.buffer as ArrayBuffer) };
  },
};

export type EngineMethods = typeof methods;

serveCalls(methods);
