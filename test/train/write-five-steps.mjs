// Writes five-steps.json: the losses and gradient norms of five training steps of each preset. They change only with what is
// trained; a change that ought not to touch that leaves them as they are.
//
//   node test/train/write-five-steps.mjs
import { writeFileSync } from 'node:fs';
import * as runtime from 'onnxruntime-node';
import { createViteServer } from 'vitest/node';

// Reads the TypeScript as the tests do.
const server = await createViteServer({ server: { middlewareMode: true, ws: false }, appType: 'custom' });
const { OrtEngine } = await server.ssrLoadModule('/src/engine/ort-engine.ts');
const { fiveSteps, QUICK, SLOW } = await server.ssrLoadModule('/test/train/five-steps.ts');

const engine = new OrtEngine(runtime, { threads: 2 });
const results = {};
for (const [name, changed] of Object.entries({ ...QUICK, ...SLOW })) {
  const began = performance.now();
  results[name] = await fiveSteps(engine, changed);
  console.error(`${name}: ${Math.round(performance.now() - began)} ms`);
  writeFileSync(new URL('five-steps.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
}
await engine.close();
await server.close();
