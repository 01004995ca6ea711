import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slurmOptionsSchema } from '../src/experiment/slurm-options.ts';
import { runsScript, statusFile } from '../src/experiment/slurm-script.ts';

/*
 * The batch script of an experiment's runs, run by Bash with a `scontrol` that only writes down how it was called, and a run
 * that is a few lines of Bash. test/e2e/slurm.long.ts tries it with Slurm.
 */

const JOB = '41';

describe.skipIf(process.platform === 'win32')('the job of a run', () => {
  let folder = '';
  let out = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rarevox's "));
    out = `${folder}/out`;
    mkdirSync(`${out}/slurm`, { recursive: true });
    mkdirSync(`${folder}/bin`);
    requeueEndsWith(0);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function requeueEndsWith(status: number): void {
    const program = `${folder}/bin/scontrol`;
    writeFileSync(program, `#!/bin/bash\necho "$@" >> '${folder.replaceAll("'", "'\\''")}/requeued'\nexit ${status}\n`);
    chmodSync(program, 0o755);
  }

  function start(run: string): { readonly job: ChildProcess; readonly ended: Promise<number | null> } {
    const script = runsScript(
      ['other', 'key'].map((key) => ({ key, label: key, words: [key, `${out}/runs/${key}`] })),
      {
        name: 'try',
        command: ['bash', '-c', run],
        workingFolder: folder,
        out,
        runs: `${out}/runs`,
        options: slurmOptionsSchema.parse({ cpusPerTask: 1 }),
      },
    );
    const env = {
      ...process.env,
      PATH: `${folder}/bin:${process.env.PATH}`,
      SLURM_ARRAY_TASK_ID: '1',
      SLURM_JOB_ID: JOB,
    };
    const job = spawn('bash', ['-c', script], { env, stdio: 'ignore', cwd: folder });
    return { job, ended: new Promise((resolve) => job.on('close', resolve)) };
  }

  const status = (): string | null => {
    const file = statusFile(out, 'key');
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
  const requeued = (): string | null =>
    existsSync(`${folder}/requeued`) ? readFileSync(`${folder}/requeued`, 'utf8') : null;
  const begun = async (): Promise<void> => {
    while (!existsSync(`${folder}/begun`)) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  /** A run that waits for SIGTERM, then works for a while, writes a checkpoint or not, and asks to go on later. */
  const stoppable = (checkpoint: string): string =>
    `trap 'sleep 0.3; ${checkpoint}; exit 75' TERM; touch begun; while :; do sleep 0.02; done`;
  // $0 and $1 are the words of the run.
  const CHECKPOINT = 'mkdir -p "$1"; touch "$1/checkpoint"';

  it('does the run of its index, and writes down how it ended', async () => {
    expect(await start(`echo "$0 $1" > words; exit 0`).ended).toBe(0);
    expect(readFileSync(`${folder}/words`, 'utf8')).toBe(`key ${out}/runs/key\n`);
    expect(status()).toBe('0\n');
    expect(await start('exit 3').ended).toBe(3);
    expect(status()).toBe('3\n');
    expect(await start('kill -KILL $$').ended).toBe(137);
    expect(status()).toBe('137\n');
    expect(requeued()).toBeNull();
  });

  it('stops the run at the signal, waits for its checkpoint, and requeues itself', async () => {
    writeFileSync(statusFile(out, 'key'), '1\n');
    const { job, ended } = start(stoppable(CHECKPOINT));
    await begun();
    job.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Once more while it writes.
    job.kill('SIGUSR1');
    expect(await ended).toBe(75);
    expect(existsSync(`${out}/runs/key/checkpoint`)).toBe(true);
    expect(requeued()).toBe(`requeue ${JOB}\n`);
    expect(status()).toBeNull();
  });

  it('is over where the run ends well in spite of the signal', async () => {
    const { job, ended } = start(`trap 'exit 0' TERM; touch begun; while :; do sleep 0.02; done`);
    await begun();
    job.kill('SIGUSR1');
    expect(await ended).toBe(0);
    expect([requeued(), status()]).toEqual([null, '0\n']);
  });

  it('does not requeue itself for ever where a run comes no further', async () => {
    const { job, ended } = start(stoppable(':'));
    await begun();
    job.kill('SIGUSR1');
    expect(await ended).toBe(75);
    expect([requeued(), status()]).toEqual([null, '75\n']);
  });

  it('writes down that it is to be continued where Slurm does not requeue it', async () => {
    requeueEndsWith(1);
    const { job, ended } = start(stoppable(CHECKPOINT));
    await begun();
    job.kill('SIGUSR1');
    expect(await ended).toBe(75);
    expect([requeued(), status()]).toEqual([`requeue ${JOB}\n`, '75\n']);
  });
});
