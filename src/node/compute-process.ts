import * as runtime from 'onnxruntime-node';
import type { Device, Feed, HostTensor } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { messageOf } from '../errors.ts';
import {
  type ComputeAnswer,
  type ComputeRequest,
  mapRecord,
  type RequestMessage,
  type SentFeed,
} from './compute-messages.ts';
import { receiveTensor, TensorSender } from './tensor-file.ts';

/*
 * The compute process: an engine that answers the parent's requests one after the other. ONNX Runtime's `run` blocks
 * this process and never the parent. Large tensors come and go through the tensor files at the descriptors that the parent names.
 */

const device = process.argv[2] as Device;
const [threads, requestFile, answerFile] = process.argv.slice(3).map(Number);
// A missing GPU is told by the exception; ONNX Runtime would write an error of its own besides.
if (device !== 'cpu') runtime.env.logLevel = 'fatal';
const engine = new OrtEngine(runtime, { threads, device });
/** What each model's last run gave back, which the next one writes over: it is sent by then. */
const given = new Map<string, Readonly<Record<string, HostTensor>>>();
/** Memory of the tensors that the last run was fed with, by input: nobody holds them when the next one comes. */
const fed = new Map<string, ArrayBufferLike>();
const sender = new TensorSender(answerFile === -1 ? null : answerFile);

async function answer(request: ComputeRequest): Promise<Readonly<Record<string, HostTensor>>> {
  switch (request.kind) {
    case 'load':
      given.delete(request.name);
      await engine.load(request.name, request.model, request.options);
      return {};
    case 'unload':
      given.delete(request.name);
      await engine.unload(request.name);
      return {};
    case 'store':
      await engine.store(request.name, receiveTensor(requestFile, request.tensor));
      return {};
    case 'fetch':
      return { [request.name]: await engine.fetch(request.name) };
    case 'run': {
      const { model } = request;
      const feeds = mapRecord(request.request.feeds, receiveFeed);
      const outputs = await engine.run(model, { ...request.request, feeds }, given.get(model));
      given.set(model, outputs);
      return outputs;
    }
    default:
      return request satisfies never;
  }
}

function receiveFeed(feed: SentFeed, name: string): Feed {
  if (feed.kind !== 'tensor') return feed;
  const tensor = receiveTensor(requestFile, feed.tensor, fed.get(name));
  if (feed.tensor.kind === 'place') fed.set(name, tensor.data.buffer);
  return { kind: 'tensor', tensor };
}

async function reply({ request, answersRead }: RequestMessage): Promise<ComputeAnswer> {
  sender.release(answersRead);
  try {
    const tensors = await answer(request);
    return { kind: 'result', tensors: mapRecord(tensors, (tensor) => sender.send(tensor)) };
  } catch (error) {
    return { kind: 'failure', message: messageOf(error) };
  } finally {
    sender.endMessage();
  }
}

let queue: Promise<void> = Promise.resolve();
process.on('message', (message) => {
  queue = queue.then(async () => {
    process.send?.(await reply(message as RequestMessage));
  });
});
// The parent is gone (killed, perhaps): nobody waits for a result any more.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides when to end.
process.on('SIGINT', () => undefined);
// As when a batch system ends a job: the parent writes a checkpoint first. Node.js would open its debugger at SIGUSR1.
process.on('SIGTERM', () => undefined);
process.on('SIGUSR1', () => undefined);
