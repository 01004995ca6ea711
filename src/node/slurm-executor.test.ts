import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import type { RunOutcome, RunTask } from '../experiment/executor.ts';
import { slurmOptionsSchema } from '../experiment/slurm-options.ts';
import { statusFile, taskOutputFile } from '../experiment/slurm-script.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { QueuedJobs, Slurm } from './slurm.ts';
import { SlurmExecutor, type SlurmExecutorOptions } from './slurm-executor.ts';

const NONE: QueuedJobs = { running: 0, waiting: 0, reason: null };
const RUNNING: QueuedJobs = { running: 1, waiting: 0, reason: null };
const tasks: readonly RunTask[] = ['a', 'b', 'c'].map((key) => ({ key, label: `run ${key}`, words: ['run', key] }));

/** What a look at the queue finds, and what happened before it. */
interface Look {
  readonly found: QueuedJobs | null;
  readonly before?: () => void;
}

/** A Slurm whose array job is found so by one look after the other, and whose tables come after that. */
class ScriptedSlurm implements Slurm {
  readonly called: string[] = [];
  private readonly looks: Look[];
  private jobs = 0;

  constructor(looks: readonly Look[]) {
    this.looks = [...looks];
  }

  submit(script: string, options: readonly string[]): Promise<string> {
    expect(existsSync(script)).toBe(true);
    this.called.push(['submit', script.split('/').at(-1), ...options].join(' '));
    return Promise.resolve(String(++this.jobs));
  }

  queued(job: string): Promise<QueuedJobs | null> {
    if (job !== '1') return Promise.resolve(this.looks.length > 0 ? { ...NONE, waiting: 1 } : NONE);
    const { found, before } = this.looks.shift() ?? { found: NONE };
    before?.();
    return Promise.resolve(found);
  }

  cancel(job: string): Promise<void> {
    this.called.push(`cancel ${job}`);
    return Promise.resolve();
  }
}

let out = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

function makeExecutor(slurm: Slurm, changed: Partial<SlurmExecutorOptions> = {}): SlurmExecutor {
  const options = slurmOptionsSchema.parse({ cpusPerTask: 1 });
  const setting = { name: 'try', command: ['node', 'main.js'], workingFolder: '/', out, runs: `${out}/runs`, options };
  const others = { tables: ['experiment', '--tables-only'], wait: true, interval: 1, onSubmitted: () => undefined };
  return new SlurmExecutor({ slurm, setting, ...others, ...changed });
}

async function execute(executor: SlurmExecutor, signal = new AbortController().signal) {
  const told: RunOutcome[] = [];
  const events: ProgressEvent[] = [];
  const handlers = {
    onEvent: (event: ProgressEvent) => events.push(event),
    onOutcome: (one: RunOutcome) => told.push(one),
  };
  const outcomes = await executor.execute(tasks, { signal, ...handlers });
  return { outcomes, told, events };
}

const ends = (key: string, status: number): void => writeFileSync(statusFile(out, key), `${status}\n`);

describe('the executor on Slurm', () => {
  it('submits the runs and the tables behind them, and tells each outcome', async () => {
    const slurm = new ScriptedSlurm([
      { found: { running: 1, waiting: 2, reason: 'Resources' } },
      { found: { running: 2, waiting: 0, reason: null }, before: () => ends('b', 0) },
      { found: null },
      {
        found: NONE,
        before: () => {
          ends('a', 137);
          writeFileSync(taskOutputFile(out, '1', 0), 'line 1\nline 2\nThe compute process was killed.\nKilled\n');
        },
      },
    ]);
    const { outcomes, told, events } = await execute(makeExecutor(slurm));
    expect(slurm.called).toEqual(['submit runs.sh', 'submit tables.sh --dependency=afterany:1']);
    expect(JSON.parse(readFileSync(`${out}/slurm/jobs.json`, 'utf8'))).toEqual({
      runs: '1',
      tables: '2',
      keys: ['a', 'b', 'c'],
    });
    expect(outcomes).toEqual([
      {
        key: 'a',
        kind: 'failed',
        message: `it ended with status 137; ${out}/slurm/1_0.txt says:\nline 2\nThe compute process was killed.\nKilled`,
      },
      { key: 'b', kind: 'finished', message: null },
      { key: 'c', kind: 'failed', message: `Slurm ended it; ${out}/slurm/1_2.txt says:` },
    ]);
    expect(told.map(({ key }) => key)).toEqual(['b', 'a', 'c']);
    expect(events.slice(0, 4)).toEqual(
      [
        [0, '1 running, 2 waiting (Resources)'],
        [1, '2 running, 0 waiting'],
        [1, 'the Slurm controller does not answer'],
        [1, '0 running, 0 waiting'],
      ].map(([done, detail]) => ({ kind: 'progress', label: 'Runs', done, total: 3, detail })),
    );
  });

  it('waits a little for what a network file system shows late', async () => {
    const end = (): void => {
      ends('a', 0);
      ends('b', 0);
      ends('c', 75);
    };
    const looks = [{ found: RUNNING }, { found: NONE }, { found: NONE }, { found: NONE, before: end }];
    const { outcomes } = await execute(makeExecutor(new ScriptedSlurm(looks)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['finished', 'finished', 'failed']);
  });

  it('takes no status of an earlier job for that of the new one', async () => {
    await execute(makeExecutor(new ScriptedSlurm([]), { wait: false }));
    ends('a', 0);
    const { outcomes } = await execute(makeExecutor(new ScriptedSlurm([{ found: NONE }])));
    expect(outcomes[0]).toMatchObject({ key: 'a', kind: 'failed' });
  });

  it('waits for jobs that are queued already, and submits none beside them', async () => {
    await execute(makeExecutor(new ScriptedSlurm([]), { wait: false }));
    writeFileSync(`${out}/slurm/jobs.json`, JSON.stringify({ runs: '1', tables: '2', keys: ['b'] }));
    const looks = [{ found: RUNNING }, { found: RUNNING }, { found: NONE, before: () => ends('b', 0) }];
    const slurm = new ScriptedSlurm(looks);
    const { outcomes, events } = await execute(makeExecutor(slurm));
    expect(slurm.called).toEqual([]);
    expect(events.map(({ done, total }) => [done, total])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stopped', 'finished', 'stopped']);
  });

  it('returns at once where it is not to wait', async () => {
    const jobs: unknown[] = [];
    const options = { wait: false, onSubmitted: (...submitted: unknown[]) => jobs.push(submitted) };
    const { outcomes } = await execute(makeExecutor(new ScriptedSlurm([]), options));
    expect(jobs).toEqual([[{ runs: '1', tables: '2', keys: ['a', 'b', 'c'] }, true]]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  it('leaves the jobs in the queue when it is interrupted', async () => {
    const controller = new AbortController();
    const slurm = new ScriptedSlurm([{ found: RUNNING, before: () => controller.abort() }]);
    await expect(execute(makeExecutor(slurm), controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(slurm.called).toEqual(['submit runs.sh', 'submit tables.sh --dependency=afterany:1']);
  });

  it('takes the runs back where the tables are refused', async () => {
    const slurm = new ScriptedSlurm([]);
    const submit = slurm.submit.bind(slurm);
    slurm.submit = (script, options) =>
      options.length === 0 ? submit(script, options) : Promise.reject(new DataError('Slurm refused tables.sh: no'));
    await expect(execute(makeExecutor(slurm))).rejects.toThrow('Slurm refused tables.sh: no');
    expect(slurm.called).toEqual(['submit runs.sh', 'cancel 1']);
    expect(existsSync(`${out}/slurm/jobs.json`)).toBe(false);
  });
});
