// Times rarevox's training step or patch prediction, to stand beside pytorch_step.py: the same network, loss, optimizer
// and patch, through the compute process that the commands use. Prints one line of JSON.
//
//   node bench/rarevox-step.mjs --preset compact --mode step
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lowerProgram } from '../dist/engine/lower-program.js';
import { lossFunction } from '../dist/loss/loss-description.js';
import { resolveLoss } from '../dist/loss/options.js';
import { inferenceProgram } from '../dist/model/inference-program.js';
import { presetNetwork, presets } from '../dist/network/options.js';
import { ChildEngine } from '../dist/node/child-engine.js';
import { Random } from '../dist/random.js';
import { assembleBatch } from '../dist/train/batch.js';
import { parseTrainConfig } from '../dist/train/config.js';
import { TrainingSession } from '../dist/train/training-session.js';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'tiny' },
    channels: { type: 'string', default: '3' },
    patch: { type: 'string' },
    threads: { type: 'string', default: '2' },
    'warm-up': { type: 'string', default: '1' },
    repeats: { type: 'string', default: '3' },
    mode: { type: 'string', default: 'step' },
  },
});
const patch = values.patch?.split(',').map(Number) ?? presets[values.preset].patch;
// Batch normalization in every preset, as in pytorch_step.py.
const network = presetNetwork(values.preset, { channels: Number(values.channels), outputs: 1, normalization: 'batch' });
const engine = new ChildEngine({ threads: Number(values.threads) });
const config = parseTrainConfig({ preset: values.preset });
const loss = lossFunction(resolveLoss(config, 1, null));
const session = new TrainingSession(engine, { network, patch, batch: 1, loss, optimizer: config, seed: 0 });

const random = new Random('bench');
const voxels = patch[0] * patch[1] * patch[2];
const image = Float32Array.from({ length: network.channels * voxels }, () => random.normal());
const labels = Uint8Array.from({ length: voxels }, () => (random.uniform() < 0.01 ? 1 : 0));
const source = {
  id: 'bench',
  shape: patch,
  spacing: [1, 1, 1],
  image,
  labels,
  brain: new Uint8Array(voxels).fill(1),
  present: Array.from({ length: network.channels }, () => true),
  foreground: new Int32Array(0),
};
const layout = { patch, labelValues: [1], lossWithin: 'volume' };
const batch = assembleBatch([{ caseIndex: 0, start: [0, 0, 0], augmentation: {} }], [source], layout);

async function prepare() {
  await session.open(session.initialVectors());
  if (values.mode === 'step') {
    return async (step) => {
      await session.gradient([batch], step);
      await session.update(1e-3, step);
    };
  }
  const parameters = { kind: 'values', values: await session.parameterValues() };
  await session.close();
  await engine.load('network', lowerProgram(inferenceProgram(network, patch), { form: 'fast', parameters }), {
    optimize: true,
  });
  return () =>
    engine.run('network', { feeds: { image: { kind: 'tensor', tensor: batch.image } }, returned: ['probabilities'] });
}

/** The largest resident memory of the compute process so far, in bytes; null where there is no /proc. */
function peakOfChild() {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const peaks = children.map((pid) =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
    );
    return Math.max(...peaks) * 1024;
  } catch {
    return null;
  }
}

const run = await prepare();
const seconds = [];
const warmUp = Number(values['warm-up']);
for (let step = 0; step < warmUp + Number(values.repeats); step++) {
  const begin = performance.now();
  await run(step);
  if (step >= warmUp) seconds.push((performance.now() - begin) / 1000);
}
console.log(JSON.stringify({ seconds, peak_resident_bytes: peakOfChild() }));
await engine.close();
