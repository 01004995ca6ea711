// Times each augmentation of one patch: the median of CPU milliseconds over some rounds, the cut of the patch included.
//
//   npm run build && node bench/augmentation.mjs --patches 64,64,64:1,1,1 --channels 3 --rounds 15
//
// A patch is named by its extent and, after a colon, the spacing in mm. The brain is an ellipsoid in the volume, and the patch
// lies in its middle, where nearly all voxels are brain: the dearest case.
import { parseArgs } from 'node:util';
import { cutAugmented } from '../dist/augmentation/apply.js';
import { drawAugmentation } from '../dist/augmentation/draw.js';
import { augmentationOptionsSchema } from '../dist/augmentation/options.js';
import { Random } from '../dist/random.js';

const { values } = parseArgs({
  options: {
    patches: { type: 'string', default: '64,64,64:1,1,1 128,128,16:0.9,0.9,3' },
    channels: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '15' },
  },
});
const channels = Number(values.channels);
const present = Array(channels).fill(true);

function makeSource(shape, spacing, random) {
  const voxels = shape[0] * shape[1] * shape[2];
  const brain = Uint8Array.from({ length: voxels }, (_, v) => {
    const at = [v % shape[0], Math.floor(v / shape[0]) % shape[1], Math.floor(v / (shape[0] * shape[1]))];
    return Math.hypot(...at.map((n, axis) => (2 * n) / (shape[axis] - 1) - 1)) < 1 ? 1 : 0;
  });
  const image = new Float32Array(channels * voxels);
  random.fillNormal(image);
  for (let n = 0; n < image.length; n++) if (brain[n % voxels] === 0) image[n] = 0;
  const labels = brain.map((_, v) => (v % 1009 < 3 && brain[v] !== 0 ? 1 : 0));
  const foreground = Int32Array.from(labels.keys()).filter((v) => labels[v] !== 0);
  return { shape, spacing, image, labels, brain, present, foreground };
}

const on = (...names) => ({ base: 'none', ...Object.fromEntries(names.map((name) => [name, { probability: 1 }])) });
const FROM_NNUNET = [
  'rotation',
  'scaling',
  'noise',
  'blur',
  'brightness',
  'contrast',
  'lowResolution',
  'gammaInverted',
  'gamma',
];
const whole = { channelProbability: 1, probability: 1 };
const rows = {
  'none (the cut alone)': 'none',
  mirror: { views: { kind: 'mirror', probabilities: [0, 1] } },
  'rotation and scaling': on('rotation', 'scaling'),
  'rotation, scaling, elastic': on('rotation', 'scaling', 'elastic'),
  transplant: on('transplant'),
  'transplant, rotation, scaling': on('transplant', 'rotation', 'scaling'),
  biasField: on('biasField'),
  noise: on('noise'),
  'blur, every channel': { blur: { ...whole, sigma: [1, 1] } },
  brightness: on('brightness'),
  contrast: on('contrast'),
  'lowResolution, every channel': { lowResolution: { ...whole, scale: [0.5, 0.9] } },
  'thickSlices, every channel': { thickSlices: whole },
  gammaInverted: on('gammaInverted'),
  gamma: on('gamma'),
  'standard, as it is drawn': 'standard',
  'standard, all of it at once': { ...on(...FROM_NNUNET), base: 'standard' },
};

for (const named of values.patches.split(' ')) {
  const [patch, spacing] = named.split(':').map((triple) => triple.split(',').map(Number));
  const random = new Random('bench', named);
  const shape = patch.map((length) => Math.round(1.6 * length));
  const source = makeSource(shape, spacing, random);
  const donor = makeSource(shape, spacing, random);
  const start = patch.map((length, axis) => Math.floor((shape[axis] - length) / 2));
  const voxels = patch[0] * patch[1] * patch[2];
  const bytes = () => new Uint8Array(voxels);
  const out = { image: new Float32Array(channels * voxels), labels: bytes(), inside: bytes(), brain: bytes() };
  console.log(
    `\n${patch.join('x')} voxels of ${spacing.join(' x ')} mm, ${channels} channels\n\n| transform | ms |\n|---|---|`,
  );
  for (const [name, options] of Object.entries(rows)) {
    const parsed = augmentationOptionsSchema.parse(options);
    const times = [];
    for (let round = -3; round < Number(values.rounds); round++) {
      const draw = drawAugmentation(parsed, random.split(name, round), { spacing, present, donors: [donor] });
      const before = process.cpuUsage();
      cutAugmented(source, start, patch, draw, donor, out);
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times.push((user + system) / 1000);
    }
    times.sort((a, b) => a - b);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const shown =
      name === 'standard, as it is drawn' ? `${mean.toFixed(1)} (mean)` : times[times.length >> 1].toFixed(1);
    console.log(`| ${name} | ${shown} |`);
  }
}
