import * as runtime from 'onnxruntime-node';
import type { Device } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { messageOf } from '../errors.ts';
import type { ComputeAnswer, ComputeRequest } from './compute-messages.ts';

/*
 * The compute process: an engine that answers the parent's requests one after the other. ONNX Runtime's `run` blocks
 * this process and never the parent.
 */

const [threads, device] = process.argv.slice(2) as [string, Device];
// A missing GPU is told by the exception; ONNX Runtime would write an error of its own besides.
if (device !== 'cpu') runtime.env.logLevel = 'fatal';
const engine = new OrtEngine(runtime, { threads: Number(threads), device });

async function answer(request: ComputeRequest): Promise<ComputeAnswer> {
  switch (request.kind) {
    case 'load':
      await engine.load(request.name, request.model, request.options);
      return { kind: 'result', tensors: {} };
    case 'unload':
      await engine.unload(request.name);
      return { kind: 'result', tensors: {} };
    case 'store':
      await engine.store(request.name, request.tensor);
      return { kind: 'result', tensors: {} };
    case 'fetch':
      return { kind: 'result', tensors: { [request.name]: await engine.fetch(request.name) } };
    case 'run':
      return { kind: 'result', tensors: await engine.run(request.model, request.request) };
    default:
      return request satisfies never;
  }
}

let queue: Promise<void> = Promise.resolve();
process.on('message', (message) => {
  queue = queue.then(async () => {
    const reply = await answer(message as ComputeRequest).catch(
      (error: unknown): ComputeAnswer => ({ kind: 'failure', message: messageOf(error) }),
    );
    process.send?.(reply);
  });
});
// The parent is gone (killed, perhaps): nobody waits for a result any more.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides when to end.
process.on('SIGINT', () => undefined);
// As when a batch system ends a job: the parent writes a checkpoint first.
process.on('SIGTERM', () => undefined);
