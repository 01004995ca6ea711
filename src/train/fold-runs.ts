import { readSplits, SPLITS_FILE } from '../dataset/splits-file.ts';
import type { FoldIds } from '../dataset/subject.ts';
import { DataError, throwFaults } from '../errors.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { readEvaluatedCases } from '../evaluate/summary-file.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { foldFoldersIn } from './fold-folders.ts';
import { RUN_DESCRIPTION, type RunDescription, readRunDescription } from './run-description.ts';
import { RunFolder, VALIDATION_SUMMARY } from './run-folder.ts';

/** A finished run with its held-out subjects scored. */
export interface FoldRun {
  readonly path: string;
  /** Which fold it is, counted from 0; null where its subjects were held out by name or site. */
  readonly fold: number | null;
  readonly description: RunDescription;
  readonly cases: readonly EvaluatedCase[];
  /** All folds that the run's split is one of. */
  readonly folds: readonly FoldIds[];
}

/** Entries of a configuration that say who is held out: they differ from fold to fold. */
const SPLIT_ENTRIES = new Set(['fold', 'folds', 'splits', 'validation', 'leaveOutSite']);

/** Entries in which folds may differ and still be one experiment, if not quite the one that was meant. */
const LENIENT_ENTRIES = new Set([
  'steps',
  'minutes',
  'warmStart',
  'validateEvery',
  'patience',
  'seed',
  'checkpointSeconds',
]);

/**
 * The runs that paths name: each a run folder, or a folder that holds `fold-0`, `fold-1`, … .
 * @throws DataError for a path that is neither
 */
export async function findRuns(files: FileAccess, paths: readonly string[]): Promise<string[]> {
  const runs: string[] = [];
  const faults: string[] = [];
  for (const path of paths.map((given) => given.replace(/(?<=.)\/+$/, ''))) {
    if (await files.exists(`${path}/${RUN_DESCRIPTION}`)) {
      runs.push(path);
      continue;
    }
    const folds = await foldFoldersIn(files, path);
    if (folds.length === 0) {
      faults.push(`${path} is no run of \`rarevox train\`, and holds no folders fold-0, fold-1, …: check the path.`);
    }
    runs.push(...folds);
  }
  throwFaults(faults);
  return runs;
}

/**
 * Opens the runs of a cross-validation, and checks that they are one: the same dataset, labels and options, and no subject
 * held out twice.
 *
 * @returns the runs by rising fold, and what differs but may
 * @throws DataError with every fault of all runs
 */
export async function openFoldRuns(
  files: FileAccess,
  paths: readonly string[],
): Promise<{ runs: readonly FoldRun[]; warnings: readonly string[] }> {
  const faults: string[] = [];
  const runs: FoldRun[] = [];
  for (const path of paths) {
    try {
      runs.push(await openFoldRun(files, path));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(error.message);
    }
  }
  throwFaults(faults);
  const warnings: string[] = [];
  for (const run of runs.slice(1)) compareRuns(runs[0] as FoldRun, run, faults, warnings);
  findSharedSubjects(runs, faults);
  throwFaults(faults);
  return { runs: [...runs].sort((a, b) => (a.fold ?? 0) - (b.fold ?? 0)), warnings };
}

