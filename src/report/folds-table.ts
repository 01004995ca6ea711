import type { FigureName } from '../evaluate/figures.ts';
import type { FoldsSummary } from '../train/summarize-folds.ts';
import { formatFigure } from './figure-cells.ts';

const FIGURES_SHOWN: readonly FigureName[] = [
  'Dice',
  'IoU',
  'Sensitivity',
  'PPV',
  'F2',
  'LTPR',
  'LFPR',
  'LesionF1',
  'VD',
  'lesions_ref',
  'lesions_pred',
];

/** A cross-validation as a table for a terminal. Columns are aligned, lines end without blanks. */
export function renderFoldsText(summary: FoldsSummary): string {
  const [head, ...rows] = cellsOf(summary);
  const textColumns = head?.[0] === 'label' ? 2 : 1;
  const table = [head as string[], ...rows];
  const widths = (head as string[]).map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  return `${titleOf(summary)}\n\n${lines[0]}\n${rule}\n${lines.slice(1).join('\n')}\n\n${notesOf(summary).join('\n')}\n`;
}

/** The same as a page of Markdown. */
export function renderFoldsMarkdown(summary: FoldsSummary): string {
  const [head, ...rows] = cellsOf(summary);
  const textColumns = head?.[0] === 'label' ? 2 : 1;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = line((head as string[]).map((_, column) => (column < textColumns ? '---' : '---:')));
  const table = [line(head as string[]), rule, ...rows.map(line)].join('\n');
  const notes = notesOf(summary).map((note) => `- ${note}`);
  return `# Cross-validation\n\n${titleOf(summary)}\n\n${table}\n\n${notes.join('\n')}\n`;
}

/** A header, then one row for each label and figure. */
function cellsOf(summary: FoldsSummary): string[][] {
  const labels = Object.keys(summary.statistics);
  const several = labels.length > 1;
  const names = new Map(summary.labels.map(({ value, name }) => [String(value), name]));
  const percent = Math.round(100 * summary.bootstrap.level);
  const head = ['figure', 'mean', `${percent} % interval`, 'SD', 'mean of folds', 'SD of folds', 'n', 'no value'];
  const rows = labels.flatMap((label) =>
    FIGURES_SHOWN.map((name) => {
      const of = summary.statistics[label]?.[name] as FoldsSummary['statistics'][string][FigureName];
      const format = (value: number | null): string => formatFigure(name, value);
      const interval = of.lower === null ? '–' : `${format(of.lower)} to ${format(of.upper)}`;
      const cells = [name, format(of.mean), interval, format(of.sd), format(of.fold_mean), format(of.fold_sd)];
      const row = [...cells, String(of.n), String(of.n_undefined)];
      return several ? [names.get(label) ?? label, ...row] : row;
    }),
  );
  return [several ? ['label', ...head] : head, ...rows];
}

function titleOf({ dataset, folds, n_cases, n_patients }: FoldsSummary): string {
  const patients = n_patients === n_cases ? '' : ` of ${counted(n_patients, 'patient')}`;
  return `${dataset}: ${counted(folds.length, 'fold')}, ${counted(n_cases, 'held-out subject')}${patients}`;
}

function notesOf({ bootstrap, n_patients, n_cases, warnings }: FoldsSummary): string[] {
  const unit = n_patients === n_cases ? 'subjects' : 'patients';
  return [
    `Mean and SD over subjects; the interval is a bootstrap percentile interval of the mean over ${unit} ` +
      `(${bootstrap.resamples} resamples, seed ${bootstrap.seed}).`,
    ...warnings,
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
