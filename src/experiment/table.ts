import { escapeMarkup } from '../report/markup.ts';
import { alignColumns } from '../report/text-table.ts';

/** A table as people read it, to be written in whichever form. All cells are plain text. */
export interface Table {
  /** Letters and hyphens: the anchor and the LaTeX label. */
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns on the left hold words; those behind them hold numbers. */
  readonly textColumns: number;
  /** What a reader has to know, in sentences; empty where that is nothing. */
  readonly note: string;
}

/** The table under a heading, as GitHub's Markdown. */
export function markdownTable({ title, head, rows, textColumns, note }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  const rule = head.map((_, column) => (column < textColumns ? '---' : '---:'));
  return `## ${title}\n\n${line(head)}${line(rule)}${rows.map(line).join('')}${note === '' ? '' : `\n${note}\n`}`;
}

/** The table as a float of LaTeX; it takes the package booktabs. */
export function latexTable({ id, title, head, rows, textColumns, note }: Table): string {
  const line = (cells: readonly string[]): string => `  ${cells.map(escapeLatex).join(' & ')} \\\\\n`;
  const columns = head.map((_, column) => (column < textColumns ? 'l' : 'r')).join('');
  return (
    `\\begin{table}\n  \\centering\n  \\caption{${escapeLatex(`${title}.${note === '' ? '' : ` ${note}`}`)}}\n  \\label{tab:${id}}\n` +
    `  \\begin{tabular}{${columns}}\n  \\toprule\n${line(head)}  \\midrule\n${rows.map(line).join('')}  \\bottomrule\n  \\end{tabular}\n\\end{table}\n`
  );
}

/** The table for a terminal. */
export function textTable({ title, head, rows, textColumns, note }: Table): string {
  return `${title}\n\n${alignColumns([head, ...rows], textColumns)}${note === '' ? '' : `\n${note}\n`}`;
}

/** The table's markup, without its heading. */
export function htmlTable({ title, head, rows, textColumns, note }: Table): string {
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const text = escapeMarkup(cell);
        if (column === 0) return `<th scope="row">${text}</th>`;
        if (column < textColumns) return `<td class="text">${text}</td>`;
        // An interval in brackets goes below its mean: eight figures side by side are too wide for a page.
        return `<td>${text.replace(' (', '<br>(')}</td>`;
      })
      .join('');
  const heads = head.map((cell, column) => {
    const isText = column > 0 && column < textColumns;
    return `<th scope="col"${isText ? ' class="text"' : ''}>${escapeMarkup(cell)}</th>`;
  });
  return (
    `<div class="scroll card" role="region" aria-label="${escapeMarkup(title)}" tabindex="0"><table><thead><tr>${heads.join('')}</tr></thead>` +
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</tbody></table></div>` +
    (note === '' ? '' : `<p class="quiet below">${escapeMarkup(note)}</p>`)
  );
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '–': '--',
  '−': '$-$',
  '<': '$<$',
  '>': '$>$',
};

function escapeLatex(text: string): string {
  return text.replace(/[\\~^–−<>&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
}
