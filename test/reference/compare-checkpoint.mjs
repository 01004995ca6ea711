// Whether Python, reading a checkpoint by the format's description, finds the values that were written:
//
//   npm run build && node test/reference/compare-checkpoint.mjs
//
// Writes a checkpoint of seeded values, has read_checkpoint.py read it, and compares names, shapes and sums.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../dist/random.js';
import { encodeCheckpoint } from '../../dist/train/checkpoint.js';

const random = new Random('checkpoint');
const shapes = {
  'parameters/a.weight': [8, 3, 2, 3, 5],
  'parameters/a.bias': [8],
  'odd name é': [1, 1],
  scalar: [],
  empty: [0, 4],
};
const tensors = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return [name, { shape, data: Float32Array.from({ length }, () => random.normal()) }];
  }),
);
const folder = mkdtempSync(join(tmpdir(), 'rarevox-checkpoint-'));
const file = join(folder, 'checkpoint.safetensors');
writeFileSync(file, encodeCheckpoint({ state: { step: 3, best: null }, tensors }));
const script = fileURLToPath(new URL('read_checkpoint.py', import.meta.url));
const read = JSON.parse(execFileSync('/usr/bin/python3', [script, file], { encoding: 'utf8' }));
rmSync(folder, { recursive: true });

const faults = [];
if (read.state.join() !== 'best,step') faults.push(`the state has the keys ${read.state}`);
if (Object.keys(read.tensors).length !== Object.keys(tensors).length) faults.push('the names differ');
for (const [name, { shape, data }] of Object.entries(tensors)) {
  const found = read.tensors[name];
  const sum = data.reduce((total, value) => total + value, 0);
  const squares = data.reduce((total, value) => total + value * value, 0);
  const isClose = (a, b) => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));
  if (JSON.stringify(found?.shape) !== JSON.stringify(shape)) faults.push(`${name} has the shape ${found?.shape}`);
  else if (!isClose(found.sum, sum) || !isClose(found.squares, squares)) faults.push(`${name} has other values`);
}
console.log(faults.length === 0 ? `${Object.keys(tensors).length} tensors agree` : faults.join('\n'));
process.exitCode = faults.length === 0 ? 0 : 1;
