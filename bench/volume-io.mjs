// Reads a 512x512x600 int16 .nii.gz and writes it back, with rarevox and with NiBabel in turns, each in a process of its
// own, and prints a table of wall times and peak resident memory.
//
//   node scripts/setup.mjs && node bench/volume-io.mjs --rounds 3 --shape 512,512,600
//
// Without Debian's python3-nibabel it times rarevox alone. The scan is made up: noise of scanner strength in an ellipsoid
// with smooth structure, weaker noise around it, which gzip compresses about as well as a real one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, shape: { type: 'string', default: '512,512,600' } },
});
const PYTHON = '/usr/bin/python3';
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const hasNibabel = spawnSync(PYTHON, ['-c', 'import nibabel']).status === 0;

function run(command, ...parameters) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${parameters[0]} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

const folder = mkdtempSync(join(tmpdir(), 'rarevox-bench-'));
try {
  const scan = join(folder, 'scan.nii.gz');
  run(process.execPath, script('volume-io-rarevox.mjs'), 'make', values.shape, scan);
  const voxels = values.shape.split(',').reduce((product, extent) => product * Number(extent), 1);

  const contenders = [
    ['rarevox, as float32', process.execPath, 'volume-io-rarevox.mjs', 'float32', 4],
    ['rarevox, passed through', process.execPath, 'volume-io-rarevox.mjs', 'copy', 2],
    ...(hasNibabel
      ? [
          ['NiBabel, as int16', PYTHON, 'volume_io_nibabel.py', 'int16', 2],
          ['NiBabel, as float32', PYTHON, 'volume_io_nibabel.py', 'float32', 4],
        ]
      : []),
  ].map(([name, command, file, mode, bytes]) => ({ name, command, file: script(file), mode, bytes, runs: [] }));
  for (const contender of contenders) {
    contender.base = run(contender.command, contender.file, 'base').peak;
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, command, file, mode, runs } of contenders) {
      const out = join(folder, 'again.nii.gz');
      runs.push({ ...run(command, file, mode, scan, out), size: statSync(out).size });
      console.error(`${name}: ${runs.at(-1).read.toFixed(1)} s + ${runs.at(-1).write.toFixed(1)} s`);
    }
  }

  const header = ['what', 'read s', 'write s', 'both s', 'peak MB', 'base MB', '(peak - base) / voxels', 'file MB'];
  const rows = contenders.map(({ name, bytes, base, runs }) => {
    const peak = Math.max(...runs.map((one) => one.peak));
    return [
      `${name} (${megabytes(bytes * voxels)} MB)`,
      median(runs.map((one) => one.read)).toFixed(2),
      median(runs.map((one) => one.write)).toFixed(2),
      median(runs.map((one) => one.read + one.write)).toFixed(2),
      megabytes(peak),
      megabytes(base),
      ((peak - base) / (bytes * voxels)).toFixed(2),
      megabytes(runs[0].size),
    ];
  });
  console.log(
    `${values.shape} int16, ${megabytes(statSync(scan).size)} MB compressed; ${cpus()[0].model}, ${cpus().length} cores`,
  );
  console.log([header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}
