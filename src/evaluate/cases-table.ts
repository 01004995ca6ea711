import { encodeCsv } from '../csv.ts';
import { FIGURE_NAMES } from './figures.ts';
import type { Summary } from './summary.ts';

/**
 * `cases.csv`: one row for every case and label, with a header. Figures have all their digits; a figure without a value is
 * an empty cell.
 */
export function encodeCasesTable(summary: Summary): string {
  const rows: string[][] = [['subject', 'label', 'prediction_file', 'reference_file', ...FIGURE_NAMES]];
  for (const item of summary.metric_per_case) {
    for (const [label, figures] of Object.entries(item.metrics)) {
      const cells = FIGURE_NAMES.map((name) => figures[name]?.toString() ?? '');
      rows.push([item.subject, label, item.prediction_file, item.reference_file, ...cells]);
    }
  }
  return encodeCsv(rows);
}
