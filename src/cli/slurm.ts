import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { type SlurmOptions, sbatchOptionSchema, slurmOptionsSchema } from '../experiment/slurm-options.ts';
import { slurmFolder } from '../experiment/slurm-script.ts';
import { slurmCommands } from '../node/slurm.ts';
import { SlurmExecutor, type SubmittedJobs } from '../node/slurm-executor.ts';
import { type ExperimentFlags, type OpenedExperiment, wordsOfTables } from './experiment-options.ts';
import { parseInteger } from './option-values.ts';

/** What `--executor slurm` is told beside the experiment. */
export interface SlurmFlags {
  readonly partition?: string;
  readonly time?: string;
  readonly cpusPerTask?: number;
  readonly memory?: string;
  readonly arrayLimit?: number;
  readonly sbatch?: readonly string[];
  readonly wait: boolean;
}

/** Milliseconds between two looks at the queue: often enough for runs of minutes, seldom enough for a busy controller. */
const INTERVAL = 10_000;

const { partition, time, memory } = slurmOptionsSchema.shape;

export function addSlurmOptions(command: Command): Command {
  return command
    .optionsGroup('With --executor slurm (docs/run-on-slurm.md):')
    .option('--partition <name>', 'partition of the jobs', parseBy(partition))
    .option('--time <limit>', 'limit of one run, such as 4:00:00, before it is requeued', parseBy(time))
    .option('--cpus-per-task <n>', 'cores of one run (default: its --threads)', parseInteger(1))
    .option('--memory <size>', 'memory of one run, such as 8G', parseBy(memory))
    .option('--array-limit <n>', 'runs at a time', parseInteger(1))
    .option(
      '--sbatch <option>',
      'a further option of sbatch, such as --sbatch=--account=lab; repeatable',
      collectOption,
    )
    .option('--no-wait', 'return once the jobs are submitted; the last of them makes the tables');
}

/** The executor that the flags of `rarevox experiment` ask for. */
export function slurmExecutorOf(
  config: string,
  opened: OpenedExperiment,
  { wait, sbatch, ...flags }: SlurmFlags & ExperimentFlags,
  place: { readonly command: readonly string[]; readonly onSubmitted: (text: string) => void },
): SlurmExecutor {
  const options: SlurmOptions = slurmOptionsSchema.parse({
    partition: flags.partition,
    time: flags.time,
    cpusPerTask: flags.cpusPerTask ?? flags.threads,
    memory: flags.memory,
    arrayLimit: flags.arrayLimit,
    extra: sbatch,
  });
  const { name } = opened.plan.experiment;
  const { command } = place;
  const out = resolve(opened.out);
  return new SlurmExecutor({
    slurm: slurmCommands,
    setting: { name, command, workingFolder: process.cwd(), out, runs: opened.runs, options },
    tables: wordsOfTables(config, opened, flags),
    wait,
    interval: INTERVAL,
    onSubmitted: (jobs, isNew) => place.onSubmitted(describeJobs(jobs, isNew, opened.out)),
  });
}

/** @throws UsageError where an option of Slurm's is given without it */
export function refuseSlurmFlags(command: Command): void {
  const names = ['partition', 'time', 'cpusPerTask', 'memory', 'arrayLimit', 'sbatch', 'wait'];
  const given = command.options.filter((option) => {
    return names.includes(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli';
  });
  if (given.length === 0) return;
  throw new UsageError(`${given.map(({ long }) => long).join(', ')}: only with --executor slurm.`);
}

function describeJobs({ runs, tables, keys }: SubmittedJobs, isNew: boolean, out: string): string {
  const which = `${runs} (${keys.length === 1 ? '1 run' : `${keys.length} runs`}) and ${tables} (the tables)`;
  return [
    `${isNew ? 'Submitted the jobs' : 'Still in the queue since an earlier call: the jobs'} ${which}.`,
    `Look at them: squeue --jobs=${runs},${tables}. What they write: ${slurmFolder(out)}. Cancel them: scancel ${runs} ${tables}.`,
  ].join('\n');
}

/** A parser of an option's value, by the schema that the options have to fit. */
function parseBy<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`${parsed.error.issues[0]?.message}.`.replace(/^it/, 'It'));
  };
}

function collectOption(text: string, soFar: readonly string[] = []): readonly string[] {
  return [...soFar, parseBy(sbatchOptionSchema)(text)];
}
