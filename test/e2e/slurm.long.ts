import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeScan } from '../synthetic-scan.ts';
import { processesWith } from './child-processes.ts';
import { filesBelow, inFolder, type Running, rarevox, start, until } from './command-line.ts';
import { writeBids } from './synthetic-dataset.ts';

/*
 * An experiment on a real Slurm, that of this machine: `scripts/slurm-single-node.sh start` makes one. A job is signaled as Slurm does
 * before its time limit, another one's process is killed; both are requeued, and the tables are those of an undisturbed local run.
 */

const STEPS = 100;

/** What a job says when it has stopped its run at a checkpoint. */
const STOPPED = 'Stopped at the time limit, and requeued.';

/** The quick form is what runs: four trainings of the smallest network. */
const EXPERIMENT = `
name: slurm
title: Beta 1 and 3
duration: a minute
base:
  preset: tiny
  steps: 100000
arms:
  - { name: beta 1, training: { beta: 1 } }
  - { name: beta 3, training: { beta: 3 } }
comparisons:
  - { first: beta 3, second: beta 1, figure: Sensitivity }
claims:
  - { text: A larger beta gives more recall, arm: beta 3, than: [beta 1], figure: Sensitivity, expected: higher }
quick:
  folds: { count: 2 }
  base:
    network: { initialFilters: 4, growth: 2, layers: 1, levels: 1, stemStride: [1, 1, 1] }
    patch: [16, 16, 16]
    steps: ${STEPS}
    checkpointSeconds: 0
    selection: { minimalCentralVoxels: { early: 1, late: 1 }, minimalLesionVoxels: { early: 1, late: 1 } }
`;

function slurmAnswers(): boolean {
  const { status, stdout } = spawnSync('sinfo', ['--noheader', '--format=%t'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 && /^(idle|mix|alloc)$/m.test(stdout);
}

const isThere = slurmAnswers();
if (!isThere)
  process.stderr.write(
    'The test on Slurm is skipped: no node answers; scripts/slurm-single-node.sh start makes one.\n',
  );

interface Jobs {
  readonly runs: string;
  readonly tables: string;
  readonly keys: readonly string[];
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const stepsOf = (out: string, key: string): number =>
  textOf(`${out}/runs/${key}/log.jsonl`).split('"kind":"step"').length - 1;

describe.skipIf(!isThere)('an experiment on Slurm', () => {
  it('has the tables of a local run, byte for byte, with jobs stopped, killed and requeued', async () => {
    await inFolder(async (folder) => {
      const data = `${folder}/data`;
      const config = `${folder}/experiment.yaml`;
      await writeBids(
        data,
        [1, 2, 3, 4].map((seed) => makeScan(seed, { shape: [24, 22, 20] })),
      );
      writeFileSync(config, EXPERIMENT);
      const words = (out: string): string[] => ['experiment', config, '--quick', '--data', data, '--out', out];
      const local = await rarevox(...words(`${folder}/local`), '--jobs', '2');
      expect(local.status, local.stderr).toBe(0);

      const out = `${folder}/slurm`;
      const onSlurm = ['--executor', 'slurm', '--array-limit', '2', '--time', '30', '--sbatch=--comment=a test'];
      const running = start([...words(out), ...onSlurm]);
      await until(running, () => existsSync(`${out}/slurm/jobs.json`));
      const jobs = JSON.parse(textOf(`${out}/slurm/jobs.json`)) as Jobs;
      const { runs, tables, keys } = jobs;
      expect(keys).toHaveLength(4);
      try {
        await disturb(running, { ...jobs, out });
        const { status, stdout, stderr } = await running.ended;
        expect(status, stderr).toBe(0);
        expect(stdout.replaceAll(out, `${folder}/local`)).toBe(local.stdout);
      } finally {
        running.process.kill('SIGKILL');
        spawnSync('scancel', [runs, tables]);
      }
      for (const key of keys) expect(textOf(`${out}/slurm/${key}.status`)).toBe('0\n');
      const output = textOf(`${out}/slurm/${runs}_0.txt`);
      expect(output).toContain(`rarevox: stopped by SIGTERM\n${STOPPED}\n`);
      // What the last job wrote, and this process after it.
      expect(textOf(`${out}/slurm/tables.txt`).replaceAll(out, `${folder}/local`)).toContain(local.stdout);
      expectSameTables(out, `${folder}/local`);
    });
  });
});

/** Stops the first run as Slurm does before the time limit, kills the process of the second, and requeues it. */
async function disturb(running: Running, { out, runs, keys }: Jobs & { readonly out: string }): Promise<void> {
  const [first, second] = keys as [string, string];
  const kill = async (): Promise<void> => {
    await until(running, () => stepsOf(out, second) >= 3);
    for (const pid of processesWith('--run', second)) process.kill(pid, 'SIGKILL');
    await until(running, () => textOf(`${out}/slurm/${second}.status`) === '137\n');
    execFileSync('scontrol', ['requeue', `${runs}_1`]);
  };
  const stop = async (): Promise<void> => {
    await until(running, () => stepsOf(out, first) >= 3);
    // Slurm 22.05 takes a job that was signaled for one in transition: scancel would signal it again and again, after its requeue too.
    const signaling = spawn('scancel', ['--batch', '--signal=USR1', `${runs}_0`], { stdio: 'ignore' });
    await until(running, () => textOf(`${out}/slurm/${runs}_0.txt`).includes(STOPPED));
    signaling.kill('SIGKILL');
  };
  await Promise.all([kill(), stop()]);
  for (const key of [first, second]) expect(stepsOf(out, key)).toBeLessThan(STEPS);
}

/** Expects the same results, tables and report. */
function expectSameTables(out: string, expected: string): void {
  const tables = (folder: string): string[] => filesBelow(folder).filter((file) => !/^(runs|cache|slurm)\//.test(file));
  expect(tables(out)).toEqual(tables(expected));
  expect(tables(out)).toContain('tables.md');
  for (const file of tables(expected)) expect(textOf(`${out}/${file}`), file).toBe(textOf(`${expected}/${file}`));
}
