import type { CaseCounts } from '../evaluate/curves-file.ts';
import type { CaseMetrics } from '../evaluate/evaluate-case.ts';
import { FIGURE_NAMES, type Figures } from '../evaluate/figures.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { meanOf } from '../mean.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { Plan } from './plan.ts';
import { type Result, readResult } from './result.ts';

/** What one arm, or a baseline, has so far. */
export interface ArmOutcome {
  readonly name: string;
  readonly isBaseline: boolean;
  /** Of folds and seeds; of a baseline 1. */
  readonly planned: number;
  readonly cells: readonly OutcomeCell[];
}

export interface OutcomeCell {
  readonly seed: number;
  readonly fold: string;
  readonly result: Result;
}

/** The results of an experiment as far as there are any. */
export interface Outcome {
  readonly plan: Plan;
  readonly arms: readonly ArmOutcome[];
  /** Runs all of whose results are there. */
  readonly runsDone: number;
  /** Of rarevox, that the results were made with, in alphabetical order. */
  readonly versions: readonly string[];
  /** The patient of each subject, by its key. */
  readonly patients: Readonly<Record<string, string>>;
  /** The site of each subject that has one. */
  readonly sites: Readonly<Record<string, string>>;
}

/**
 * Reads the results of a plan's cells; those that are missing are left out.
 * @param baselines by name: results that are no run's
 */
export async function readOutcome(
  files: FileAccess,
  plan: Plan,
  folder: string,
  baselines: ReadonlyMap<string, Result>,
): Promise<Outcome> {
  const results = new Map<string, Result>();
  for (const { result: key } of plan.cells) {
    const result = results.has(key) ? null : await readResult(files, folder, key);
    if (result !== null) results.set(key, result);
  }
  const arms = plan.experiment.arms.map(({ name }): ArmOutcome => {
    const planned = plan.cells.filter(({ arm }) => arm === name);
    const cells = planned.flatMap(({ seed, fold, result: key }) => {
      const result = results.get(key);
      return result === undefined ? [] : [{ seed, fold, result }];
    });
    return { name, isBaseline: false, planned: planned.length, cells };
  });
  for (const [name, result] of baselines) {
    arms.push({ name, isBaseline: true, planned: 1, cells: [{ seed: 0, fold: 'all', result }] });
  }
  const { subjects } = plan.dataset;
  return {
    plan,
    arms,
    runsDone: plan.runs.filter((run) => run.results.every(({ key }) => results.has(key))).length,
    versions: [...new Set([...results.values()].map(({ rarevox }) => rarevox))].sort(),
    patients: Object.fromEntries(subjects.map(({ id, group }) => [subjectKey(id), group])),
    sites: Object.fromEntries(subjects.flatMap(({ id, site }) => (site === undefined ? [] : [[subjectKey(id), site]]))),
  };
}

/** The cases of some cells, one a subject, in the order of their names: with several seeds the mean of each figure over them. */
export function casesOf(cells: readonly OutcomeCell[]): EvaluatedCase[] {
  const bySubject = new Map<string, CaseMetrics[]>();
  for (const { result } of cells) {
    for (const { subject, metrics } of result.cases)
      bySubject.set(subject, [...(bySubject.get(subject) ?? []), metrics]);
  }
  return [...bySubject]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, all]) => ({ subject, predictionFile: '', referenceFile: '', metrics: meanMetrics(all) }));
}

/** The counts behind the precision-recall curves of some cells, of every seed. */
export function countsOf(cells: readonly OutcomeCell[]): CaseCounts[] {
  return cells.flatMap(({ result }) =>
    result.cases.flatMap(({ subject, counted }) =>
      Object.entries(counted).map(([label, counts]) => ({ subject, label: Number(label), counts })),
    ),
  );
}

/**
 * The cells of each arm that all of them have, so that no arm is compared on seeds or folds that another lacks. A baseline has no
 * training, and counts as having every one.
 */
export function sharedCells(arms: readonly ArmOutcome[]): Map<string, readonly OutcomeCell[]> {
  const trained = arms.filter(({ isBaseline }) => !isBaseline);
  const isShared = ({ seed, fold }: OutcomeCell): boolean =>
    trained.every(({ cells }) => cells.some((cell) => cell.seed === seed && cell.fold === fold));
  return new Map(arms.map((arm) => [arm.name, arm.isBaseline ? arm.cells : arm.cells.filter(isShared)]));
}

function meanMetrics(all: readonly CaseMetrics[]): CaseMetrics {
  if (all.length === 1) return all[0] as CaseMetrics;
  const labels = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    labels.map((label) => {
      const entries = FIGURE_NAMES.map((name) => [name, meanOf(all.map((metrics) => metrics[label]?.[name] ?? null))]);
      return [label, Object.fromEntries(entries) as Figures];
    }),
  );
}
