import { expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import { makeScan } from '../synthetic-scan.ts';
import { inFolder } from './command-line.ts';
import { expectSameRun, killRepeatedly, loggedSteps, startOrResume } from './resumed-run.ts';
import { writeBids, writeConfig } from './synthetic-dataset.ts';

const STEPS = 300;
const VALIDATE_EVERY = 40;

it.each([
  { normalization: 'batch', checkpointSeconds: 0, workers: 0 },
  { normalization: 'batch', checkpointSeconds: 0, workers: 1 },
  { normalization: 'instance', checkpointSeconds: 0.4, workers: 1 },
])('ends with the same bytes after 20 kills (%j)', async ({ normalization, checkpointSeconds, workers }) => {
  await inFolder(async (folder) => {
    const command = { data: `${folder}/data`, config: `${folder}/config.json` };
    const shape = [40, 36, 32] as const;
    await writeBids(
      command.data,
      [1, 2, 3, 4].map((seed) => makeScan(seed, { shape })),
    );
    writeConfig(command.config, {
      network: { initialFilters: 8, growth: 4, layers: 2, levels: 2, normalization },
      checkpointSeconds,
      patch: [24, 24, 16],
      augmentation: 'standard',
      steps: STEPS,
      validation: ['04'],
      validateEvery: VALIDATE_EVERY,
    });
    const whole = `${folder}/whole`;
    const began = performance.now();
    const first = await startOrResume({ ...command, out: whole }).ended;
    expect(first.status, first.stderr).toBe(0);
    const patience = (performance.now() - began) / 4;

    const run = { ...command, out: `${folder}/killed`, workers };
    const random = new Random('kills', normalization, workers);
    const plan = { kills: 20, patience, validateEvery: VALIDATE_EVERY, random };
    const { killed, last } = await killRepeatedly(run, plan);
    expect(last.status, last.stderr).toBe(0);
    expect(killed).toBeGreaterThanOrEqual(15);
    expectSameRun(run.out, whole);
    expect(loggedSteps(run)).toBe(STEPS);
  });
});
