// Times rarevox's prediction of one made-up scan: preparing it, loading the network, all votes, the mask and its lesions, through
// the compute process that the commands use. Prints one line of JSON.
//
//   node bench/rarevox-volume.mjs --preset compact --shape 182,218,182 --views 4
//
// With --export FOLDER it also writes the network, the prepared scan and the probabilities, for pytorch_volume.py.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parameterLayout } from '../dist/engine/lower-program.js';
import { parametersOf } from '../dist/graph/program.js';
import { predict, prepareCase } from '../dist/index.js';
import { inferenceProgram } from '../dist/model/inference-program.js';
import { presetNetwork, presets } from '../dist/network/options.js';
import { ChildEngine } from '../dist/node/child-engine.js';
import { Random } from '../dist/random.js';
import { initialValues } from '../dist/train/initialize.js';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'compact' },
    shape: { type: 'string', default: '182,218,182' },
    channels: { type: 'string', default: '3' },
    views: { type: 'string', default: '4' },
    overlap: { type: 'string', default: '0.5' },
    threads: { type: 'string', default: '2' },
    export: { type: 'string' },
  },
});
const shape = values.shape.split(',').map(Number);
const channels = Number(values.channels);
const { patch } = presets[values.preset];
const voting = { overlap: Number(values.overlap), views: Number(values.views), padding: 'fit', window: 'spline' };
const modalities = Array.from({ length: channels }, (_, channel) => `image${channel}`);

/** Batch normalization in every preset, as in fc_densenet.py; fresh weights, and statistics of mean 0 and variance 1. */
function makeModel() {
  const network = presetNetwork(values.preset, { channels, outputs: 1, normalization: 'batch' });
  const program = inferenceProgram(network, patch);
  const parameters = new Map();
  for (const role of ['weight', 'statistic']) {
    const nodes = parametersOf(program, role);
    const layout = parameterLayout(nodes);
    const all = initialValues(nodes, layout, 0);
    for (const { name, offset, size } of layout.entries) parameters.set(name, all.slice(offset, offset + size));
  }
  const description = {
    version: 2,
    network,
    preprocess: { version: 1, modalities, spacing: null, normalization: 'z-score' },
    missingModalities: 'refused',
    labels: [{ value: 1, name: 'lesion' }],
    patch,
    prediction: { ...voting, threshold: 0.5 },
    card: { name: '', task: 'bench', created_by: '', intended_use: '', training: {}, references: [] },
  };
  return { description, parameters };
}

/** Noise in the largest ellipsoid that the grid holds: nothing to crop. */
function makeScan() {
  const random = new Random('bench');
  const [width, height, depth] = shape;
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const images = modalities.map(() => new Float32Array(width * height * depth));
  const square = (index, size) => ((2 * index + 1 - size) / size) ** 2;
  let voxel = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++, voxel++) {
        if (square(i, width) + square(j, height) + square(k, depth) > 1.01) continue;
        for (const image of images) image[voxel] = 100 + 10 * random.uniform();
      }
    }
  }
  return Object.fromEntries(images.map((data, n) => [modalities[n], { kind: 'scalar', shape, affine, data }]));
}

function childPid() {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')[0];
}

/** CPU seconds of this process and the compute process so far; null without /proc. */
function cpuSeconds() {
  try {
    const { user, system } = process.cpuUsage();
    // After the name in parentheses: utime and stime are the 14th and 15th field, in hundredths of a second.
    const fields = readFileSync(`/proc/${childPid()}/stat`, 'utf8').split(') ')[1].split(' ');
    return (user + system) / 1e6 + (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Peak resident memory of this process and the compute process, and what the tensors underway take; null without /proc. */
function peakMemory() {
  try {
    const child = childPid();
    const peakOf = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
    const files = [4, 5].reduce((sum, descriptor) => sum + statSync(`/proc/${child}/fd/${descriptor}`).size, 0);
    return { parent: peakOf(process.pid), child: peakOf(child), files };
  } catch {
    return null;
  }
}

const scan = makeScan();
const model = makeModel();
const engine = new ChildEngine({ threads: Number(values.threads) });
let tiles = 0;
const onEvent = ({ total }) => {
  tiles = total;
};
const cpuBefore = cpuSeconds();
const begin = performance.now();
const { probabilities } = await predict(engine, model, scan, { ...voting, onEvent });
const seconds = (performance.now() - begin) / 1000;
const cpu = cpuBefore === null ? null : cpuSeconds() - cpuBefore;
console.log(JSON.stringify({ seconds, cpu_seconds: cpu, tiles, memory: peakMemory() }));
await engine.close();

if (values.export !== undefined) {
  const write = (name, array) =>
    writeFileSync(join(values.export, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const { grid, image, brain } = prepareCase(
    { images: modalities.map((name) => scan[name]) },
    model.description.preprocess,
  );
  if (grid.shape.some((size, axis) => size !== shape[axis])) throw new Error('the scan was cropped');
  write('image.bin', image);
  write('brain.bin', brain);
  write('probabilities.bin', probabilities[0].data);
  const names = [...model.parameters.keys()];
  write('parameters.bin', Float32Array.from(names.flatMap((name) => [...model.parameters.get(name)])));
  const sizes = names.map((name) => [name, model.parameters.get(name).length]);
  const content = { preset: values.preset, shape, channels, patch, ...voting, parameters: Object.fromEntries(sizes) };
  writeFileSync(join(values.export, 'scan.json'), JSON.stringify(content));
}