async function openFoldRun(files: FileAccess, path: string): Promise<FoldRun> {
  const folder = new RunFolder(files, path);
  if (!(await folder.has(RUN_DESCRIPTION))) {
    throw new DataError(`${path} holds no run of \`rarevox train\`: check the path, or train this fold.`);
  }
  const description = await readRunDescription(folder);
  const { validation } = description.dataset;
  if (validation.length === 0) {
    throw new DataError(`${path} held no subject out, so there is nothing to sum up: train with --fold.`);
  }
  if (!(await folder.has(VALIDATION_SUMMARY))) {
    throw new DataError(
      `${path} has no ${VALIDATION_SUMMARY} yet: finish the run with \`rarevox train DATA --resume\`.`,
    );
  }
  const cases = await readEvaluatedCases(files, folder.file(VALIDATION_SUMMARY));
  const scored = new Set(cases.map(({ subject }) => subject));
  const heldOut = new Set(validation.map(subjectKey));
  const unscored = [...heldOut].filter((subject) => !scored.has(subject));
  const foreign = [...scored].filter((subject) => !heldOut.has(subject));
  if (unscored.length > 0 || foreign.length > 0) {
    const parts = [
      ...(unscored.length > 0 ? [`lacks ${unscored.join(', ')}`] : []),
      ...(foreign.length > 0 ? [`has ${foreign.join(', ')}, not held out`] : []),
    ];
    throw new DataError(
      `${folder.file(VALIDATION_SUMMARY)} does not fit the run's held-out subjects (it ${parts.join(', and ')}): score the run again.`,
    );
  }
  const folds = (await folder.has(SPLITS_FILE)) ? await readSplits(files, folder.file(SPLITS_FILE)) : [];
  return { path, fold: description.config.fold, description, cases, folds };
}

function compareRuns(first: FoldRun, run: FoldRun, faults: string[], warnings: string[]): void {
  const pair = `${first.path} and ${run.path}`;
  const [a, b] = [first.description, run.description];
  if (a.dataset.name !== b.dataset.name) {
    faults.push(
      `${pair} were trained on other datasets (${a.dataset.name}, ${b.dataset.name}): sum up runs of one dataset.`,
    );
  }
  if (JSON.stringify(a.labels) !== JSON.stringify(b.labels)) {
    const namesOf = ({ labels }: RunDescription): string =>
      labels.map(({ value, name }) => `${value} ${name}`).join(', ');
    faults.push(`${pair} have other labels (${namesOf(a)}; ${namesOf(b)}): sum up runs of the same labels.`);
  }
  for (const { path, left, right } of differences(a.config, b.config, '')) {
    const entry = path.split('.')[0] as string;
    if (SPLIT_ENTRIES.has(entry)) continue;
    const text = `${pair} differ in the option ${path}: ${left} and ${right}`;
    if (LENIENT_ENTRIES.has(entry)) warnings.push(`${text}.`);
    else faults.push(`${text}: folds of one cross-validation have the same options; train one of them again.`);
  }
  for (const { path, left, right } of differences(a.preprocess, b.preprocess, '')) {
    warnings.push(
      `${pair} prepare scans differently, ${path}: ${left} and ${right} (train with one --plan to avoid it).`,
    );
  }
  if (first.fold !== null && run.fold !== null && JSON.stringify(first.folds) !== JSON.stringify(run.folds)) {
    faults.push(`${pair} are folds of different splits: train the folds with the same --folds, --seed or --splits.`);
  }
}

/** Where two JSON values differ, by path, with the values as JSON. */
function differences(a: unknown, b: unknown, path: string): { path: string; left: string; right: string }[] {
  if (isRecord(a) && isRecord(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => differences(a[key], b[key], path === '' ? key : `${path}.${key}`));
  }
  const [left, right] = [a, b].map((value) => JSON.stringify(value) ?? 'none') as [string, string];
  return left === right ? [] : [{ path, left, right }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findSharedSubjects(runs: readonly FoldRun[], faults: string[]): void {
  const seen = new Map<string, string>();
  const shared = new Map<string, string[]>();
  for (const { path, description } of runs) {
    for (const subject of description.dataset.validation) {
      const earlier = seen.get(subject);
      if (earlier === undefined) seen.set(subject, path);
      else shared.set(`${earlier} and ${path}`, [...(shared.get(`${earlier} and ${path}`) ?? []), subject]);
    }
  }
  for (const [pair, subjects] of shared) {
    faults.push(`${pair} both held out ${subjects.join(', ')}: name each fold once, and folds of one split only.`);
  }
}
