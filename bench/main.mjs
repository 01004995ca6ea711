// Compares rarevox with PyTorch in one run, the two taking turns, and writes a table and bench/results.json.
//
//   npm run bench -- --presets tiny,compact,paper --rounds 3 --modes step,forward,volume
//   npm run bench -- --presets compact --modes volume --shape 182,218,182 --views 4 --rounds 3
//
// step: a training step. forward: the prediction of a patch. volume: the prediction of a whole scan, tiles fitted, without --shape of one and a
// half patches along each axis; rarevox's time is that of its `predict`, from the images in memory to the list of lesions, with loading the
// network, PyTorch's that of the sliding window alone, with the same weights, tiles, views and window.
//
// PyTorch runs twice: as it is installed, and with the settings of glibc's allocator that rarevox gives its own compute process
// (src/node/allocator-settings.ts), which PyTorch leaves to its user. Without Debian's python3-torch it times rarevox alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { presets } from '../dist/network/options.js';
import { allocatorSettings } from '../dist/node/allocator-settings.js';
import { operations } from './operations.mjs';

const { values } = parseArgs({
  options: {
    presets: { type: 'string', default: 'tiny,compact,paper' },
    modes: { type: 'string', default: 'step,forward,volume' },
    rounds: { type: 'string', default: '3' },
    channels: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    shape: { type: 'string' },
    views: { type: 'string', default: '1' },
    overlap: { type: 'string', default: '0.5' },
  },
});
const PYTHON = '/usr/bin/python3';
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const hasTorch = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;

function run(command, script_, options, environment = {}) {
  const { status, stdout, stderr } = spawnSync(command, [script_, ...options], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`${script_} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const threads = ['--threads', values.threads];
const exported = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
process.on('exit', () => rmSync(exported, { recursive: true }));

/** What PyTorch's two ways of starting have in their environment. */
const environments = hasTorch ? { pytorch: {}, pytorch_same_allocator: allocatorSettings(process.env) } : {};

/** Times one mode once, by each contender: the seconds of its repeats, and its peak memory. */
function turn(preset, mode) {
  const options = ['--preset', preset, '--channels', values.channels, ...threads];
  if (mode === 'volume') {
    const shape = values.shape ?? presets[preset].patch.map((side) => 1.5 * side).join(',');
    const scan = ['--shape', shape, '--views', values.views, '--overlap', values.overlap, '--export', exported];
    const { memory, ...ours } = run(process.execPath, script('rarevox-volume.mjs'), [...options, ...scan]);
    const peak = memory === null ? Number.NaN : memory.parent + memory.child + memory.files;
    const all = { rarevox: { ...ours, seconds: [ours.seconds], peak_resident_bytes: peak } };
    for (const [name, environment] of Object.entries(environments)) {
      const theirs = run(PYTHON, script('pytorch_volume.py'), [exported, ...threads], environment);
      if (theirs.tiles !== ours.tiles) throw new Error('PyTorch had other tiles');
      if (theirs.largest_difference > 1e-4)
        throw new Error(`PyTorch's probabilities are ${theirs.largest_difference} off`);
      all[name] = { ...theirs, seconds: [theirs.seconds] };
    }
    return all;
  }
  const repeated = [...options, '--mode', mode, '--warm-up', '1', '--repeats', '2'];
  const all = { rarevox: run(process.execPath, script('rarevox-step.mjs'), repeated) };
  for (const [name, environment] of Object.entries(environments)) {
    all[name] = run(PYTHON, script('pytorch_step.py'), repeated, environment);
  }
  return all;
}

/** Operations of what one turn times once: of a volume, those of its tiles in all views. */
function operationsOf(preset, mode, { tiles }) {
  const channels = Number(values.channels);
  if (mode !== 'volume') return operations(preset, channels, mode);
  return tiles * Number(values.views) * operations(preset, channels, 'forward');
}

const results = [];
const peaks = [];
for (const preset of values.presets.split(',')) {
  for (const mode of values.modes.split(',')) {
    const turns = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      peaks.push(run(process.execPath, script('gemm-peak.mjs'), threads).gflops);
      turns.push(turn(preset, mode));
    }
    const figures = Object.fromEntries(
      Object.keys(turns[0]).map((name) => {
        const all = turns.map((contenders) => contenders[name]);
        const seconds = all.flatMap((one) => one.seconds);
        const peak_gb = Math.max(...all.map((one) => one.peak_resident_bytes)) / 1e9;
        return [name, { seconds, median_seconds: median(seconds), peak_gb }];
      }),
    );
    const gigaoperations = operationsOf(preset, mode, turns[0].rarevox) / 1e9;
    results.push({ preset, mode, gigaoperations, gflops: gigaoperations / figures.rarevox.median_seconds, ...figures });
    console.error(`${preset} ${mode}: ${figures.rarevox.median_seconds.toFixed(2)} s`);
  }
}

const titles = { step: 'training step', forward: 'patch prediction', volume: 'whole volume' };
const gemm_gflops = median(peaks);
const header = [
  ...['preset', 'what', 'rarevox s', 'PyTorch s', 'ratio', 'PyTorch, same allocator s', 'ratio'],
  ...['rarevox GB', 'PyTorch GB', 'same allocator GB', 'GFLOPS', 'of GEMM peak'],
];
const rows = results.map(({ preset, mode, gflops, rarevox, pytorch, pytorch_same_allocator: same }) => {
  const ratio = (other) => (other === undefined ? '-' : (rarevox.median_seconds / other.median_seconds).toFixed(2));
  const seconds = (figures) => figures?.median_seconds.toFixed(2) ?? '-';
  const peak = (figures) => figures?.peak_gb.toFixed(2) ?? '-';
  return [
    ...[preset, titles[mode], seconds(rarevox)],
    ...[seconds(pytorch), ratio(pytorch), seconds(same), ratio(same), peak(rarevox), peak(pytorch), peak(same)],
    ...[gflops.toFixed(0), `${((100 * gflops) / gemm_gflops).toFixed(0)} %`],
  ];
});
console.log([header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'));
const machine = { cpu: cpus()[0].model, cores: cpus().length, threads: Number(values.threads), gemm_gflops };
console.log(
  `\n${machine.cpu}, ${machine.threads} threads; a matrix product of 2048 x 2048: ${gemm_gflops.toFixed(0)} GFLOPS`,
);
writeFileSync(script('results.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
