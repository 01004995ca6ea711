import { encodeCsv } from '../csv.ts';
import type { EvaluationComparison } from './compare-evaluations.ts';

/** `compare.csv`: one row for every label, figure and method, with a header; an empty cell where there is no value. */
export function encodeComparison({ labels, figures, methods, statistics }: EvaluationComparison): string {
  const columns = ['mean', 'lower', 'upper', 'median', 'sd', 'n', 'n_undefined', 'best'] as const;
  const rows = labels.flatMap((label) =>
    figures.flatMap((figure) =>
      methods.map((method) => {
        const of = statistics[label]?.[figure]?.[method];
        return [label, figure, method, ...columns.map((column) => String(of?.[column] ?? ''))];
      }),
    ),
  );
  return encodeCsv([['label', 'figure', 'method', ...columns], ...rows]);
}

/** `tests.csv`: one row for every label, figure and pair of methods. */
export function encodeTests({ labels, figures, comparisons }: EvaluationComparison): string {
  const columns = [
    ...(['first', 'second', 'mean_difference', 'lower', 'upper', 'median_difference'] as const),
    ...(['n', 'n_equal', 'n_undefined', 'p', 'p_holm', 'method'] as const),
  ] as const;
  const rows = labels.flatMap((label) =>
    figures.flatMap((figure) =>
      (comparisons[label]?.[figure] ?? []).map((of) => [
        label,
        figure,
        ...columns.map((column) => String(of[column] ?? '')),
      ]),
    ),
  );
  return encodeCsv([['label', 'figure', ...columns], ...rows]);
}
