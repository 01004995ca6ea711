import { describe, expect, it } from 'vitest';
import { type Counts, madeUpOutcome } from '../../test/experiment-outcome.ts';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { readEvaluatedCases } from '../evaluate/summary-file.ts';
import { experimentOutput } from './experiment-files.ts';
import type { Outcome } from './outcome.ts';
import { latexTable, markdownTable, type Table } from './table.ts';
import { armFigures, tablesOf } from './tables.ts';

const perfect: Counts = [10, 0, 0];
const half: Counts = [5, 5, 5];

const sites = { 'sub-01': 'north', 'sub-02': 'south', 'sub-03': 'south' };
const outcome = madeUpOutcome(
  {
    good: { '0/fold 0': { 'sub-01': perfect, 'sub-02': perfect }, '0/fold 1': { 'sub-03': half } },
    bad: { '0/fold 0': { 'sub-01': half, 'sub-02': half } },
    none: {},
    'a threshold': { '-': { 'sub-01': half, 'sub-02': half, 'sub-03': half } },
  },
  4,
  {
    notes: ['A note of its own.'],
    comparisons: [{ first: 'good', second: 'bad', figure: 'Dice' }],
    claims: [{ text: 'Good is better', arm: 'good', than: ['bad'], figure: 'Dice', expected: 'higher' }],
  },
  sites,
);

function tableOf(id: string, of: Outcome = outcome): Table {
  return tablesOf(of, armFigures(of)).find((table) => table.id === id) as Table;
}

describe('tablesOf', () => {
  it('has the figures of each arm over what it has', () => {
    const { rows, head } = tableOf('figures-1');
    expect(head).toEqual(['Arm', 'Folds and seeds', 'n', 'Dice', 'Sensitivity']);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ['good', '2 of 4', '3'],
      ['bad', '1 of 4', '2'],
      ['a threshold', '–', '3'],
    ]);
    // Dice 1, 1 and 0.5; all three resampled from values between them.
    expect(rows[0]?.[3]).toBe('0.833 (0.500 to 1.000)');
    expect(rows[1]?.[3]).toBe('0.500 (0.500 to 0.500)');
  });

  it('has the figures over the subjects that all arms have, where the arms differ in them', () => {
    expect(tableOf('shared-1').rows).toEqual([
      ['good', '1.000 (1.000 to 1.000)', '1.000 (1.000 to 1.000)'],
      ['bad', '0.500 (0.500 to 0.500)', '0.500 (0.500 to 0.500)'],
      ['a threshold', '0.500 (0.500 to 0.500)', '0.500 (0.500 to 0.500)'],
    ]);
    expect(tableOf('shared-1').note).toContain('the 2 subjects that every arm has');
    const same = { '0/fold 0': { 'sub-01': half } };
    expect(tableOf('shared-1', madeUpOutcome({ a: same, b: same }, 2))).toBeUndefined();
    const other = { '0/fold 1': { 'sub-02': half } };
    expect(tableOf('shared-1', madeUpOutcome({ a: same, b: other }, 2))).toBeUndefined();
  });

  it('has plain means by site', () => {
    expect(tableOf('sites-1').rows).toEqual([
      ['north', 'good', '1', '1.000', '1.000'],
      ['north', 'bad', '1', '0.500', '0.500'],
      ['north', 'a threshold', '1', '0.500', '0.500'],
      ['south', 'good', '2', '0.750', '0.750'],
      ['south', 'bad', '1', '0.500', '0.500'],
      ['south', 'a threshold', '2', '0.500', '0.500'],
    ]);
    const one = Object.fromEntries(Object.keys(sites).map((subject) => [subject, 'north']));
    expect(tableOf('sites-1', { ...outcome, sites: one })).toBeUndefined();
  });

  it('has each subject beside its site, and the arms that lack it empty', () => {
    expect(tableOf('patients-1').head).toEqual(['Subject', 'Site', 'good', 'bad', 'a threshold']);
    expect(tableOf('patients-1').rows).toEqual([
      ['sub-01', 'north', '1.000', '0.500', '0.500'],
      ['sub-02', 'south', '1.000', '0.500', '0.500'],
      ['sub-03', 'south', '0.500', '–', '0.500'],
      ['mean', '', '0.833', '0.500', '0.500'],
      ['median', '', '1.000', '0.500', '0.500'],
    ]);
  });

  it('has the planned comparisons and the claims, over what both arms have', () => {
    // Two tied ranks: z = (3/2 - 1/2) / sqrt((2 3 5 - 6/2) / 24).
    expect(tableOf('comparisons').rows).toEqual([
      ['good − bad', 'Dice', '+0.500', '+0.500 to +0.500', '2', '0.346', '0.346'],
    ]);
    expect(tableOf('claims').rows).toEqual([
      ['Good is better', 'confirmed', 'Dice, good − bad: +0.500 (+0.500 to +0.500), n 2'],
    ]);
  });
});

