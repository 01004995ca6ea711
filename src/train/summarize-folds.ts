import { DataError } from '../errors.ts';
import type { BootstrapSettings } from '../evaluate/case-statistics.ts';
import type { Figures } from '../evaluate/figures.ts';
import { type FoldStatistics, foldStatistics } from '../evaluate/fold-statistics.ts';
import { patientKey, subjectKey } from '../evaluate/subject-key.ts';
import type { Summary } from '../evaluate/summary.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type FoldRun, findRuns, openFoldRuns } from './fold-runs.ts';

export interface SummarizeFoldsOptions extends Pick<BootstrapSettings, 'seed' | 'resamples'> {
  /**
   * Patients by subject, such as a dataset's groups, for the bootstrap. Default: by the names of BIDS, in which sessions
   * of a patient share `sub-…`; any other subject is a patient of its own.
   */
  readonly patients?: Readonly<Record<string, string>>;
}

/**
 * What summary.json of a cross-validation holds: the summary of all subjects together, in the shape that `evaluate` writes,
 * and what the folds add to it.
 */
export interface FoldsSummary extends Summary {
  readonly dataset: string;
  readonly labels: readonly { readonly value: number; readonly name: string }[];
  readonly folds: readonly {
    /** Null where subjects were held out by name or by site. */
    readonly fold: number | null;
    readonly run: string;
    readonly subjects: readonly string[];
    readonly mean: Readonly<Record<string, Figures>>;
  }[];
  /** Folds of the split of which no run was given. */
  readonly missing_folds: readonly number[];
  readonly n_patients: number;
  readonly statistics: FoldStatistics['statistics'];
  readonly bootstrap: FoldStatistics['bootstrap'];
  readonly warnings: readonly string[];
}

/**
 * Sums up the runs of a cross-validation, from the scores in RUN/validation/summary.json.
 *
 * @param paths run folders of `rarevox train --fold K`, or folders that hold them as `fold-0`, `fold-1`, …
 * @throws DataError with all faults: paths that are no runs, runs that are not finished or don't belong together
 */
export async function summarizeFolds(
  files: FileAccess,
  paths: readonly string[],
  options: SummarizeFoldsOptions = {},
): Promise<FoldsSummary> {
  const { runs, warnings } = await openFoldRuns(files, await findRuns(files, paths));
  const first = runs[0];
  if (first === undefined)
    throw new DataError('There is no run to sum up: name run folders of `rarevox train --fold K`.');
  const { patients, ...rest } = options;
  const subjects = runs.flatMap(({ cases }) => cases.map(({ subject }) => subject));
  const given = new Map(Object.entries(patients ?? {}).map(([subject, patient]) => [subjectKey(subject), patient]));
  const known = Object.fromEntries(subjects.map((subject) => [subject, given.get(subject) ?? patientKey(subject)]));
  const { summary, foldMeans, statistics, bootstrap } = foldStatistics(runs, { ...rest, patients: known });
  const missing = missingFolds(runs);
  return {
    ...summary,
    dataset: first.description.dataset.name,
    labels: first.description.labels,
    folds: runs.map(({ fold, path, cases }, index) => ({
      fold,
      run: path,
      subjects: cases.map(({ subject }) => subject),
      mean: foldMeans[index] as Record<string, Figures>,
    })),
    missing_folds: missing,
    n_patients: new Set(Object.values(known)).size,
    statistics,
    bootstrap,
    warnings: [...warnings, ...(missing.length === 0 ? [] : [missingWarning(runs, missing)])],
  };
}

function missingFolds(runs: readonly FoldRun[]): number[] {
  const present = new Set(runs.flatMap(({ fold }) => fold ?? []));
  if (present.size === 0) return [];
  const count = Math.max(...runs.map(({ folds }) => folds.length));
  return Array.from({ length: count }, (_, fold) => fold).filter((fold) => !present.has(fold));
}

function missingWarning(runs: readonly FoldRun[], missing: readonly number[]): string {
  const count = runs.length + missing.length;
  return missing.length === 1
    ? `Of ${count} folds, fold ${missing[0]} is missing: its subjects are not in the summary.`
    : `Of ${count} folds, folds ${missing.join(', ')} are missing: their subjects are not in the summary.`;
}
