import {
  type BootstrapSettings,
  type CaseStatistics,
  caseStatistics,
  type FigureSpread,
  spreadOf,
} from './case-statistics.ts';
import { FIGURE_NAMES, type FigureName, type Figures } from './figures.ts';
import { type EvaluatedCase, type Summary, summarize } from './summary.ts';

/** The held-out cases of one fold, as they were scored. */
export interface ScoredFold {
  readonly cases: readonly EvaluatedCase[];
}

/**
 * One figure of one label over a cross-validation. Undefined values are left out everywhere. `n_groups` counts patients.
 */
export interface FigureStatistics extends FigureSpread {
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
  readonly bootstrap: CaseStatistics['bootstrap'];
}

/**
 * Statistics over the folds of a cross-validation, in which every subject was held out once. The interval is that of the mean
 * over subjects (`bootstrapMean`); it tells how the mean depends on who was scored, not on how the training went: the
 * networks of the folds share most of their training data, and for their variance there is no unbiased estimate (Bengio and
 * Grandvalet 2004, JMLR 5:1089-1105). So no interval comes from the spread over folds.
 */
export function foldStatistics(folds: readonly ScoredFold[], options: BootstrapSettings = {}): FoldStatistics {
  const cases = folds.flatMap((fold) => fold.cases);
  const summary = summarize(cases);
  const foldMeans = folds.map((fold) => summarize(fold.cases).mean);
  const { statistics: overCases, bootstrap } = caseStatistics(cases, options);
  const statistics = Object.entries(overCases).map(([label, ofLabel]) => {
    const ofFigure = (name: FigureName): FigureStatistics => {
      const { mean, sd } = spreadOf(foldMeans.map((of) => of[label]?.[name] ?? null));
      return { ...ofLabel[name], fold_mean: mean, fold_sd: sd };
    };
    return [label, Object.fromEntries(FIGURE_NAMES.map((name) => [name, ofFigure(name)]))] as const;
  });
  return {
    summary,
    foldMeans,
    statistics: Object.fromEntries(statistics) as Record<string, LabelStatistics>,
    bootstrap,
  };
}
