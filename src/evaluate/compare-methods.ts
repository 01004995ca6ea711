import { DataError } from '../errors.ts';
import { quantile } from '../quantile.ts';
import type { FigureName } from './figures.ts';
import { holmCorrection } from './holm-correction.ts';
import { type SignedRankResult, signedRankTest } from './signed-rank-test.ts';
import type { EvaluatedCase } from './summary.ts';

/** Two methods compared on the subjects that both were scored on. */
export interface MethodComparison extends SignedRankResult {
  readonly first: string;
  readonly second: string;
  /** Of the values of the first less those of the second, where both have one; null without any. */
  readonly mean_difference: number | null;
  readonly median_difference: number | null;
  /** p corrected for all comparisons of the list. */
  readonly p_holm: number | null;
}

/**
 * Compares every pair of methods on one figure of one label, by the signed-rank test, paired by patient, with Holm's correction over the
 * pairs.
 *
 * @param methods the scored cases of each method by its name, at least two; subjects in any order
 * @param patients whose a subject's scan is, by subject; a subject that is not named is a patient
 * @throws DataError where two methods were not scored on the same subjects: a difference would be one of subjects too
 */
export function compareMethods(
  methods: ReadonlyMap<string, readonly EvaluatedCase[]>,
  label: number,
  figure: FigureName,
  patients: Readonly<Record<string, string>> = {},
): MethodComparison[] {
  const names = [...methods.keys()];
  const subjects = (methods.get(names[0]) ?? []).map(({ subject }) => subject);
  const groups = subjects.map((subject) => patients[subject] ?? subject);
  const values = new Map<string, (number | null)[]>();
  for (const [name, cases] of methods) {
    const bySubject = new Map(cases.map(({ subject, metrics }) => [subject, metrics[String(label)]?.[figure] ?? null]));
    const lacking = subjects.filter((subject) => !bySubject.has(subject));
    const further = [...bySubject.keys()].filter((subject) => !subjects.includes(subject));
    if (lacking.length > 0 || further.length > 0) {
      throw new DataError(
        `${names[0]} and ${name} were scored on different subjects: ${[...lacking, ...further].join(', ')} in one of them alone. ` +
          'Score both on the same subjects.',
      );
    }
    values.set(
      name,
      subjects.map((subject) => bySubject.get(subject) ?? null),
    );
  }
  const pairs = names.flatMap((first, index) => names.slice(index + 1).map((second) => [first, second] as const));
  const results = pairs.map(([first, second]) => {
    const [a, b] = [values.get(first) ?? [], values.get(second) ?? []];
    const differences = a.flatMap((value, index) => {
      const other = b[index];
      return value === null || other === null ? [] : [value - other];
    });
    differences.sort((x, y) => x - y);
    const count = differences.length;
    return {
      first,
      second,
      mean_difference: count === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / count,
      median_difference: count === 0 ? null : quantile(differences, 0.5),
      ...signedRankTest(a, b, groups),
    };
  });
  const corrected = holmCorrection(results.map(({ p }) => p));
  return results.map((result, index) => ({ ...result, p_holm: corrected[index] }));
}
