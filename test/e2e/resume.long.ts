import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import { makeScan } from '../synthetic-scan.ts';
import { inFolder } from './command-line.ts';
import { expectSameRun, killRepeatedly, startOrResume } from './resumed-run.ts';
import { writeBids, writeConfig } from './synthetic-dataset.ts';

it.each([
  { normalization: 'batch', checkpointSeconds: 0 },
  { normalization: 'instance', checkpointSeconds: 0.4 },
])('ends with the same bytes after 20 kills ($normalization)', async (changed) => {
  await inFolder(async (folder) => {
    const command = { data: `${folder}/data`, config: `${folder}/config.json` };
    const shape = [40, 36, 32] as const;
    await writeBids(
      command.data,
      [1, 2, 3, 4].map((seed) => makeScan(seed, { shape })),
    );
    const network = { initialFilters: 8, growth: 4, layers: 2, levels: 2 };
    writeConfig(command.config, { ...changed, network, patch: [24, 24, 16], steps: 300, validation: ['04'] });
    const whole = `${folder}/whole`;
    const began = performance.now();
    expect((await startOrResume({ ...command, out: whole }).ended).status).toBe(0);
    const patience = performance.now() - began;

    const run = { ...command, out: `${folder}/killed` };
    const { killed, last } = await killRepeatedly(run, 20, patience / 4, new Random('kills', changed.normalization));
    expect(last.status, last.stderr).toBe(0);
    expect(killed).toBeGreaterThanOrEqual(15);
    expectSameRun(run.out, whole);
    expect(readFileSync(`${run.out}/log.jsonl`, 'utf8').trimEnd().split('\n')).toHaveLength(300);
  });
});
