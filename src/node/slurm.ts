import { execFile } from 'node:child_process';
import { DataError } from '../errors.ts';

/** Jobs, or tasks of an array, that are not over. */
export interface QueuedJobs {
  readonly running: number;
  readonly waiting: number;
  /** Why the first of those that wait does, in Slurm's word, such as `Resources` or `BeginTime`. */
  readonly reason: string | null;
}

/** The commands of Slurm that an experiment needs. */
export interface Slurm {
  /**
   * Hands a batch script in.
   * @param script its path
   * @param options of sbatch, before the script
   * @returns the job's number
   * @throws DataError where there is no Slurm, or it refuses the script, with its words
   */
  submit(script: string, options: readonly string[]): Promise<string>;
  /**
   * What is left of a job.
   * @returns null where the controller does not answer, which happens on busy clusters
   * @throws DataError where there is no Slurm
   */
  queued(job: string): Promise<QueuedJobs | null>;
  /** Takes a job out of the queue. */
  cancel(job: string): Promise<void>;
}

/** Slurm by its command line (sbatch, squeue, scancel), on the machine that this process runs on. */
export const slurmCommands: Slurm = {
  async submit(script, options) {
    const { status, stdout, stderr } = await call('sbatch', ['--parsable', ...options, script]);
    // The name of the cluster follows a semicolon where there are several.
    const job = stdout.trim().split(';')[0] as string;
    if (status === 0 && /^\d+$/.test(job)) return job;
    const words = `${stderr}${stdout}`.trim().replaceAll('sbatch: error: ', '').replaceAll('\n', '; ');
    throw new DataError(`Slurm refused ${script}: ${words}`);
  },

  async queued(job) {
    const { status, stdout, stderr } = await call('squeue', [
      ...['--noheader', '--array', '--format=%t %r'],
      ...['--states=pending,configuring,running,suspended,completing,requeued,stopped', `--jobs=${job}`],
    ]);
    // One that ended long enough ago is known no more.
    if (status !== 0) return /invalid job id/i.test(stderr) ? { running: 0, waiting: 0, reason: null } : null;
    const lines = stdout.split('\n').filter((line) => line.trim() !== '');
    const waiting = lines.filter((line) => line.startsWith('PD '));
    return { running: lines.length - waiting.length, waiting: waiting.length, reason: waiting[0]?.slice(3) ?? null };
  },

  async cancel(job) {
    await call('scancel', [job]);
  },
};

interface Called {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function call(program: string, words: readonly string[]): Promise<Called> {
  return new Promise((resolve, reject) => {
    execFile(program, words, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr });
      else if (error.code === 'ENOENT') {
        const advice = 'call rarevox where jobs are submitted from, or leave --executor slurm out';
        reject(new DataError(`There is no Slurm on this machine (${program} is not found): ${advice}.`));
      } else reject(new DataError(`${program} could not be called: ${error.message}`, { cause: error }));
    });
  });
}
