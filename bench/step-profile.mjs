// Where a training step's time goes, as Markdown tables: by phase, and by operator within forward and backward.
//
//   npm run build && node bench/step-profile.mjs --preset tiny
import './own-allocator.mjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { OrtEngine } from '../dist/engine/ort-engine.js';
import { makeUpStep } from './made-up-step.mjs';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'tiny' },
    channels: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
  },
});
const repeats = Number(values.repeats);
const folder = mkdtempSync(join(tmpdir(), 'rarevox-profile-'));
// The engine's own sessions, with ONNX Runtime's profiler on.
const runtime = {
  Tensor: ort.Tensor,
  InferenceSession: {
    create: async (model, options) => {
      const session = await ort.InferenceSession.create(model, {
        ...options,
        enableProfiling: true,
        profileFilePrefix: join(folder, `session${sessions.length}`),
      });
      sessions.push(session);
      return session;
    },
  },
};
const sessions = [];
const engine = new OrtEngine(runtime, { threads: Number(values.threads) });
const { session: training, makeBatch } = makeUpStep(engine, {
  preset: values.preset,
  channels: Number(values.channels),
});
await training.open(training.initialVectors());

const milliseconds = { data: 0, gradient: 0, update: 0 };
async function timed(phase, isCounted, work) {
  const begin = performance.now();
  const result = await work();
  if (isCounted) milliseconds[phase] += (performance.now() - begin) / repeats;
  return result;
}
for (let step = 0; step <= repeats; step++) {
  const isCounted = step > 0;
  const batch = await timed('data', isCounted, makeBatch);
  await timed('gradient', isCounted, () => training.gradient([batch], step));
  await timed('update', isCounted, () => training.update(1e-3, step));
}
for (const session of sessions) session.endProfiling();
await engine.close();

// The first session is the gradient program; the first of its runs warms up.
const file = readdirSync(folder).find((name) => name.startsWith('session0'));
const events = JSON.parse(readFileSync(join(folder, file), 'utf8'));
rmSync(folder, { recursive: true });
const runs = events.filter(({ name }) => name === 'model_run').sort((a, b) => a.ts - b.ts);
const warmUpEnd = runs[0].ts + runs[0].dur;
const byOperator = { forward: new Map(), backward: new Map() };
const sums = { forward: 0, backward: 0 };
for (const { cat, name, ts, dur, args } of events) {
  if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < warmUpEnd) continue;
  const phase = /(^|\/)gradient\//.test(name) ? 'backward' : 'forward';
  const share = dur / 1000 / repeats;
  sums[phase] += share;
  byOperator[phase].set(args.op_name, (byOperator[phase].get(args.op_name) ?? 0) + share);
}

const table = (first, rows) => {
  const total = rows.reduce((sum, [, time]) => sum + time, 0);
  const line = ([name, time]) => `| ${name} | ${time.toFixed(1)} | ${((100 * time) / total).toFixed(1)} % |`;
  return [`| ${first} | ms | share |`, '|---|---:|---:|', ...rows.map(line)].join('\n');
};
const rest = milliseconds.gradient - sums.forward - sums.backward;
console.log(
  table(`${values.preset}: phase`, [
    ['data', milliseconds.data],
    ['forward', sums.forward],
    ['backward', sums.backward],
    ['dropout masks, feeds, between nodes', rest],
    ['update', milliseconds.update],
  ]),
);
for (const [phase, operators] of Object.entries(byOperator)) {
  const sorted = [...operators].sort((a, b) => b[1] - a[1]);
  const others = sorted.slice(10).reduce((sum, [, time]) => sum + time, 0);
  console.log(`\n${table(`${values.preset}: ${phase}`, [...sorted.slice(0, 10), ['others', others]])}`);
}
