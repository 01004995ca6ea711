import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { evaluateCase } from '../evaluate/evaluate-case.ts';
import { summarize } from '../evaluate/summary.ts';
import type { LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { drawCase } from './case-pictures.ts';
import { renderFiguresText } from './figures-text.ts';
import { renderReport } from './render-report.ts';

const SHAPE: Triple = [6, 5, 4];
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
const COUNT = SHAPE[0] * SHAPE[1] * SHAPE[2];

function labels(...voxels: number[]): LabelVolume {
  const data = new Uint8Array(COUNT);
  for (const voxel of voxels) data[voxel] = 1;
  return { kind: 'label', shape: SHAPE, affine: AFFINE, data };
}

const image: ScalarVolume = {
  kind: 'scalar',
  shape: SHAPE,
  affine: AFFINE,
  data: Float32Array.from({ length: COUNT }, (_, v) => v + 1),
};
const prediction = labels(30, 31, 70);
const reference = labels(31, 32);

function makeReport(name: string, predicted: LabelVolume) {
  const figures = evaluateCase(predicted, reference);
  const summary = summarize([{ subject: name, predictionFile: 'p', referenceFile: 'r', metrics: figures }]);
  return { summary, cases: [{ name, figures, image, prediction: predicted, reference }] };
}

describe('drawCase', () => {
  const pictures = drawCase({ image, prediction, reference });

  it('shows the axial slices with most lesion, and one of each other plane', () => {
    // Voxels 30 to 32 lie in slice 2 of 4 and voxel 70 in slice 3, 5 mm from it: too close for a picture of its own.
    expect(pictures.map((picture) => picture.caption)).toEqual([
      'Axial, slice 2 of 4',
      'Coronal, slice 1 of 5',
      'Sagittal, slice 1 of 6',
    ]);
  });

  it('keeps proportions in mm', () => {
    expect(pictures.map((picture) => picture.aspect)).toEqual([6 / 5, 6 / 20, 5 / 20]);
    expect(pictures[1]?.svg).toContain('viewBox="0 0 6 20"');
    expect(pictures[1]?.svg).toContain('scale(1 5)');
  });

  it('holds the scan as a grey PNG, pixel by pixel, with the right of the patient at the left', () => {
    const base64 = /data:image\/png;base64,([^"]+)/.exec(pictures[0]?.svg ?? '')?.[1] ?? '';
    const png = decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    expect([png.width, png.height, png.channels, png.depth]).toEqual([6, 5, 1, 8]);
    // Values rise with i and j, which run to the left and to the front: the picture gets darker rightward and downward.
    const first = png.data[0] as number;
    expect(png.data[5]).toBeLessThan(first);
    expect(png.data[24]).toBeLessThan(first);
    expect(first).toBe(Math.round((59 / 119) * 255));
  });

  it('draws both outlines, and says in words what they show', () => {
    expect(pictures[0]?.svg.match(/class="outline (reference|prediction)"/g)).toHaveLength(2);
    expect(pictures[0]?.svg).toContain('Of 2 voxels of the reference, 1 are in the prediction&#39;s 2.');
    // Voxel 31 is (1, 0) of its slice: column 4 from the left, the bottom row.
    expect(pictures[0]?.svg).toContain('class="outline reference" vector-effect="non-scaling-stroke" d="M3 4H5V5H3Z"');
  });

  it('needs no image and no lesion', () => {
    const empty = drawCase({ prediction: labels(), reference: labels() });
    expect(empty.map((picture) => picture.caption)).toEqual([
      'Axial, slice 3 of 4',
      'Coronal, slice 3 of 5',
      'Sagittal, slice 4 of 6',
    ]);
    expect(empty[0]?.svg).not.toMatch(/<image|<path/);
  });
});

describe('renderReport', () => {
  it('stands by itself: no script, nothing from elsewhere', () => {
    const html = renderReport({ title: 'Test', ...makeReport('sub-01', prediction), notes: ['A note.'] });
    expect(html).not.toMatch(/<script|<link|@import|url\(/);
    for (const [, target] of html.matchAll(/(?:href|src)="([^"]*)"/g))
      expect(target).toMatch(/^(#|data:image\/png;base64,)/);
    expect(html).toContain("default-src 'none'");
    expect(html.match(/<style>/g)).toHaveLength(1);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/NaN|undefined|\[object/);
  });

  it('links every case to its pictures, and every id is unique', () => {
    const html = renderReport({ title: 'Test', ...makeReport('sub-01', prediction), notes: [] });
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
    expect(html).toContain('<a href="#case-1">sub-01</a>');
  });

  it('shows the figures, marks missed cases and figures without a value', () => {
    const html = renderReport({ title: 'Test', ...makeReport('sub-01', prediction), notes: [] });
    expect(html).toContain('<dt>Dice</dt><dd>0.400</dd>');
    const missed = renderReport({ title: 'Test', ...makeReport('sub-01', labels()), notes: [] });
    expect(missed).toContain('<span class="badge">missed</span>');
    expect(missed).toContain('1 case is missed');
    const figures = evaluateCase(labels(), labels());
    const summary = summarize([{ subject: 'e', predictionFile: 'p', referenceFile: 'r', metrics: figures }]);
    const empty = renderReport({ title: 'Test', summary, cases: [{ name: 'e', figures, pictures: [] }], notes: [] });
    expect(empty).toContain('<dt>Dice</dt><dd>–</dd>');
    expect(empty).toContain('no value in 1 of 1');
    expect(empty).toContain('both empty');
  });

  it('takes every name as text', () => {
    const html = renderReport({
      title: '<b>&"',
      ...makeReport('<img src=x onerror="1">', prediction),
      notes: ['<i>'],
      labelNames: { '1': '<u>' },
    });
    expect(html).not.toMatch(/<b>|<img|<i>|<u>/);
    expect(html).toContain('&lt;b&gt;&amp;&quot;');
  });

  it('draws the training curve, and is the same each time', () => {
    const report = {
      title: 'Test',
      ...makeReport('sub-01', prediction),
      notes: [],
      training: { steps: [1, 2], loss: [1, 0.5] },
    };
    const html = renderReport(report);
    expect(html).toContain('Loss 1.000 at step 1 and 0.500 at step 2.');
    expect(renderReport(report)).toBe(html);
  });
});

describe('renderFiguresText', () => {
  it('aligns columns and counts what the means leave out', () => {
    const cases = [
      { subject: 'sub-01', predictionFile: 'p', referenceFile: 'r', metrics: evaluateCase(prediction, reference) },
      { subject: 'sub-002', predictionFile: 'p', referenceFile: 'r', metrics: evaluateCase(labels(), labels()) },
    ];
    expect(renderFiguresText(summarize(cases)).split('\n')).toEqual([
      'case       Dice    IoU  Sensitivity    PPV     F2   LTPR   LFPR  LesionF1     VD   HD95  F1_score  lesions_ref  lesions_pred',
      'sub-01    0.400  0.250        0.500  0.333  0.455  1.000  0.500     0.667  0.500  5.030     0.667            1             2',
      'sub-002       –      –            –      –      –      –      –         –      –      –         –            0             0  both empty',
      '----------------------------------------------------------------------------------------------------------------------------------------',
      'mean      0.400  0.250        0.500  0.333  0.455  1.000  0.500     0.667  0.500  5.030     0.667          0.5             1',
      'median    0.400  0.250        0.500  0.333  0.455  1.000  0.500     0.667  0.500  5.030     0.667          0.5             1',
      'no value      1      1            1      1      1      1      1         1      1      1         1            0             0',
      '',
    ]);
  });
});
