// Times the pieces of preprocessing on one volume beside scipy.ndimage and numpy, taking turns: milliseconds of CPU time, the first
// round and the median of all, and the median of the rounds' ratios.
//
//   npm run build && node bench/preprocessing.mjs --rounds 5 --shape 182,218,182
//
// The volume is smooth noise. It is brought onto a grid of 0.9 times its spacing, and onto one turned by 10 degrees. `difference` is the
// largest one between the two, where scipy's result is not 0, as outside the field of view. Two things are not the same by definition:
// scipy's cubic splines are interpolating B-splines with a prefilter, rarevox's are Catmull-Rom splines; and beyond the border scipy's
// blur repeats the last voxel, while rarevox's leaves those weights out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { percentilesOf } from '../dist/preprocess/percentile.js';
import { Random } from '../dist/random.js';
import { connectedComponents } from '../dist/volume/connected-components.js';
import { squaredDistances } from '../dist/volume/distance-transform.js';
import { blurAlongAxis } from '../dist/volume/gaussian-blur.js';
import { gridWithSpacing, resampleImage, resampleLabels } from '../dist/volume/resample.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, shape: { type: 'string', default: '182,218,182' } },
});
const shape = values.shape.split(',').map(Number);
const rounds = Number(values.rounds);
const voxels = shape[0] * shape[1] * shape[2];
/** New spacing over old. Below 1, so that there is no blur before: scipy has none. */
const FACTOR = 0.9;
const SIGMA = 1.5;

const random = new Random(1);
let data = Float32Array.from({ length: voxels }, () => random.normal());
for (let axis = 0; axis < 3; axis++) data = blurAlongAxis(data, shape, axis, SIGMA);
const sorted = Float32Array.from(data).sort();
const level = sorted[Math.floor(0.98 * voxels)];
const mask = Uint8Array.from(data, (value) => (value > level ? 1 : 0));

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const image = { kind: 'scalar', shape, affine, data };
const labels = { kind: 'label', shape, affine, data: mask };
const finer = gridWithSpacing({ shape, affine }, [FACTOR, FACTOR, FACTOR]);
const angle = Math.PI / 18;
const turned = {
  shape,
  affine: [Math.cos(angle), -Math.sin(angle), 0, 20, Math.sin(angle), Math.cos(angle), 0, -15, 0, 0, 1, 0, 0, 0, 0, 1],
};

const pieces = {
  'linear, other spacing': () => resampleImage(image, finer, { outside: 0 }).data,
  'cubic, other spacing': () => resampleImage(image, finer, { outside: 0, interpolation: 'cubic' }).data,
  'labels, other spacing': () => resampleLabels(labels, finer).data,
  'linear, turned': () => resampleImage(image, turned, { outside: 0 }).data,
  'cubic, turned': () => resampleImage(image, turned, { outside: 0, interpolation: 'cubic' }).data,
  'percentiles 0.5 and 99.5': () => percentilesOf(data, [0.5, 99.5]),
  'Gaussian blur, three axes': () => {
    const blurred = blurAlongAxis(data, shape, 0, SIGMA);
    for (let axis = 1; axis < 3; axis++) blurAlongAxis(blurred, shape, axis, SIGMA, blurred);
    return blurred;
  },
  'distance transform': () => squaredDistances(mask, shape, [1, 1, 1]).map(Math.sqrt),
  'connected components': () => connectedComponents(mask, shape, 18).labels,
};

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

const folder = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
let scipy = null;
try {
  writeFileSync(join(folder, 'data'), data);
  writeFileSync(join(folder, 'mask'), mask);
  writeFileSync(
    join(folder, 'grids.json'),
    JSON.stringify({ shape, sigma: SIGMA, grids: { 'other spacing': finer, turned } }),
  );
  const script = fileURLToPath(new URL('preprocessing_scipy.py', import.meta.url));
  scipy = spawn('/usr/bin/python3', [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: scipy.stdout });
  console.log(`${values.shape}; ${cpus()[0].model}, ${cpus().length} cores`);
  const header = ['what', 'rarevox: first ms', 'median ms', 'scipy: first ms', 'median ms', 'ratio', 'difference'];
  console.log([header, header.map(() => '---')].map((row) => `| ${row.join(' | ')} |`).join('\n'));
  for (const [name, compute] of Object.entries(pieces)) {
    const ours = [];
    const theirs = [];
    let result = null;
    for (let round = 0; round < rounds; round++) {
      const before = process.cpuUsage();
      result = compute();
      const { user, system } = process.cpuUsage(before);
      ours.push((user + system) / 1000);
      scipy.stdin.write(`${name}\n`);
      const [answer] = await once(answers, 'line');
      theirs.push(Number(answer));
    }
    const bytes = readFileSync(join(folder, `${name}.float32`));
    const expected = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    let difference = 0;
    for (let v = 0; v < expected.length; v++) {
      if (expected[v] !== 0) difference = Math.max(difference, Math.abs(result[v] - expected[v]));
    }
    const ms = [ours[0], median(ours), theirs[0], median(theirs)].map((value) => value.toFixed(0));
    const ratio = median(ours.map((spent, round) => spent / theirs[round])).toFixed(2);
    console.log(`| ${[name, ...ms, ratio, difference.toExponential(0)].join(' | ')} |`);
  }
} finally {
  scipy?.stdin.end();
  rmSync(folder, { recursive: true });
}
