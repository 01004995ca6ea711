// What each form that the engine chooses gains over the obvious one: one op, or a few, of the sizes that `compact` has, in turns, as a
// Markdown table; and what recomputation saves of a training step's memory, by the estimate of engine/estimate-memory.ts.
//
//   npm run build && node bench/passes.mjs
import './own-allocator.mjs';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { estimateMemory } from '../dist/engine/estimate-memory.js';
import { lowerProgram } from '../dist/engine/lower-program.js';
import { OnnxWriter } from '../dist/engine/onnx-writer.js';
import { GraphBuilder } from '../dist/graph/builder.js';
import { gradient } from '../dist/graph/gradient.js';
import { parametersOf } from '../dist/graph/program.js';
import { recompute } from '../dist/graph/recompute.js';
import { network } from '../dist/network/network.js';
import { presetNetwork, presets } from '../dist/network/options.js';
import { networkState } from '../dist/network/state.js';

const { values } = parseArgs({
  options: { threads: { type: 'string', default: '2' }, rounds: { type: 'string', default: '9' } },
});
const SIDE = 48;
const VOXELS = SIDE ** 3;
const none = { kind: 'values', values: new Map() };

/** A program of inputs of these shapes, lowered. */
function model(form, shapes, build) {
  const b = new GraphBuilder();
  const inputs = Object.entries(shapes).map(([name, shape]) => b.input(name, shape));
  return lowerProgram(b.program({ result: build(b, ...inputs) }), { form, parameters: none });
}

/** A little of a tensor, so that what is timed is computing it and not handing it out. */
const corner = (b, x) => b.slice(x, 4, 0, 1);

const convolved = { x: [1, 48, SIDE, SIDE, SIDE], w: [12, 48, 3, 3, 3] };
const enlarged = { y: [1, 48, SIDE / 2, SIDE / 2, SIDE / 2], w: [48, 48, 3, 3, 3] };
const learned = { x: [1, 48, SIDE, SIDE, SIDE], y: [1, 12, SIDE, SIDE, SIDE] };
const rectified = { x: [1, 48, SIDE, SIDE, SIDE] };
const dense = Object.fromEntries(
  Array.from({ length: 6 }, (_, layer) => [`x${layer}`, [1, layer === 0 ? 48 : 12, SIDE, SIDE, SIDE]]),
);

/** The weights' gradient as it stands in textbooks: for each tap the product of dy with the input as that tap sees it. */
function weightGradientByTaps() {
  const writer = new OnnxWriter();
  const x = writer.input('x', learned.x, 'float32');
  const y = writer.input('y', learned.y, 'float32');
  const rows = writer.node('Reshape', [y, writer.integers([12, VOXELS])]);
  const taps = [];
  for (const k of [-1, 0, 1]) {
    for (const j of [-1, 0, 1]) {
      for (const i of [-1, 0, 1]) {
        const pads = writer.integers([0, 0, -k, -j, -i, 0, 0, k, j, i]);
        const seen = writer.node('Reshape', [writer.node('Pad', [x, pads]), writer.integers([48, VOXELS])]);
        const product = writer.node('Gemm', [rows, seen], { transB: 1 });
        taps.push(writer.node('Reshape', [product, writer.integers([12, 48, 1])]));
      }
    }
  }
  const all = writer.node('Concat', taps, { axis: 2 });
  writer.output('result', writer.node('Reshape', [all, writer.integers([12, 48, 3, 3, 3])]), [12, 48, 3, 3, 3]);
  return writer.encode();
}

/** What the layers of a dense block normalize; as tensors that nothing is known of, the moments are taken of each anew. */
function normalizedBlock(isKnown) {
  return model('fast', dense, (b, ...tensors) => {
    const corners = tensors.map((_, layer) => {
      const joined = b.concatenate(tensors.slice(0, layer + 1), 1);
      const { shape } = b.node(joined.id);
      // A detour by another shape copies nothing.
      const image = isKnown ? joined : b.reshape(b.reshape(joined, [shape[1], VOXELS]), shape);
      const ones = b.broadcast(b.constant(1), [shape[1]]);
      return corner(b, b.normalize(image, ones, ones, 'batch', 1e-5));
    });
    return b.concatenate(corners, 1);
  });
}

