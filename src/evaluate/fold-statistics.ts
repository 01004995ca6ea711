import { meanOf } from '../mean.ts';
import { Random } from '../random.ts';
import { bootstrapMean, DEFAULT_LEVEL, DEFAULT_RESAMPLES, type MeanInterval } from './bootstrap.ts';
import { FIGURE_NAMES, type FigureName, type Figures } from './figures.ts';
import { type EvaluatedCase, type Summary, summarize } from './summary.ts';

/** The held-out cases of one fold, as they were scored. */
export interface ScoredFold {
  readonly cases: readonly EvaluatedCase[];
}

export interface FoldStatisticsOptions {
  /** The patient of each subject, where several subjects may be scans of one. Default: each subject is one. */
  readonly patients?: Readonly<Record<string, string>>;
  /** Seed of the bootstrap. Default: 0. */
  readonly seed?: number;
  readonly resamples?: number;
}

/**
 * One figure of one label over a cross-validation. Undefined values are left out everywhere. `n_groups` counts patients.
 */
export interface FigureStatistics extends MeanInterval {
  /** Standard deviation over the subjects, divided by n - 1; null for fewer than two. */
  readonly sd: number | null;
  /** Mean of the folds' means, which weighs folds alike whatever their size; folds without a value are left out. */
  readonly fold_mean: number | null;
  /** Standard deviation of the folds' means, divided by their number less 1. */
  readonly fold_sd: number | null;
}

export type LabelStatistics = Readonly<Record<FigureName, FigureStatistics>>;

export interface FoldStatistics {
  /** Over all subjects, as if they had been one evaluation. */
  readonly summary: Summary;
  /** By fold and label: the means of that fold's subjects. */
  readonly foldMeans: readonly Readonly<Record<string, Figures>>[];
  /** By label and figure. */
  readonly statistics: Readonly<Record<string, LabelStatistics>>;
  /** How the intervals came about: percentiles of the bootstrap over patients. */
  readonly bootstrap: { readonly level: number; readonly resamples: number; readonly seed: number };
}

/**
 * Statistics over the folds of a cross-validation, in which every subject was held out once. The interval is that of the mean
 * over subjects (`bootstrapMean`); it tells how the mean depends on who was scored, not on how the training went: the
 * networks of the folds share most of their training data, and for their variance there is no unbiased estimate (Bengio and
 * Grandvalet 2004, JMLR 5:1089-1105). So no interval comes from the spread over folds.
 */
export function foldStatistics(folds: readonly ScoredFold[], options: FoldStatisticsOptions = {}): FoldStatistics {
  const { patients = {}, seed = 0, resamples = DEFAULT_RESAMPLES } = options;
  const cases = folds.flatMap((fold) => fold.cases);
  const summary = summarize(cases);
  const foldMeans = folds.map((fold) => summarize(fold.cases).mean);
  const statistics = Object.keys(summary.mean).map((label) => {
    const scored = cases.filter(({ metrics }) => metrics[label] !== undefined);
    const groups = scored.map(({ subject }) => patients[subject] ?? subject);
    const ofFigure = (name: FigureName): FigureStatistics => {
      const values = scored.map(({ metrics }) => metrics[label]?.[name] ?? null);
      const means = foldMeans.map((mean) => mean[label]?.[name] ?? null);
      const interval = bootstrapMean(values, { groups, resamples, random: new Random(seed, 'bootstrap', label, name) });
      const { mean: foldMean, sd: foldSd } = spreadOf(means);
      return { ...interval, sd: spreadOf(values).sd, fold_mean: foldMean, fold_sd: foldSd };
    };
    return [label, Object.fromEntries(FIGURE_NAMES.map((name) => [name, ofFigure(name)]))] as const;
  });
  return {
    summary,
    foldMeans,
    statistics: Object.fromEntries(statistics) as Record<string, LabelStatistics>,
    bootstrap: { level: DEFAULT_LEVEL, resamples, seed },
  };
}

function spreadOf(values: readonly (number | null)[]): { mean: number | null; sd: number | null } {
  const defined = values.filter((value) => value !== null);
  const n = defined.length;
  const mean = meanOf(defined);
  if (mean === null) return { mean, sd: null };
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n === 1 ? null : Math.sqrt(squares / (n - 1)) };
}
