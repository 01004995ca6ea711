import { DataError } from '../errors.ts';
import { Random } from '../random.ts';
import { bootstrapMean } from './bootstrap.ts';
import {
  type BootstrapDescription,
  type BootstrapSettings,
  caseStatistics,
  type FigureSpread,
} from './case-statistics.ts';
import { compareMethods, type MethodComparison } from './compare-methods.ts';
import { FIGURES, type FigureName } from './figures.ts';
import type { EvaluatedCase } from './summary.ts';

/** One figure of one method over the subjects that all methods were scored on. */
export interface MethodFigure extends FigureSpread {
  /** Whether no other method has a better mean; false where the figure has no good direction. Several may be equally good. */
  readonly best: boolean;
}

/** Two methods on one figure, with the interval of the mean of the subjects' differences. */
export interface PairedComparison extends MethodComparison {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What `compare.json` holds. */
export interface EvaluationComparison {
  readonly methods: readonly string[];
  /** The subjects that every method was scored on, on which all that follows rests. */
  readonly subjects: readonly string[];
  readonly n_patients: number;
  /** Subjects that some method was not scored on, and which: left out for all. */
  readonly left_out: readonly { readonly subject: string; readonly missing_in: readonly string[] }[];
  readonly labels: readonly string[];
  readonly figures: readonly FigureName[];
  /** By label, figure and method. */
  readonly statistics: Readonly<
    Record<string, Readonly<Partial<Record<FigureName, Readonly<Record<string, MethodFigure>>>>>>
  >;
  /** By label and figure: every pair of methods. */
  readonly comparisons: Readonly<Record<string, Readonly<Partial<Record<FigureName, readonly PairedComparison[]>>>>>;
  readonly bootstrap: BootstrapDescription;
}

/**
 * Compares methods by their scored cases, paired by subject: statistics of each over the same subjects, and for every pair the difference
 * with its bootstrap interval and Wilcoxon's test, both by patient, corrected by Holm over the pairs of a figure (`compareMethods`), not over
 * figures: name the figure that decides before looking.
 *
 * @param methods the scored cases of each method by its name, at least two
 * @param figures in the order in which they are to stand
 * @throws DataError where no subject, or no label, is common to all
 */
export function compareEvaluations(
  methods: ReadonlyMap<string, readonly EvaluatedCase[]>,
  figures: readonly FigureName[],
  options: BootstrapSettings = {},
): EvaluationComparison {
  const names = [...methods.keys()];
  const { subjects, leftOut } = commonSubjects(methods);
  const labels = commonLabels(methods);
  const paired = new Map(names.map((name) => [name, inOrder(methods.get(name) ?? [], subjects)]));
  const { patients = {} } = options;
  const groups = subjects.map((subject) => patients[subject] ?? subject);
  const ofMethods = new Map(names.map((name) => [name, caseStatistics(paired.get(name) ?? [], options)]));
  const { bootstrap } = [...ofMethods.values()][0];

  const statistics: Record<string, Record<string, Record<string, MethodFigure>>> = {};
  const comparisons: Record<string, Record<string, readonly PairedComparison[]>> = {};
  for (const label of labels) {
    statistics[label] = {};
    comparisons[label] = {};
    for (const figure of figures) {
      const spreads = names.map(
        (name) => [name, ofMethods.get(name)?.statistics[label]?.[figure] as FigureSpread] as const,
      );
      const best = bestOf(
        figure,
        spreads.map(([, { mean }]) => mean),
      );
      statistics[label][figure] = Object.fromEntries(
        spreads.map(([name, of]) => [name, { ...of, best: best !== null && of.mean === best }]),
      );
      comparisons[label][figure] = compareMethods(paired, Number(label), figure, patients).map((comparison) => {
        const valuesOf = (name: string): (number | null)[] =>
          (paired.get(name) ?? []).map(({ metrics }) => metrics[label]?.[figure] ?? null);
        const [a, b] = [valuesOf(comparison.first), valuesOf(comparison.second)];
        const differences = a.map((value, index) => {
          const other = b[index];
          return value === null || other === null ? null : value - other;
        });
        const random = new Random(bootstrap.seed, 'difference', label, figure, comparison.first, comparison.second);
        const { lower, upper } = bootstrapMean(differences, { groups, resamples: bootstrap.resamples, random });
        return { ...comparison, lower, upper };
      });
    }
  }
  return {
    methods: names,
    subjects,
    n_patients: new Set(groups).size,
    left_out: leftOut,
    labels,
    figures,
    statistics,
    comparisons,
    bootstrap,
  };
}

function commonSubjects(methods: ReadonlyMap<string, readonly EvaluatedCase[]>): {
  subjects: string[];
  leftOut: { subject: string; missing_in: string[] }[];
} {
  const scored = new Map([...methods].map(([name, cases]) => [name, new Set(cases.map(({ subject }) => subject))]));
  const all = [...new Set([...methods.values()].flatMap((cases) => cases.map(({ subject }) => subject)))].sort();
  const subjects: string[] = [];
  const leftOut: { subject: string; missing_in: string[] }[] = [];
  for (const subject of all) {
    const lacking = [...scored].filter(([, own]) => !own.has(subject)).map(([name]) => name);
    if (lacking.length === 0) subjects.push(subject);
    else leftOut.push({ subject, missing_in: lacking });
  }
  if (subjects.length > 0) return { subjects, leftOut };
  throw new DataError(`No subject was scored with all of ${[...methods.keys()].join(', ')}: score the same subjects.`);
}

function commonLabels(methods: ReadonlyMap<string, readonly EvaluatedCase[]>): string[] {
  const [first, ...others] = [...methods.values()].map(
    (cases) => new Set(cases.flatMap(({ metrics }) => Object.keys(metrics))),
  );
  const common = [...(first ?? [])].filter((label) => others.every((own) => own.has(label)));
  if (common.length > 0) return common.sort((a, b) => Number(a) - Number(b));
  throw new DataError(`No label was scored with all of ${[...methods.keys()].join(', ')}: score the same labels.`);
}

function inOrder(cases: readonly EvaluatedCase[], subjects: readonly string[]): EvaluatedCase[] {
  const bySubject = new Map(cases.map((item) => [item.subject, item]));
  return subjects.map((subject) => bySubject.get(subject) as EvaluatedCase);
}

/** The best of the means; null where the figure has no good direction, or no method has one. */
function bestOf(figure: FigureName, means: readonly (number | null)[]): number | null {
  const better = FIGURES.find(({ name }) => name === figure)?.better ?? null;
  const defined = means.filter((mean) => mean !== null);
  if (better === null || defined.length === 0) return null;
  return better === 'higher' ? Math.max(...defined) : Math.min(...defined);
}
