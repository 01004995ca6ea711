import type { Command } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { UsageError } from '../errors.ts';
import { type Plan, planExperiment } from '../experiment/plan.ts';
import { readExperiment } from '../experiment/read-experiment.ts';
import { nodeFileAccess as files } from '../node/file-access.ts';
import { addComputeOptions, type ComputeOptions } from './compute-options.ts';

/** What an experiment and each of its runs are told. */
export interface ExperimentFlags extends ComputeOptions {
  readonly out?: string;
  readonly data?: string;
  readonly results?: string;
  readonly runs?: string;
  readonly base?: string;
  readonly quick?: true;
  readonly quiet?: true;
}

export interface OpenedExperiment {
  readonly plan: Plan;
  /** Path of the dataset. */
  readonly data: string;
  /** Folder of the tables. */
  readonly out: string;
  /** Folder of the trained runs. */
  readonly runs: string;
  /** Folder of the results. */
  readonly results: string;
}

export function addExperimentOptions(command: Command): Command {
  command
    .option('--data <dataset>', 'the dataset (default: the one that the experiment names)')
    .option('--out <folder>', 'folder of tables, report and runs (default: the name of the experiment)')
    .option(
      '--results <folder>',
      'folder of the small results, by which finished runs are known (default: OUT/results)',
    )
    .option('--runs <folder>', 'folder of the trained runs, which experiments may share (default: OUT/runs)')
    .option('--base <file>', 'changes to the training that all arms start from (YAML or JSON)')
    .option('--quick', "the experiment's small form, which shows whether all of it works")
    .option('--quiet', 'no progress');
  // Of small networks, two processes of one thread do more than one of two.
  return addComputeOptions(command, 1);
}

/** Reads an experiment and its dataset, and plans the runs. */
export async function openExperiment(config: string, flags: ExperimentFlags): Promise<OpenedExperiment> {
  const request = { quick: flags.quick === true, base: flags.base ?? null, data: flags.data ?? null };
  const experiment = await readExperiment(files, config, request);
  const { data } = experiment;
  if (data === undefined) throw new UsageError('The experiment names no dataset: give one by --data.');
  const out = folderOf(flags.out ?? `${experiment.name}${request.quick ? '-quick' : ''}`);
  const plan = await planExperiment(files, await loadDataset(files, data), experiment);
  return {
    plan,
    data,
    out,
    runs: folderOf(flags.runs ?? `${out}/runs`),
    results: folderOf(flags.results ?? `${out}/results`),
  };
}

/** The words behind `rarevox` for one run of an opened experiment. */
export function wordsOfRun(
  config: string,
  key: string,
  opened: OpenedExperiment,
  { threads, device, ...flags }: ExperimentFlags,
): string[] {
  return [
    ...['experiment-run', config, '--run', key, ...wordsOf(opened, flags)],
    ...['--threads', String(threads), ...(device === undefined ? [] : ['--device', device])],
  ];
}

/** The words behind `rarevox` for the tables of the results that an opened experiment has. */
export function wordsOfTables(
  config: string,
  opened: OpenedExperiment,
  flags: Pick<ExperimentFlags, 'quick' | 'base'>,
): string[] {
  return ['experiment', config, '--tables-only', ...wordsOf(opened, flags)];
}

function wordsOf(
  { data, out, runs, results }: OpenedExperiment,
  { base, quick }: Pick<ExperimentFlags, 'quick' | 'base'>,
): string[] {
  return [
    ...['--data', data, '--out', out, '--runs', runs, '--results', results],
    ...(base === undefined ? [] : ['--base', base]),
    ...(quick === true ? ['--quick'] : []),
  ];
}

function folderOf(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
