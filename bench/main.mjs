// Compares rarevox with PyTorch in one run, the two taking turns, and writes a table and bench/results.json.
//
//   npm run bench -- --presets tiny,compact,paper --rounds 3 --modes step,forward
//
// Without Debian's python3-torch it times rarevox alone.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

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

function time(command, script_, preset, mode) {
  const options = ['--preset', preset, '--mode', mode, '--channels', values.channels, '--threads', values.threads];
  const { status, stdout, stderr } = spawnSync(command, [script_, ...options, '--warm-up', '1', '--repeats', '2'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script_} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const results = [];
for (const preset of values.presets.split(',')) {
  for (const mode of values.modes.split(',')) {
    const ours = [];
    const theirs = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      ours.push(time(process.execPath, script('rarevox-step.mjs'), preset, mode));
      if (hasTorch) theirs.push(time(PYTHON, script('pytorch_step.py'), preset, mode));
    }
    const figures = (runs) => ({
      seconds: runs.flatMap((run) => run.seconds),
      median_seconds: median(runs.flatMap((run) => run.seconds)),
      peak_gb: Math.max(...runs.map((run) => run.peak_resident_bytes)) / 1e9,
    });
    const rarevox = figures(ours);
    const pytorch = hasTorch ? figures(theirs) : null;
    const ratio = pytorch && rarevox.median_seconds / pytorch.median_seconds;
    results.push({ preset, mode, rarevox, pytorch, ratio });
    console.error(`${preset} ${mode}: ${rarevox.median_seconds.toFixed(2)} s`);
  }
}

const header = ['preset', 'what', 'rarevox s', 'PyTorch s', 'ratio', 'rarevox GB', 'PyTorch GB'];
const rows = results.map(({ preset, mode, rarevox, pytorch, ratio }) => [
  preset,
  mode === 'step' ? 'training step' : 'patch prediction',
  rarevox.median_seconds.toFixed(2),
  pytorch?.median_seconds.toFixed(2) ?? '-',
  ratio?.toFixed(2) ?? '-',
  rarevox.peak_gb.toFixed(2),
  pytorch?.peak_gb.toFixed(2) ?? '-',
]);
console.log([header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'));
const machine = { cpu: cpus()[0].model, cores: cpus().length, threads: Number(values.threads) };
writeFileSync(script('results.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
