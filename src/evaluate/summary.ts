import { meanOf } from '../mean.ts';
import type { LabelCalibration } from './calibration-regions.ts';
import { type CaseStatistics, medianOf } from './case-statistics.ts';
import type { CaseMetrics } from './evaluate-case.ts';
import { FIGURE_NAMES, type FigureName, type Figures, undefinedFigures } from './figures.ts';
import type { RaterScore } from './isbi-score.ts';
import { type LesionSizeClass, type LesionVolumes, lesionSizeClasses } from './lesion-sizes.ts';
import { type VolumeAgreement, volumeAgreement } from './volume-agreement.ts';

/** One scored case. */
export interface EvaluatedCase {
  /** What tells this case from the others, such as `sub-01`. */
  readonly subject: string;
  readonly predictionFile: string;
  readonly referenceFile: string;
  readonly metrics: CaseMetrics;
  /** The lesions of each label, where they are known: for detection by size. */
  readonly lesions?: Readonly<Record<string, LesionVolumes>>;
}

export type FigureCounts = Readonly<Record<FigureName, number>>;

/**
 * What `summary.json` holds: nnU-Net's shape, with more figures, and with counts of the cases behind each mean. Labels
 * are keys, as text. A mean is null where no case has a value.
 */
export interface Summary {
  readonly metric_per_case: readonly {
    readonly subject: string;
    readonly prediction_file: string;
    readonly reference_file: string;
    readonly metrics: CaseMetrics;
  }[];
  /** By label: the mean of the cases' values. */
  readonly mean: Readonly<Record<string, Figures>>;
  /** The mean of the labels' means. */
  readonly foreground_mean: Figures;
  /** By label: the median of the cases' values, those without one left out as in the mean. */
  readonly median: Readonly<Record<string, Figures>>;
  /** By label: agreement of the volumes in mm3 over the cases, Pearson's Corr and Bland and Altman's limits. */
  readonly volumes: Readonly<Record<string, VolumeAgreement>>;
  /** By label and figure: the mean with its bootstrap interval, median, spread and counts. Where they were asked for. */
  readonly statistics?: CaseStatistics['statistics'];
  readonly bootstrap?: CaseStatistics['bootstrap'];
  /** By label: how many lesions of each size were found, all cases pooled. Only where the cases' lesions are known. */
  readonly lesion_sizes?: Readonly<Record<string, readonly LesionSizeClass[]>>;
  readonly n_cases: number;
  /** By label: cases whose reference holds the label and whose prediction does not. */
  readonly n_missed: Readonly<Record<string, number>>;
  /** How many case figures have no value by their formula (whatever the empty policy put in their place), or were not computed. */
  readonly n_undefined: {
    readonly mean: Readonly<Record<string, FigureCounts>>;
    readonly foreground_mean: FigureCounts;
  };
  /** By label, where probability maps were given. */
  readonly calibration?: Readonly<Record<string, LabelCalibration>>;
  /** Where each rater was scored against: the ISBI 2015 score. */
  readonly isbi?: {
    /** By rater. */
    readonly raters: Readonly<Record<string, RaterScore>>;
    /** Mean over the raters; null where one has none. */
    readonly score: number | null;
    /** The second of two raters, scored against the first. */
    readonly second_rater: RaterScore | null;
    /** The score on the challenge's scale, on which the second rater has 90. */
    readonly scaled_score: number | null;
  };
  /** Where folders were matched by subject: references without a prediction, which were not scored. */
  readonly missing_predictions?: readonly string[];
  /** Where folders were matched by subject: predictions without a reference, which could not be scored. */
  readonly extra_predictions?: readonly string[];
}

/**
 * Sums up scored cases. A figure that is null is left out of its mean and counted in `n_undefined`; a missed case is
 * never left out, because its figures are defined as the worst (see `undefinedFigures`).
 */
export function summarize(cases: readonly EvaluatedCase[]): Summary {
  const labels = [...new Set(cases.flatMap((item) => Object.keys(item.metrics)))].sort((a, b) => Number(a) - Number(b));
  const mean: Record<string, Figures> = {};
  const median: Record<string, Figures> = {};
  const volumes: Record<string, VolumeAgreement> = {};
  const sizes: Record<string, readonly LesionSizeClass[]> = {};
  const undefinedCounts: Record<string, FigureCounts> = {};
  const missed: Record<string, number> = {};
  for (const label of labels) {
    const figures = cases.flatMap((item) => item.metrics[label] ?? []);
    mean[label] = forEachFigure((name) => meanOf(figures.map((of) => of[name])));
    median[label] = forEachFigure((name) => medianOf(figures.map((of) => of[name])));
    volumes[label] = volumeAgreement(definedOf(figures, 'volume_pred'), definedOf(figures, 'volume_ref'));
    const lesions = cases.flatMap((item) => item.lesions?.[label] ?? []);
    if (lesions.length > 0) sizes[label] = lesionSizeClasses(lesions);
    undefinedCounts[label] = countUndefined(figures);
    missed[label] = figures.filter((of) => of.n_pred === 0 && of.n_ref !== 0).length;
  }
  return {
    metric_per_case: cases.map((item) => ({
      subject: item.subject,
      prediction_file: item.predictionFile,
      reference_file: item.referenceFile,
      metrics: item.metrics,
    })),
    mean,
    foreground_mean: forEachFigure((name) => meanOf(Object.values(mean).map((of) => of[name]))),
    median,
    volumes,
    ...(Object.keys(sizes).length > 0 && { lesion_sizes: sizes }),
    n_cases: cases.length,
    n_missed: missed,
    n_undefined: {
      mean: undefinedCounts,
      foreground_mean: forEachFigure((name) =>
        Object.values(undefinedCounts).reduce((sum, counts) => sum + counts[name], 0),
      ),
    },
  };
}

/** `summary.json` as text. */
export function encodeSummary(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}

/** Volumes of the cases that have both; a summary of an older version has none. */
function definedOf(figures: readonly Figures[], name: 'volume_pred' | 'volume_ref'): number[] {
  const known = figures.filter((of) => of.volume_pred !== null && of.volume_ref !== null);
  return known.map((of) => of[name] as number);
}

function countUndefined(figures: readonly Figures[]): FigureCounts {
  const byFormula = figures.map(undefinedFigures);
  return forEachFigure(
    (name) => figures.filter((of, index) => of[name] === null || byFormula[index]?.includes(name) === true).length,
  );
}

function forEachFigure<T>(compute: (name: FigureName) => T): Record<FigureName, T> {
  return Object.fromEntries(FIGURE_NAMES.map((name) => [name, compute(name)])) as Record<FigureName, T>;
}