describe('what an experiment writes', () => {
  it('says how much there is, and what is missing', () => {
    const text = experimentOutput(outcome).text;
    expect(text).toContain('3 of 4 runs are done.');
    expect(text).toContain('No results yet: none.');
    expect(text).toContain('A note of its own.');
    expect(text).not.toContain('Not all results are of one version');
    expect(experimentOutput({ ...outcome, versions: ['1.2.3', '1.3.0'] }).text).toContain(
      'Not all results are of one version',
    );
    expect(experimentOutput(madeUpOutcome({ a: {}, b: {} }, 4)).text).toContain('None of 4 runs are done.');
  });

  it('has the same tables as Markdown, LaTeX, CSV and HTML', () => {
    const files = experimentOutput(outcome).files;
    expect([...files.keys()]).toEqual([
      'tables.md',
      'tables.tex',
      'tables.csv',
      'cases.csv',
      'tests.csv',
      'summaries/good.json',
      'summaries/bad.json',
      'summaries/a-threshold.json',
      'report.html',
    ]);
    expect(files.get('tables.md')).toContain(
      '| good | 2 of 4 | 3 | 0.833 (0.500 to 1.000) | 0.833 (0.500 to 1.000) |\n',
    );
    expect(files.get('tables.tex')).toContain(
      '  good & 2 of 4 & 3 & 0.833 (0.500 to 1.000) & 0.833 (0.500 to 1.000) \\\\\n',
    );
    expect(files.get('report.html')).toContain('<td>0.833<br>(0.500 to 1.000)</td>');
    const rows = (files.get('tables.csv') as string).split('\n').filter((row) => /^(good|bad),1,Dice,/.test(row));
    expect(rows).toEqual([
      'good,1,Dice,0.8333333333333334,0.5,1,1,0.28867513459481287,3,0',
      'bad,1,Dice,0.5,0.5,0.5,0.5,0,2,0',
    ]);
    const cases = (files.get('cases.csv') as string).split('\n');
    expect(cases[0]?.startsWith('arm,seed,fold,subject,site,label,Dice,')).toBe(true);
    expect(cases.map((row) => row.split(',').slice(0, 7).join(','))).toContain('good,0,fold 1,sub-03,south,1,0.5');
  });

  it('has a summary of each arm, as `compare` and `export --card` read them', async () => {
    const same = { '0/fold 0': { 'sub-01': half } };
    const { files: written } = experimentOutput(madeUpOutcome({ 'a/b': same, 'a b': same, 'ä 1.5': same }, 2));
    const summaries = [...written.keys()].filter((name) => name.startsWith('summaries/'));
    expect(summaries).toEqual(['summaries/a-b.json', 'summaries/a-b-2.json', 'summaries/ä-1.5.json']);
    const files = new MemoryFileAccess();
    files.set('good.json', experimentOutput(outcome).files.get('summaries/good.json') as string);
    const cases = await readEvaluatedCases(files, 'good.json');
    expect(cases.map(({ subject, metrics }) => [subject, metrics['1']?.Dice])).toEqual([
      ['sub-01', 1],
      ['sub-02', 1],
      ['sub-03', 0.5],
    ]);
  });

  it('compares all arms in the report on what all of them have', () => {
    const report = experimentOutput(outcome).files.get('report.html') as string;
    expect(report).toContain('good − bad');
    expect(report).toContain('Precision and recall');
    expect(report).toContain('1 of 4 folds and seeds');
    const alone = experimentOutput(madeUpOutcome({ a: { '0/fold 0': { 'sub-01': half } } }, 1)).files;
    expect([...alone.keys()]).not.toContain('tests.csv');
    expect([...experimentOutput(madeUpOutcome({ a: {} }, 1)).files.keys()]).toContain('report.html');
  });
});

describe('forms of a table', () => {
  const table: Table = {
    id: 'some',
    title: 'Some 50 %',
    head: ['Name', 'p'],
    rows: [['a_b | c', '< 0.001']],
    textColumns: 1,
    note: 'Beware.',
  };

  it('quotes what Markdown and LaTeX would take for their own', () => {
    expect(markdownTable(table)).toBe(
      '## Some 50 %\n\n| Name | p |\n| --- | ---: |\n| a_b \\| c | < 0.001 |\n\nBeware.\n',
    );
    expect(latexTable(table)).toBe(
      '\\begin{table}\n  \\centering\n  \\caption{Some 50 \\%. Beware.}\n  \\label{tab:some}\n  \\begin{tabular}{lr}\n  \\toprule\n' +
        '  Name & p \\\\\n  \\midrule\n  a\\_b | c & $<$ 0.001 \\\\\n  \\bottomrule\n  \\end{tabular}\n\\end{table}\n',
    );
  });
});
