import type { EvaluationComparison } from '../evaluate/compare-evaluations.ts';
import { formatFigure } from './figure-cells.ts';
import type { LabelNames } from './figures-tables.ts';
import { formatInterval } from './statistics-table.ts';
import { alignColumns } from './text-table.ts';

/** A comparison as two tables for a terminal: each method's figures, then the differences with their tests. */
export function renderComparisonText(comparison: EvaluationComparison, labelNames: LabelNames = {}): string {
  const { labels, figures, methods, statistics, comparisons, subjects, left_out: leftOut } = comparison;
  const several = labels.length > 1;
  const nameOf = (label: string): string[] => (several ? [labelNames[label] ?? label] : []);
  const means = labels.flatMap((label) =>
    figures.flatMap((figure) =>
      methods.map((method) => {
        const of = statistics[label]?.[figure]?.[method];
        if (of === undefined) return [];
        const format = (value: number | null): string => formatFigure(figure, value);
        return [
          ...[...nameOf(label), figure, `${method}${of.best ? ' *' : ''}`],
          ...[format(of.mean), formatInterval(figure, of), format(of.median), String(of.n), String(of.n_undefined)],
        ];
      }),
    ),
  );
  const tests = labels.flatMap((label) =>
    figures.flatMap((figure) =>
      (comparisons[label]?.[figure] ?? []).map((of) => {
        const signed = (value: number | null): string =>
          value === null ? '–' : `${value < 0 ? '-' : '+'}${formatFigure(figure, Math.abs(value))}`;
        const p = (value: number | null): string =>
          value === null ? '–' : value < 0.001 ? '< 0.001' : value.toFixed(3);
        return [
          ...[...nameOf(label), figure, `${of.first} - ${of.second}`, signed(of.mean_difference)],
          of.lower === null ? '–' : `${signed(of.lower)} to ${signed(of.upper)}`,
          ...[signed(of.median_difference), String(of.n + of.n_equal), String(of.n_undefined), p(of.p), p(of.p_holm)],
        ];
      }),
    ),
  );
  const label = several ? ['label'] : [];
  const text = several ? 3 : 2;
  const head = [...label, 'figure', 'method', 'mean', '95 % interval', 'median', 'n', 'no value'];
  const testHead = [
    ...label,
    'figure',
    'methods',
    'difference',
    '95 % interval',
    'median',
    'n',
    'no value',
    'p',
    'Holm',
  ];
  const lost = leftOut.map(({ subject, missing_in: names }) => `Left out: ${subject}, not in ${names.join(', ')}.\n`);
  return (
    `${subjects.length} ${subjects.length === 1 ? 'subject' : 'subjects'}, scored with every method.\n${lost.join('')}\n` +
    `${alignColumns([head, ...means], text)}\n* the best mean\n\n${alignColumns([testHead, ...tests], text)}\n` +
    "p: Wilcoxon's signed-rank test, paired by patient; Holm: corrected over the pairs of methods of one figure.\n"
  );
}
