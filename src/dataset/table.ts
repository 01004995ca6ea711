import { DataError } from '../errors.ts';

/** A row of a table, with the line that a spreadsheet shows it at: the header is 1. */
export interface TableRow {
  readonly number: number;
  readonly cells: readonly string[];
}

/**
 * Takes delimited text apart (RFC 4180: quotes around cells, doubled within them; either line end; a byte order mark in front
 * is passed over). The delimiter is a tab for .tsv, else whichever of comma, semicolon and tab the first line has most of.
 * Cells are trimmed; rows without content are left out.
 *
 * @returns the rows, the header first
 * @throws DataError naming the file: a quote that is not closed, a row with more or fewer cells than the header
 */
export function parseTable(text: string, path: string): TableRow[] {
  const content = text.replace(/^\uFEFF/, '');
  const delimiter = path.endsWith('.tsv') ? '\t' : delimiterOf(content);
  const rows: TableRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let quotedAt: number | null = null;
  let line = 1;
  const endCell = (): void => {
    cells.push(cell.trim());
    cell = '';
  };
  const endRow = (number: number): void => {
    endCell();
    if (cells.some((own) => own !== '')) rows.push({ number, cells });
    cells = [];
  };
  for (let i = 0; i < content.length; i++) {
    const character = content[i];
    if (character === '\n') line++;
    if (quotedAt !== null) {
      if (character !== '"') cell += character;
      else if (content[i + 1] === '"') {
        cell += '"';
        i++;
      } else quotedAt = null;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quotedAt = line;
    } else if (character === delimiter) endCell();
    else if (character === '\n') endRow(line - 1);
    else cell += character;
  }
  if (quotedAt !== null) throw new DataError(`${path}: row ${quotedAt}: a quote is not closed; close it.`);
  endRow(line);
  const columns = rows[0]?.cells.length ?? 0;
  const uneven = rows.filter((row) => row.cells.length !== columns);
  if (uneven.length > 0) {
    const faults = uneven.map(({ number, cells: own }) => `row ${number} has ${own.length}`);
    throw new DataError(`${path}: the header has ${columns} cells, but ${faults.join(', ')}; correct the rows.`);
  }
  return rows;
}

function delimiterOf(content: string): string {
  const [first] = content.split('\n', 1);
  const count = (delimiter: string): number => first.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
