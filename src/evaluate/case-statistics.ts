import { meanOf } from '../mean.ts';
import { quantile } from '../quantile.ts';
import { Random } from '../random.ts';
import { bootstrapMean, DEFAULT_LEVEL, DEFAULT_RESAMPLES, type MeanInterval } from './bootstrap.ts';
import { FIGURE_NAMES, type FigureName } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

export interface BootstrapSettings {
  /** The patient of each subject, where several subjects may be scans of one. Default: each subject is one. */
  readonly patients?: Readonly<Record<string, string>>;
  /** Seed of the bootstrap. Default: 0. */
  readonly seed?: number;
  /** Default: 10,000. */
  readonly resamples?: number;
}

/** One figure over the cases: undefined values are left out, and counted. `n_groups` counts patients. */
export interface FigureSpread extends MeanInterval {
  readonly median: number | null;
  /** Standard deviation over the subjects, divided by n - 1; null for fewer than two. */
  readonly sd: number | null;
}

/** How the intervals came about: percentiles of the bootstrap over patients. */
export interface BootstrapDescription {
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
}

export interface CaseStatistics {
  /** By label and figure. */
  readonly statistics: Readonly<Record<string, Readonly<Record<FigureName, FigureSpread>>>>;
  readonly bootstrap: BootstrapDescription;
}

/**
 * Mean with its bootstrap interval over patients (`bootstrapMean`), median and spread of every figure. Each figure of each label has a
 * stream of random numbers of its own, so that none depends on which others there are.
 */
export function caseStatistics(cases: readonly EvaluatedCase[], options: BootstrapSettings = {}): CaseStatistics {
  const { patients = {}, seed = 0, resamples = DEFAULT_RESAMPLES } = options;
  const labels = [...new Set(cases.flatMap(({ metrics }) => Object.keys(metrics)))];
  labels.sort((a, b) => Number(a) - Number(b));
  const statistics: Record<string, Record<FigureName, FigureSpread>> = {};
  for (const label of labels) {
    const scored = cases.filter(({ metrics }) => metrics[label] !== undefined);
    const groups = scored.map(({ subject }) => patients[subject] ?? subject);
    const ofFigure = (name: FigureName): FigureSpread => {
      const values = scored.map(({ metrics }) => metrics[label]?.[name] ?? null);
      const interval = bootstrapMean(values, { groups, resamples, random: new Random(seed, 'bootstrap', label, name) });
      return { ...interval, median: medianOf(values), sd: spreadOf(values).sd };
    };
    const entries = FIGURE_NAMES.map((name) => [name, ofFigure(name)] as const);
    statistics[label] = Object.fromEntries(entries) as Record<FigureName, FigureSpread>;
  }
  return { statistics, bootstrap: { level: DEFAULT_LEVEL, resamples, seed } };
}

/** The median of the values that are defined; null where none is. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null).sort((a, b) => a - b);
  return defined.length === 0 ? null : quantile(defined, 0.5);
}

/** Mean, and standard deviation divided by n - 1, of the values that are defined. */
export function spreadOf(values: readonly (number | null)[]): { mean: number | null; sd: number | null } {
  const defined = values.filter((value) => value !== null);
  const n = defined.length;
  const mean = meanOf(defined);
  if (mean === null) return { mean, sd: null };
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n === 1 ? null : Math.sqrt(squares / (n - 1)) };
}
