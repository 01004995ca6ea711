import { describe, expect, it } from 'vitest';
import {
  miniatureFiles as filesOf,
  miniatureImage as image,
  miniatureMask as mask,
  miniatureBrain,
} from '../../test/miniature-datasets.ts';
import { checkDataset } from './check/check-dataset.ts';
import { loadDataset } from './load-dataset.ts';

const lesion = [{ value: 1, name: 'lesion' }];

describe('a manifest', () => {
  const scans = {
    'x/scans/1 flair.nii.gz': image(1),
    'x/scans/1t1.nii': image(2),
    'x/scans/2f.nii.gz': image(3),
    'x/scans/1m.nii.gz': mask(1),
    'y/brain.nii.gz': miniatureBrain(),
  };
  const expected = [
    {
      id: 'p1-a',
      group: 'p1',
      site: 'lyon',
      images: { FLAIR: 'x/scans/1 flair.nii.gz', T1w: 'x/scans/1t1.nii' },
      reference: 'x/scans/1m.nii.gz',
      brainMask: 'x/../y/brain.nii.gz',
      split: 'training',
    },
    { id: 'p2', group: 'p2', images: { FLAIR: 'x/scans/2f.nii.gz' }, split: 'test' },
  ];
  const header = 'id,group,site,FLAIR,T1w,reference,brain_mask';
  const tables: [string, string][] = [
    [
      'x/manifest.csv',
      `${header}\np1-a,p1,lyon,scans/1 flair.nii.gz,./scans/1t1.nii,scans/1m.nii.gz,../y/brain.nii.gz\np2,,n/a,scans/2f.nii.gz,,,\n`,
    ],
    [
      'x/other.csv',
      '\uFEFFID;Group;Site;FLAIR;T1w;Reference;Brain mask\r\n' +
        'p1-a;p1;lyon;"scans\\1 flair.nii.gz";scans/1t1.nii;scans/1m.nii.gz;../y/brain.nii.gz\r\n\r\n' +
        'p2;;;scans/2f.nii.gz;;;\r\n',
    ],
    [
      'x/manifest.tsv',
      'id\tFLAIR\tT1w\tgroup\tsite\treference\tbrainMask\np2\tscans/2f.nii.gz\t\t\t\t\t\n' +
        'p1-a\tscans/1 flair.nii.gz\tscans/1t1.nii\tp1\tlyon\tscans/1m.nii.gz\t../y/brain.nii.gz',
    ],
    [
      'x/manifest.json',
      JSON.stringify([
        {
          ...{ id: 'p1-a', group: 'p1', site: 'lyon', FLAIR: 'scans/1 flair.nii.gz', T1w: 'scans/1t1.nii' },
          ...{ reference: 'scans/1m.nii.gz', brain_mask: '../y/brain.nii.gz' },
        },
        { id: 'p2', FLAIR: 'scans/2f.nii.gz', T1w: null },
      ]),
    ],
  ];

  it.each(tables)('%s', async (path, text) => {
    const files = await filesOf({ ...scans, 'x/../y/brain.nii.gz': miniatureBrain(), [path]: text });
    const dataset = await loadDataset(files, path);
    expect(dataset).toMatchObject({ layout: 'manifest', modalities: ['FLAIR', 'T1w'], labels: lesion });
    expect(dataset.subjects).toEqual(expected);
    if (path.includes('manifest')) expect((await loadDataset(files, 'x')).subjects).toEqual(expected);
    // The second scan has no T1w, and that is all there is to say.
    expect((await checkDataset(files, dataset)).map(({ code }) => code)).toEqual(['missing-modality']);
  });

  it('may name itself, its labels and the test scans, in JSON', async () => {
    const scan = { FLAIR: 'scans/2f.nii.gz', reference: 'scans/1m.nii.gz' };
    const manifest = {
      name: 'Two labels',
      labels: { new: 2, old: 1 },
      scans: [
        { id: 1, ...scan, split: 'test' },
        { id: 2, ...scan },
      ],
    };
    const dataset = await loadDataset(await filesOf({ ...scans, 'x/m.json': manifest }), 'x/m.json');
    expect(dataset).toMatchObject({
      name: 'Two labels',
      labels: [
        { value: 1, name: 'old' },
        { value: 2, name: 'new' },
      ],
      subjects: [
        { id: '1', split: 'test', reference: 'x/scans/1m.nii.gz' },
        { id: '2', split: 'training' },
      ],
    });
  });

  const refusals: [string, string, RegExp][] = [
    [
      'wrong paths, by row and column',
      'id,FLAIR,reference\na,scans/2f.nii.gz,scans/none.nii.gz\nb,scans/nil.nii.gz,\n',
      /^x\/manifest\.csv: row 2, column reference: there is no file x\/scans\/none\.nii\.gz; correct the path.*\nx\/manifest\.csv: row 3, column FLAIR: there is no file x\/scans\/nil\.nii\.gz; correct/,
    ],
    ['an id twice', 'id,FLAIR\na,scans/2f.nii.gz\na,scans/1t1.nii\n', /row 3 has the id a again/],
    ['a missing id', 'id,FLAIR\n,scans/2f.nii.gz\n', /row 2, column id: the id is missing/],
    ['an id that is a path', 'id,FLAIR\n../a,scans/2f.nii.gz\n', /row 2, column id: the id "\.\.\/a" does not make/],
    ['a split that is none', 'id,split,FLAIR\na,train,scans/2f.nii.gz\n', /row 2, column split: it holds "train"/],
    ['no column id', 'name,FLAIR\na,scans/2f.nii.gz\n', /has no column id \(it has name, FLAIR\)/],
    ['a column twice', 'id,FLAIR,FLAIR\na,b,c\n', /two columns are called FLAIR/],
    ['no column for images', 'id,site\na,lyon\n', /no column for images/],
    ['no scans', 'id,FLAIR\n', /lists no scans/],
    ['an empty file', '', /has no column id/],
    ['a row of another length', 'id,FLAIR\na,b,c\nd\n', /header has 2 cells, but row 2 has 3, row 3 has 1;/],
    ['an open quote', 'id,FLAIR\na,"scans/2f.nii.gz\n', /row 2: a quote is not closed/],
  ];
  it.each(refusals)('is refused with %s', async (_, text, message) => {
    await expect(loadDataset(await filesOf({ ...scans, 'x/manifest.csv': text }), 'x')).rejects.toThrow(message);
  });

  it('is refused where the JSON is no manifest', async () => {
    await expect(loadDataset(await filesOf({ 'x/m.json': '[{' }), 'x/m.json')).rejects.toThrow(/no valid JSON/);
    await expect(loadDataset(await filesOf({ 'x/m.json': { scan: [] } }), 'x/m.json')).rejects.toThrow(
      /is no manifest/,
    );
  });
});
