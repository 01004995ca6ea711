// Times all figures of one pair of masks, with and without a probability map, beside numpy and scipy: milliseconds of CPU time, the
// first round and the median of all.
//
//   npm run build && node bench/evaluation.mjs --rounds 5 --shape 182,218,182
//
// The lesions are made up: balls of 1 to 9 mm, clustered within the brain, of which the prediction finds most, one voxel off; the
// probability map is smooth around both. The scipy script does the same on whole volumes and, again, cut to the masks' box.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluateCase } from '../dist/evaluate/evaluate-case.js';
import { Random } from '../dist/random.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, shape: { type: 'string', default: '182,218,182' } },
});
const shape = values.shape.split(',').map(Number);
const rounds = Number(values.rounds);
const [width, height, depth] = shape;
const voxels = width * height * depth;

function paintBall(data, [ci, cj, ck], radius, value) {
  for (let k = Math.max(0, ck - radius); k <= Math.min(depth - 1, ck + radius); k++) {
    for (let j = Math.max(0, cj - radius); j <= Math.min(height - 1, cj + radius); j++) {
      for (let i = Math.max(0, ci - radius); i <= Math.min(width - 1, ci + radius); i++) {
        const distance = Math.hypot(i - ci, j - cj, k - ck);
        if (distance > radius) continue;
        const v = i + width * (j + height * k);
        data[v] = Math.max(data[v], value(distance));
      }
    }
  }
}

const random = new Random(1);
const reference = new Uint8Array(voxels);
const prediction = new Uint8Array(voxels);
const probabilities = new Float32Array(voxels);
for (let v = 0; v < voxels; v++) probabilities[v] = 0.02 * random.uniform();
for (let n = 0; n < 180; n++) {
  const center = shape.map((extent) => Math.floor(extent * (0.25 + 0.5 * random.uniform())));
  const radius = 1 + Math.floor(9 * random.uniform() ** 3);
  if (n % 6 !== 0) paintBall(reference, center, radius, () => 1);
  if (n % 4 === 0) continue;
  const shifted = [center[0] + 1, center[1], center[2]];
  paintBall(prediction, shifted, radius, () => 1);
  paintBall(probabilities, shifted, radius + 3, (distance) => 1 / (1 + Math.exp(distance - radius - 0.5)));
}

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const labels = (data) => ({ kind: 'label', shape, affine, data });
const map = { kind: 'scalar', shape, affine, data: probabilities };

function time(options) {
  const spent = [];
  let metrics = null;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    metrics = evaluateCase(labels(prediction), labels(reference), { labels: [1], ...options })['1'];
    const { user, system } = process.cpuUsage(before);
    spent.push((user + system) / 1000);
  }
  return { first: spent[0], median: [...spent].sort((a, b) => a - b)[rounds >> 1], metrics };
}

const folder = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
try {
  for (const [name, data] of Object.entries({ reference, prediction, probabilities })) {
    writeFileSync(join(folder, name), data);
  }
  const rows = [
    ['rarevox', time({})],
    ['rarevox, with probabilities', time({ probabilities: { 1: map } })],
  ];
  const script = fileURLToPath(new URL('evaluation_scipy.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script, folder, values.shape, values.rounds], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  rows.push(...JSON.parse(stdout));
  const names = ['Dice', 'LTPR', 'ASSD', 'HD95', 'SensL', 'APR'];
  console.log(
    `${values.shape}, ${prediction.reduce((sum, value) => sum + value, 0)} voxels predicted; ${cpus()[0].model}, ${cpus().length} cores`,
  );
  const header = ['what', 'first ms', 'median ms', ...names];
  const lines = rows.map(([what, { first, median, metrics }]) => [
    what,
    first.toFixed(0),
    median.toFixed(0),
    ...names.map((name) => (metrics[name] == null ? '' : metrics[name].toFixed(6))),
  ]);
  console.log([header, header.map(() => '---'), ...lines].map((row) => `| ${row.join(' | ')} |`).join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}
