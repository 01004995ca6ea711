// The practical peak of this machine: a large square matrix product through ONNX Runtime. Prints one line of JSON.
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { OnnxWriter } from '../dist/engine/onnx-writer.js';

const { values } = parseArgs({
  options: { size: { type: 'string', default: '2048' }, threads: { type: 'string', default: '2' } },
});
const size = Number(values.size);
const writer = new OnnxWriter();
const product = writer.node('MatMul', [
  writer.input('a', [size, size], 'float32'),
  writer.input('b', [size, size], 'float32'),
]);
writer.output('product', product, [size, size]);
const session = await ort.InferenceSession.create(writer.encode(), { intraOpNumThreads: Number(values.threads) });
const matrix = () =>
  new ort.Tensor(
    'float32',
    Float32Array.from({ length: size * size }, (_, n) => n % 7),
    [size, size],
  );
const feeds = { a: matrix(), b: matrix() };
const seconds = [];
for (let round = 0; round < 8; round++) {
  const begin = performance.now();
  await session.run(feeds);
  if (round > 0) seconds.push((performance.now() - begin) / 1000);
}
console.log(JSON.stringify({ gflops: (2 * size ** 3) / Math.min(...seconds) / 1e9 }));
