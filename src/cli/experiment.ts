import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { DataError, UsageError } from '../errors.ts';
import type { Executor, RunTask } from '../experiment/executor.ts';
import { LocalExecutor } from '../node/local-executor.ts';
import {
  addExperimentOptions,
  type ExperimentFlags,
  type OpenedExperiment,
  openExperiment,
  wordsOfRun,
} from './experiment-options.ts';
import { missingResults } from './experiment-run.ts';
import { writeTables } from './experiment-tables.ts';
import { Interruption, withInterrupt } from './interrupt.ts';
import { parseInteger, parsePositive } from './option-values.ts';
import { ProgressDisplay } from './progress.ts';
import { addSlurmOptions, refuseSlurmFlags, type SlurmFlags, slurmExecutorOf } from './slurm.ts';

const EXECUTORS = ['local', 'slurm'] as const;

interface Flags extends ExperimentFlags, SlurmFlags {
  readonly executor: (typeof EXECUTORS)[number];
  readonly jobs?: number;
  readonly limitMinutes?: number;
  readonly tablesOnly?: true;
  readonly list?: true;
}

/** `rarevox experiment`: runs a comparison of arms over folds and seeds, and makes its tables. */
export function experimentCommand(): Command {
  const command = new Command('experiment')
    .description('Run an experiment: train and score every arm on every fold, and make tables, plots and tests of it.')
    .argument('<config>', 'the experiment: a YAML or JSON file (docs/reproduce-the-paper.md)')
    .addOption(new Option('--executor <kind>', 'what runs the runs').choices([...EXECUTORS]).default('local'))
    .option('--jobs <n>', 'runs at a time (default: as many as the cores have threads for)', parseInteger(1))
    .option(
      '--limit-minutes <m>',
      'begin no run after so many minutes, and stop those that run at a checkpoint; the same command goes on',
      parsePositive,
    )
    .option('--tables-only', 'train nothing: tables of the results that there are')
    .option('--list', 'do nothing but print the key of each run, how many of its results there are, and what it is');
  addSlurmOptions(addExperimentOptions(command));
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox experiment experiments/paper-losses.yaml --data DATA --out LOSSES
  $ rarevox experiment experiments/paper-losses.yaml --quick
  $ rarevox experiment experiments/paper-losses.yaml --data DATA --list
  $ rarevox experiment experiments/paper-losses.yaml --data DATA --out LOSSES --limit-minutes 50
  $ rarevox experiment experiments/paper-losses.yaml --data DATA --out LOSSES --executor slurm --time 2:00:00 --memory 8G
  $ rarevox experiment experiments/paper-losses.yaml --data DATA --out LOSSES --tables-only`,
    )
    .action((config: string, flags: Flags) => {
      if (flags.executor === 'local') refuseSlurmFlags(command);
      else refuseLocalFlags(flags);
      return withInterrupt((signal) => runExperiment(config, flags, signal));
    });
}

async function runExperiment(config: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  try {
    const opened = await openExperiment(config, flags);
    const tasks: RunTask[] = [];
    for (const run of opened.plan.runs) {
      const missing = await missingResults(run, opened.results);
      const { length } = run.results;
      if (flags.list) process.stdout.write(`${run.key}  ${length - missing.length}/${length}  ${run.label}\n`);
      if (missing.length === 0) continue;
      tasks.push({ key: run.key, label: run.label, words: wordsOfRun(config, run.key, opened, flags) });
    }
    if (flags.list) return;
    const { length } = opened.plan.runs;
    display.note(`${length - tasks.length} of ${length} runs are done; results: ${opened.results}`);
    const failed: string[] = [];
    if (flags.tablesOnly !== true && tasks.length > 0) {
      const labels = new Map(tasks.map(({ key, label }) => [key, label]));
      await executorOf(config, opened, flags, display).execute(tasks, {
        signal,
        onEvent: (event) => display.show(event),
        onOutcome: ({ key, kind, message }) => {
          if (kind === 'failed') failed.push(`${labels.get(key)} (${opened.runs}/${key}): ${message}`);
        },
      });
      if (!flags.wait) return;
    }
    process.stdout.write(await writeTables(opened, display));
    if (failed.length > 0) throw new DataError(failed.join('\n'));
  } catch (error) {
    display.clear();
    if (error instanceof Interruption) process.stderr.write('Interrupted; the same command goes on.\n');
    throw error;
  } finally {
    display.clear();
  }
}

function executorOf(config: string, opened: OpenedExperiment, flags: Flags, display: ProgressDisplay): Executor {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  if (flags.executor === 'slurm') {
    return slurmExecutorOf(config, opened, flags, {
      command: [process.execPath, main],
      onSubmitted: (text) => (flags.wait ? display.note(text) : process.stdout.write(`${text}\n`)),
    });
  }
  const { jobs, threads, limitMinutes } = flags;
  return new LocalExecutor({
    command: main,
    jobs: jobs ?? Math.max(1, Math.floor(availableParallelism() / threads)),
    limit: limitMinutes === undefined ? null : 60_000 * limitMinutes,
  });
}

/** @throws UsageError where an option is given that goes with processes on this machine only */
function refuseLocalFlags({ jobs, limitMinutes }: Flags): void {
  if (jobs !== undefined) throw new UsageError('--jobs: with --executor slurm it is --array-limit.');
  if (limitMinutes !== undefined) throw new UsageError('--limit-minutes: with --executor slurm it is --time.');
}
