import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DataError } from '../errors.ts';
import type { ExecutionOptions, Executor, RunOutcome, RunTask } from '../experiment/executor.ts';
import {
  runsScript,
  type SlurmSetting,
  slurmFolder,
  statusFile,
  tablesScript,
  taskOutputFile,
} from '../experiment/slurm-script.ts';
import { readableJson } from '../preprocess/readable-json.ts';
import { nodeFileAccess as files } from './file-access.ts';
import type { Slurm } from './slurm.ts';

export interface SlurmExecutorOptions {
  readonly slurm: Slurm;
  readonly setting: SlurmSetting;
  /** The words behind `rarevox` that make the tables of what results there are. */
  readonly tables: readonly string[];
  /** Whether to stay until the jobs are over. */
  readonly wait: boolean;
  /** Milliseconds between two looks at the queue. */
  readonly interval: number;
  /** Told which jobs there are, and whether this call submitted them. */
  readonly onSubmitted: (jobs: SubmittedJobs, isNew: boolean) => void;
}

const submittedSchema = z.strictObject({
  /** Number of the array job with the runs. */
  runs: z.string(),
  /** Number of the job with the tables, which waits for the runs. */
  tables: z.string(),
  /** Keys of the runs, in the order of the array's tasks. */
  keys: z.array(z.string()).readonly(),
});

/** What was handed to Slurm: OUT/slurm/jobs.json. */
export type SubmittedJobs = z.infer<typeof submittedSchema>;

/** Looks at the queue after its last job is gone: a network file system shows what was written elsewhere only after a while. */
const LAST_LOOKS = 4;

/**
 * Runs tasks as an array job of Slurm, with a job behind it that makes the tables. The scripts, their output and what became of each run
 * lie in OUT/slurm. Jobs that were submitted before and are not over are waited for in place of new ones, so that no run has two.
 */
export class SlurmExecutor implements Executor {
  private readonly options: SlurmExecutorOptions;
  private readonly out: string;

  constructor(options: SlurmExecutorOptions) {
    this.options = options;
    this.out = options.setting.out;
  }

  /** @throws DataError where Slurm is missing or refuses the jobs; with an AbortError the jobs stay in the queue */
  async execute(tasks: readonly RunTask[], options: ExecutionOptions): Promise<readonly RunOutcome[]> {
    const before = await this.submittedBefore();
    const jobs = before ?? (await this.submit(tasks));
    this.options.onSubmitted(jobs, before === null);
    const finished = new Set<string>();
    if (this.options.wait) await this.waitFor(jobs, tasks, finished, options);
    const outcomes: RunOutcome[] = [];
    for (const { key } of tasks) {
      const isOver = finished.has(key);
      const outcome: RunOutcome = isOver
        ? { key, kind: 'finished', message: null }
        : await this.outcomeOf(key, this.options.wait ? jobs : null);
      if (!isOver) options.onOutcome(outcome);
      outcomes.push(outcome);
    }
    return outcomes;
  }

  private async submittedBefore(): Promise<SubmittedJobs | null> {
    const path = this.jobsFile();
    if (!(await files.exists(path))) return null;
    const parsed = submittedSchema.safeParse(JSON.parse(await files.readText(path)));
    if (!parsed.success) throw new DataError(`${path} is damaged: cancel the jobs of this experiment, and delete it.`);
    const queued = await this.options.slurm.queued(parsed.data.runs);
    if (queued === null) {
      const question = `whether job ${parsed.data.runs}, which was submitted before, is over`;
      throw new DataError(`Slurm does not tell ${question}: try again later.`);
    }
    return queued.running + queued.waiting > 0 ? parsed.data : null;
  }

  private async submit(tasks: readonly RunTask[]): Promise<SubmittedJobs> {
    const { slurm, setting, tables: words } = this.options;
    const script = (name: string): string => `${slurmFolder(this.out)}/${name}.sh`;
    for (const { key } of tasks) await files.remove(statusFile(this.out, key));
    await files.write(script('runs'), runsScript(tasks, setting));
    await files.write(script('tables'), tablesScript(words, setting));
    const runs = await slurm.submit(script('runs'), []);
    try {
      const tables = await slurm.submit(script('tables'), [`--dependency=afterany:${runs}`]);
      const jobs = { runs, tables, keys: tasks.map(({ key }) => key) };
      await files.write(this.jobsFile(), readableJson(jobs));
      return jobs;
    } catch (error) {
      await slurm.cancel(runs);
      throw error;
    }
  }

  /** Comes back when both jobs are over; tells which runs have finished as soon as they have. */
  private async waitFor(
    { runs, tables, keys }: SubmittedJobs,
    tasks: readonly RunTask[],
    finished: Set<string>,
    { signal, onEvent, onOutcome }: ExecutionOptions,
  ): Promise<void> {
    const awaited = tasks.filter(({ key }) => keys.includes(key));
    let isTold = false;
    for (let looks = 0; looks < LAST_LOOKS; ) {
      signal.throwIfAborted();
      const left = await this.options.slurm.queued(runs);
      const leftOfTables = await this.options.slurm.queued(tables);
      let ended = 0;
      for (const { key } of awaited) {
        const status = await this.statusOf(key);
        if (status !== null) ended++;
        if (status !== 0 || finished.has(key)) continue;
        finished.add(key);
        onOutcome({ key, kind: 'finished', message: null });
      }
      const detail =
        left === null
          ? 'the Slurm controller does not answer'
          : `${left.running} running, ${left.waiting} waiting${left.reason === null ? '' : ` (${left.reason})`}`;
      if (!isTold) onEvent({ kind: 'progress', label: 'Runs', done: finished.size, total: awaited.length, detail });
      isTold = finished.size === awaited.length;
      const isEmpty = [left, leftOfTables].every((jobs) => jobs !== null && jobs.running + jobs.waiting === 0);
      if (isEmpty && ended === awaited.length) return;
      looks = isEmpty ? looks + 1 : 0;
      await pause(this.options.interval, signal);
    }
  }

  /** What became of a run that has not finished. */
  private async outcomeOf(key: string, jobs: SubmittedJobs | null): Promise<RunOutcome> {
    const index = jobs?.keys.indexOf(key) ?? -1;
    if (jobs === null || index < 0) return { key, kind: 'stopped', message: null };
    const status = await this.statusOf(key);
    const output = taskOutputFile(this.out, jobs.runs, index);
    const last = (await files.exists(output)) ? (await files.readText(output)).trim().split('\n').slice(-3) : [];
    const how = status === null ? 'Slurm ended it' : `it ended with status ${status}`;
    return { key, kind: 'failed', message: [`${how}; ${output} says:`, ...last].join('\n') };
  }

  /** The status that a run's job wrote down; null while it has not. */
  private async statusOf(key: string): Promise<number | null> {
    const path = statusFile(this.out, key);
    return (await files.exists(path)) ? Number(await files.readText(path)) : null;
  }

  private jobsFile(): string {
    return `${slurmFolder(this.out)}/jobs.json`;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
