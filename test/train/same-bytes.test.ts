import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AUGMENTATION_SETS } from '../../src/augmentation/options.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { OrtEngine } from '../../src/engine/ort-engine.ts';
import { OPTIMIZERS } from '../../src/optimizer/options.ts';
import { Random } from '../../src/random.ts';
import { SCHEDULES } from '../../src/train/schedule.ts';
import { train } from '../../src/train/train.ts';
import { FINAL, freshFiles, type MemoryDataset, MODEL, makeDataset, runConfig, runOptions } from '../memory-run.ts';

const LOSSES = [
  'asymmetric',
  'tversky',
  'dice',
  'generalized-dice',
  'focal',
  'cross-entropy',
  'focal-tversky',
  'asymmetric+cross-entropy',
] as const;

let engine: Engine;
let made: MemoryDataset;
beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 2 });
  made = await makeDataset(2);
});
afterAll(() => engine.close());

/** Each loss, each optimizer, each set and each schedule with some of the others. */
const combinations = LOSSES.map((loss, index) => {
  const random = new Random('combinations', loss);
  return {
    loss,
    optimizer: OPTIMIZERS[index % OPTIMIZERS.length],
    augmentation: AUGMENTATION_SETS[index % AUGMENTATION_SETS.length],
    schedule: SCHEDULES[(index >> 1) % SCHEDULES.length],
    accumulate: 1 + random.integer(2),
    batch: 1 + random.integer(2),
    average: random.integer(2) * 0.9,
    learningRate: 0.001,
    steps: 2,
    seed: random.integer(1000),
  };
});

async function trained(changed: Readonly<Record<string, unknown>>): Promise<readonly (Uint8Array | undefined)[]> {
  const files = freshFiles(made);
  await train(made.dataset, runConfig(changed), runOptions(engine, files));
  return [FINAL, MODEL].map((name) => files.files.get(name));
}

it.each(combinations)('the same seed gives the same bytes: %j', async (combination) => {
  const first = await trained(combination);
  expect(await trained(combination)).toEqual(first);
  expect(await trained({ ...combination, seed: combination.seed + 1 })).not.toEqual(first);
});
