// Predicts a whole scan with rarevox and with PyTorch's sliding window in turns, each in a process of its own: the same network, tiles, views and
// window. Prints a table of medians, their ratio, the peak memory and how far the probabilities lie apart.
//
//   npm run build && node bench/volume-prediction.mjs --preset compact --shape 182,218,182 --rounds 3
//
// rarevox's time is that of its `predict`, from the images in memory to the list of lesions, with loading the network; PyTorch's is
// that of the sliding window alone. Without Debian's python3-torch it times rarevox alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'compact' },
    shape: { type: 'string', default: '182,218,182' },
    channels: { type: 'string', default: '3' },
    views: { type: 'string', default: '4' },
    overlap: { type: 'string', default: '0.5' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
const PYTHON = '/usr/bin/python3';
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const hasTorch = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;

function run(command, name, ...parameters) {
  const { status, stdout, stderr } = spawnSync(command, [script(name), ...parameters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const folder = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
const ours = [];
const theirs = [];
try {
  const { rounds, ...scan } = values;
  const options = Object.entries(scan).flatMap(([name, value]) => [`--${name}`, value]);
  for (let round = 0; round < Number(rounds); round++) {
    const exporting = round === 0 ? ['--export', folder] : [];
    ours.push(run(process.execPath, 'rarevox-volume.mjs', ...options, ...exporting));
    if (hasTorch) theirs.push(run(PYTHON, 'pytorch_volume.py', folder, '--threads', values.threads));
    console.error(
      `round ${round + 1}: ${ours.at(-1).seconds.toFixed(1)} s, PyTorch ${theirs.at(-1)?.seconds.toFixed(1)} s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

const { tiles } = ours[0];
if (theirs.some((run) => run.tiles !== tiles)) throw new Error('PyTorch had other tiles');
const seconds = (runs) => median(runs.map((run) => run.seconds));
// Of all threads and processes: what others on the machine do changes it less than the time on the clock.
const cpu = (runs) =>
  runs.some((run) => run.cpu_seconds === null) ? '-' : median(runs.map((run) => run.cpu_seconds)).toFixed(1);
const spread = (runs) => runs.map((run) => run.seconds.toFixed(1)).join(', ');
const gigabytes = (bytes) => (bytes / 1e9).toFixed(2);
const largest = (memories) => Math.max(...memories);
const peaks = ours.flatMap(({ memory }) => (memory === null ? [] : [memory]));
const total =
  peaks.length === 0 ? '-' : gigabytes(largest(peaks.map(({ parent, child, files }) => parent + child + files)));

console.log(
  `${values.preset}, ${values.shape} voxels, ${values.channels} channels, ${tiles} tiles in ${values.views} views; ${values.threads} threads, ` +
    `${cpus()[0].model}, ${cpus().length} cores\n`,
);
console.log('| | median s | each s | CPU s | peak GB |\n|---|---:|---|---:|---:|');
console.log(`| rarevox | ${seconds(ours).toFixed(1)} | ${spread(ours)} | ${cpu(ours)} | ${total} |`);
if (peaks.length > 0) {
  const parts = ['parent', 'child', 'files'].map(
    (part) => `${part} ${gigabytes(largest(peaks.map((peak) => peak[part])))}`,
  );
  console.error(`rarevox's peak memory, GB: ${parts.join(', ')}`);
}
if (theirs.length > 0) {
  const peak = gigabytes(largest(theirs.map((run) => run.peak_resident_bytes)));
  console.log(`| PyTorch | ${seconds(theirs).toFixed(1)} | ${spread(theirs)} | ${cpu(theirs)} | ${peak} |`);
  const { largest_difference: difference, deviation } = theirs[0];
  console.log(
    `\nratio ${(seconds(ours) / seconds(theirs)).toFixed(3)}, of CPU seconds ${(cpu(ours) / cpu(theirs)).toFixed(3)}; probabilities at most ${difference.toExponential(1)} apart, ` +
      `their standard deviation ${deviation.toFixed(3)}`,
  );
}
