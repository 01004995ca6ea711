import { describe, expect, it } from 'vitest';
import { decodeCsv, encodeCsv } from './csv.ts';

describe('CSV', () => {
  it('comes back as it was, whatever the cells hold', () => {
    const rows = [
      ['a', 'b', 'c'],
      ['', 'x,y', 'say "so"'],
      ['two\nlines', '', ''],
    ];
    expect(decodeCsv(encodeCsv(rows))).toEqual(rows);
  });

  it('is read with other line ends, without one at the end, and empty', () => {
    expect(decodeCsv('a,b\r\n1,""')).toEqual([
      ['a', 'b'],
      ['1', ''],
    ]);
    expect(decodeCsv('')).toEqual([]);
  });
});
