import type { FigureName, Figures } from '../evaluate/figures.ts';
import type { Summary } from '../evaluate/summary.ts';
import { formatFigure, remarkOn } from './figure-cells.ts';
import type { LabelNames } from './figures-tables.ts';

const PLAIN_COLUMNS: readonly FigureName[] = [
  'Dice',
  'IoU',
  'Sensitivity',
  'PPV',
  'F2',
  'LTPR',
  'LFPR',
  'LesionF1',
  'VD',
  'HD95',
  'F1_score',
  'lesions_ref',
  'lesions_pred',
];

/** What needs a probability map, and is shown where there is one. */
const PROBABILITY_COLUMNS: readonly FigureName[] = ['APR'];

/**
 * A summary as a table for a terminal: one row a case and label, then the means with the ends of their intervals where the summary has them,
 * the medians, and how many cases each mean leaves out (where any does). Columns are aligned, lines end without blanks.
 */
export function renderFiguresText(summary: Summary, labelNames: LabelNames = {}): string {
  const labels = Object.keys(summary.mean);
  const columns = [
    ...PLAIN_COLUMNS,
    ...PROBABILITY_COLUMNS.filter((name) => labels.some((label) => summary.mean[label]?.[name] !== null)),
  ];
  const several = labels.length > 1;
  const nameOf = (label: string): string[] => (several ? [labelNames[label] ?? label] : []);
  const valuesOf = (figures: Figures): string[] => columns.map((name) => formatFigure(name, figures[name]));

  const rows: string[][] = [['case', ...(several ? ['label'] : []), ...columns, '']];
  for (const item of summary.metric_per_case) {
    for (const [label, figures] of Object.entries(item.metrics)) {
      rows.push([item.subject, ...nameOf(label), ...valuesOf(figures), remarkOn(figures) ?? '']);
    }
  }
  const firstMean = rows.length;
  for (const label of labels) rows.push(['mean', ...nameOf(label), ...valuesOf(summary.mean[label] as Figures), '']);
  for (const label of labels) rows.push(...intervalRows(summary, label, columns, nameOf(label)));
  if (several) rows.push(['mean', 'all', ...valuesOf(summary.foreground_mean), '']);
  for (const label of labels) rows.push(['median', ...nameOf(label), ...valuesOf(summary.median[label]), '']);
  const undefinedCounts = columns.map((name) => summary.n_undefined.foreground_mean[name]);
  if (undefinedCounts.some((count) => count > 0)) {
    rows.push(['no value', ...(several ? [''] : []), ...undefinedCounts.map((count) => String(count)), '']);
  }

  const textColumns = several ? 2 : 1;
  const widths = (rows[0] as string[]).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        const isText = column < textColumns || column === row.length - 1;
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  return `${[...lines.slice(0, firstMean), rule, ...lines.slice(firstMean)].join('\n')}\n`;
}

/** The lower and the upper ends of a label's intervals; none where there are too few patients for one. */
function intervalRows(
  { statistics, bootstrap }: Summary,
  label: string,
  columns: readonly FigureName[],
  name: readonly string[],
): string[][] {
  const of = statistics?.[label];
  if (of === undefined || bootstrap === undefined || columns.every((column) => of[column].lower === null)) return [];
  const percent = Math.round(100 * bootstrap.level);
  return (['lower', 'upper'] as const).map((end) => [
    `${percent} % ${end}`,
    ...name,
    ...columns.map((column) => formatFigure(column, of[column][end])),
    '',
  ]);
}