const passes = [
  {
    name: 'a convolution of 48 to 12 channels by depth taps',
    shapes: convolved,
    plain: model('plain', convolved, (b, x, w) => corner(b, b.convolution(x, w))),
    chosen: model('fast', convolved, (b, x, w) => corner(b, b.convolution(x, w))),
  },
  {
    name: 'a transposed convolution of stride 2 as one convolution over all phases',
    shapes: enlarged,
    ...Object.fromEntries(
      [
        ['plain', 'plain'],
        ['chosen', 'fast'],
      ].map(([key, form]) => [
        key,
        model(form, enlarged, (b, y, w) => corner(b, b.transposedConvolution(y, w, [2, 2, 2], [SIDE, SIDE, SIDE]))),
      ]),
    ),
  },
  {
    name: 'the gradient of the weights from shifted gradients of the output',
    shapes: learned,
    plain: weightGradientByTaps(),
    chosen: model('fast', learned, (b, x, y) => b.convolutionWeightGradient(x, y, [1, 1, 1], [3, 3, 3])),
  },
  {
    name: 'the moments of a concatenation from those of its parts, six layers',
    shapes: dense,
    plain: normalizedBlock(false),
    chosen: normalizedBlock(true),
  },
  {
    name: 'the gradient of ReLU by `HardSigmoid` instead of `Sign`',
    shapes: rectified,
    plain: model('fast', rectified, (b, x) => corner(b, b.sign(b.relu(x)))),
    chosen: model('fast', rectified, (b, x) => corner(b, b.step(x))),
  },
];

/** Values that repeat themselves and are none of them special. */
function feedsOf(shapes) {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const data = Float32Array.from({ length: count }, (_, n) => (((n * 37) % 101) - 50) / 64);
      return [name, new ort.Tensor('float32', data, shape)];
    }),
  );
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const options = {
  intraOpNumThreads: Number(values.threads),
  graphOptimizationLevel: 'disabled',
  enableCpuMemArena: false,
  enableMemPattern: false,
};

console.log(`ONNX Runtime, ${values.threads} threads, medians of ${values.rounds} rounds in turns\n`);
console.log(
  '| what | as it is, ms | as chosen, ms | ratio | largest difference |\n| --- | ---: | ---: | ---: | ---: |',
);
for (const { name, shapes, plain, chosen } of passes) {
  const feeds = feedsOf(shapes);
  const sessions = [];
  for (const form of [plain, chosen]) sessions.push(await ort.InferenceSession.create(form, options));
  const results = [];
  for (const session of sessions) results.push((await session.run(feeds)).result.data);
  const scale = results[0].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const largest = results[0].reduce((most, value, n) => Math.max(most, Math.abs(value - results[1][n])), 0);
  const times = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [form, session] of sessions.entries()) {
      const begin = performance.now();
      await session.run(feeds);
      times[form].push(performance.now() - begin);
    }
  }
  const ratios = times[1].map((time, round) => time / times[0][round]);
  console.log(
    `| ${name} | ${median(times[0]).toFixed(1)} | ${median(times[1]).toFixed(1)} | ${median(ratios).toFixed(2)} | ${(largest / scale).toExponential(0)} |`,
  );
  for (const session of sessions) await session.release();
}

console.log(
  '\n| a training step, three sequences | GB, all kept | GB, recomputed | ratio |\n| --- | ---: | ---: | ---: |',
);
for (const preset of Object.keys(presets)) {
  const { patch } = presets[preset];
  const b = new GraphBuilder();
  const image = b.input('image', [1, 3, patch[2], patch[1], patch[0]]);
  const options = presetNetwork(preset, { channels: 3, outputs: 1 });
  const loss = b.total(network(b, image, networkState('training', options)));
  const forward = b.program({});
  const gradients = gradient(b, loss, parametersOf(forward, 'weight'));
  const whole = b.program({ loss, ...Object.fromEntries(gradients.map((value, n) => [`gradient${n}`, value])) });
  const [kept, recomputed] = [whole, recompute(whole, forward.nodes.length)].map((one) => estimateMemory(one) / 1e9);
  console.log(`| ${preset} | ${kept.toFixed(2)} | ${recomputed.toFixed(2)} | ${(recomputed / kept).toFixed(2)} |`);
}
