// What data worker threads change: the time of a training step, and how long it waits for data, as a Markdown table.
//
//   npm run build && node bench/data-workers.mjs --preset tiny --workers 0,1,2 --rounds 5 --steps 3
//
// The trainer's own parts, on three made-up cases of 96x96x96 voxels. The variants take turns, each turn with a warm-up step that
// is not counted, and the figures are medians and quartiles over all turns: what else runs on the machine disturbs all of them
// alike. All variants of an augmentation cut the same patches.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { lossFunction } from '../dist/loss/loss-description.js';
import { resolveLoss } from '../dist/loss/options.js';
import { ChildEngine } from '../dist/node/child-engine.js';
import { DataWorkers } from '../dist/node/data-workers.js';
import { foregroundIndices } from '../dist/patch/foreground.js';
import { Random } from '../dist/random.js';
import { BatchQueue } from '../dist/train/batch-queue.js';
import { inThisThread } from '../dist/train/batch-source.js';
import { parseTrainConfig, resolveNetwork } from '../dist/train/config.js';
import { RecipeDrawer } from '../dist/train/recipe.js';
import { PREPARED_AHEAD } from '../dist/train/train-network.js';
import { TrainingSession } from '../dist/train/training-session.js';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'tiny' },
    channels: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    workers: { type: 'string', default: '0,1,2' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '3' },
  },
});
const channels = Number(values.channels);
const counts = values.workers.split(',').map(Number);

const SIDE = 96;
const ALL =
  'rotation scaling elastic transplant biasField noise blur brightness contrast lowResolution thickSlices gammaInverted gamma';
const AUGMENTATIONS = {
  standard: 'standard',
  'everything, always': {
    base: 'standard',
    ...Object.fromEntries(ALL.split(' ').map((name) => [name, { probability: 1 }])),
  },
};

/** Noise in an ellipsoid, with twelve round lesions. */
function makeCase(id) {
  const random = new Random('bench', id);
  const voxels = SIDE ** 3;
  const at = (v) => [v % SIDE, Math.floor(v / SIDE) % SIDE, Math.floor(v / SIDE ** 2)];
  const distance = (a, b) => Math.hypot(...a.map((n, axis) => n - b[axis]));
  const middle = [SIDE / 2, SIDE / 2, SIDE / 2];
  const brain = Uint8Array.from({ length: voxels }, (_, v) => (distance(at(v), middle) < 0.48 * SIDE ? 1 : 0));
  const lesions = Array.from({ length: 12 }, () => ({
    center: middle.map((n) => n + (random.uniform() - 0.5) * 0.5 * SIDE),
    radius: 2 + 3 * random.uniform(),
  }));
  const labels = brain.map((isBrain, v) =>
    isBrain === 1 && lesions.some(({ center, radius }) => distance(at(v), center) < radius) ? 1 : 0,
  );
  const image = new Float32Array(channels * voxels);
  random.fillNormal(image);
  for (let n = 0; n < image.length; n++) if (brain[n % voxels] === 0) image[n] = 0;
  const present = Array(channels).fill(true);
  const shape = [SIDE, SIDE, SIDE];
  return { id, shape, spacing: [1, 1, 1], image, labels, brain, present, foreground: foregroundIndices(labels) };
}

const cases = ['a', 'b', 'c'].map(makeCase);
const config = parseTrainConfig({ preset: values.preset, steps: 1 });
const { network, patch } = resolveNetwork(config, channels, 1);
const layout = { patch, labelValues: [1], lossWithin: config.lossWithin };
const engine = new ChildEngine({ threads: Number(values.threads) });
const session = new TrainingSession(engine, {
  network,
  patch,
  batch: config.batch,
  loss: lossFunction(resolveLoss(config, 1, null)),
  optimizer: config,
  seed: config.seed,
});
await session.open(session.initialVectors());
let done = 0;

/** One turn of a variant: steps as the trainer takes them. */
async function takeTurn({ count, drawer, times }, steps) {
  const source = count === 0 ? await inThisThread(cases, layout) : await DataWorkers.start(count, cases, layout);
  const asked = [];
  const prepare = (recipes) => {
    asked.push(source.prepare(recipes));
    return asked.at(-1);
  };
  const now = () => performance.now();
  const queue = new BatchQueue({ drawer, source: { prepare }, count: config.accumulate, ahead: PREPARED_AHEAD, now });
  for (let step = 0; step <= steps; step++) {
    const began = now();
    const { batches, waited } = await queue.next();
    await session.gradient(batches, done);
    await session.update(config.learningRate, done);
    done++;
    if (step === 0) continue;
    times.step.push(now() - began);
    times.waited.push(waited);
  }
  // What was prepared ahead must not disturb the next turn.
  await Promise.all(asked);
  await source.close();
}

/** Median and quartiles as text. */
function summary(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => {
    const position = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
    return (low + (high - low) * (position % 1)).toFixed(0);
  };
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}

const load = () => loadavg()[0].toFixed(1);
const before = load();
const variants = Object.entries(AUGMENTATIONS).flatMap(([name, given]) => {
  const { augmentation } = parseTrainConfig({ augmentation: given, steps: 1 });
  return counts.map((count) => {
    const drawer = new RecipeDrawer(cases, { ...config, augmentation, patch });
    return { name, count, drawer, times: { step: [], waited: [] } };
  });
});
for (let round = 0; round < Number(values.rounds); round++) {
  for (const variant of variants) await takeTurn(variant, Number(values.steps));
}
await engine.close();

const steps = Number(values.rounds) * Number(values.steps);
console.log(
  `${values.preset}, patch ${patch.join('x')}, ${channels} channels, ${values.threads} compute threads, ${cpus().length} cores, ` +
    `load ${before} before and ${load()} after, ${steps} steps each\n`,
);
console.log('| augmentation | workers | step, ms (quartiles) | waited for data, ms |\n|---|---:|---:|---:|');
for (const { name, count, times } of variants) {
  console.log(`| ${name} | ${count} | ${summary(times.step)} | ${summary(times.waited)} |`);
}
