// Compares rarevox with PyTorch in one run, the two taking turns, and writes a table and bench/results.json.
//
//   npm run bench -- --presets tiny,compact,paper --rounds 3 --modes step,forward
//
// PyTorch runs twice: as it is installed, and with the settings of glibc's allocator that rarevox gives its own compute process
// (src/node/allocator-settings.ts), which PyTorch leaves to its user. Without Debian's python3-torch it times rarevox alone.
// Whole-volume prediction: bench/volume-prediction.mjs.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allocatorSettings } from '../dist/node/allocator-settings.js';
import { operations } from './operations.mjs';

const { values } = parseArgs({
  options: {
    presets: { type: 'string', default: 'tiny,compact,paper' },
    modes: { type: 'string', default: 'step,forward' },
    rounds: { type: 'string', default: '3' },
    channels: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
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
const contenders = {
  rarevox: (options) => run(process.execPath, script('rarevox-step.mjs'), options),
  ...(hasTorch && {
    pytorch: (options) => run(PYTHON, script('pytorch_step.py'), options),
    pytorch_same_allocator: (options) =>
      run(PYTHON, script('pytorch_step.py'), options, allocatorSettings(process.env)),
  }),
};
const results = [];
const peaks = [];
for (const preset of values.presets.split(',')) {
  for (const mode of values.modes.split(',')) {
    const options = ['--preset', preset, '--mode', mode, '--channels', values.channels, ...threads];
    const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round++) {
      peaks.push(run(process.execPath, script('gemm-peak.mjs'), threads).gflops);
      for (const [name, time] of Object.entries(contenders)) {
        runs[name].push(time([...options, '--warm-up', '1', '--repeats', '2']));
      }
    }
    const figures = Object.fromEntries(
      Object.entries(runs).map(([name, all]) => {
        const seconds = all.flatMap((one) => one.seconds);
        const peak_gb = Math.max(...all.map((one) => one.peak_resident_bytes)) / 1e9;
        return [name, { seconds, median_seconds: median(seconds), peak_gb }];
      }),
    );
    const gigaoperations = operations(preset, Number(values.channels), mode) / 1e9;
    results.push({ preset, mode, gigaoperations, gflops: gigaoperations / figures.rarevox.median_seconds, ...figures });
    console.error(`${preset} ${mode}: ${figures.rarevox.median_seconds.toFixed(2)} s`);
  }
}

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
    ...[preset, mode === 'step' ? 'training step' : 'patch prediction', seconds(rarevox)],
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
