import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MemoryFileAccess } from '../../../test/memory-file-access.ts';
import {
  miniatureFiles as filesOf,
  miniatureImage as image,
  MINIATURE_AFFINE,
  miniatureMask as mask,
  miniatureBrain,
} from '../../../test/miniature-datasets.ts';
import { encodeNifti } from '../../volume/nifti-write.ts';
import type { Affine, LabelVolume, ScalarVolume, Triple } from '../../volume/volume.ts';
import { openDataset } from '../load-dataset.ts';
import type { Dataset } from '../subject.ts';
import { CATALOGUE, type FaultCode, type Severity } from './catalogue.ts';
import { checkDataset } from './check-dataset.ts';
import { type Fault, partsOfMessage, sentenceOf } from './fault.ts';

type Content = Record<string, ScalarVolume | LabelVolume | Uint8Array | string | object | null>;

/** Two patients without a fault; `a` has a brain mask. */
const base: Content = {
  'm/manifest.csv': manifest('a,a_f.nii.gz,a_t.nii.gz,a_m.nii.gz,a_b.nii.gz', 'b,b_f.nii.gz,b_t.nii.gz,b_m.nii.gz,'),
  'm/a_f.nii.gz': image(1),
  'm/a_t.nii.gz': image(2),
  'm/a_m.nii.gz': mask(1, 1, 1, 1),
  'm/a_b.nii.gz': miniatureBrain(),
  'm/b_f.nii.gz': image(3),
  'm/b_t.nii.gz': image(4),
  'm/b_m.nii.gz': mask(0, 0, 1, 1),
};

function manifest(...rows: string[]): string {
  return ['id,FLAIR,T1w,reference,brain_mask', ...rows].join('\n');
}

function changed<V extends ScalarVolume | LabelVolume>(volume: V, values: Record<number, number>): V {
  const data = volume.data.slice();
  for (const [voxel, value] of Object.entries(values)) data[Number(voxel)] = value;
  return { ...volume, data };
}

/** All of patient b's files on another grid. */
function bOn(affine: Affine): Content {
  return {
    'm/b_f.nii.gz': { ...image(3), affine },
    'm/b_t.nii.gz': { ...image(4), affine },
    'm/b_m.nii.gz': { ...mask(0, 0, 1, 1), affine },
  };
}

/** A cube of 14 mm voxels without a zero, 2.744 ml each. */
function cube(shape: Triple): Content {
  const count = shape[0] * shape[1] * shape[2];
  const affine = [14, 0, 0, 0, 0, 14, 0, 0, 0, 0, 14, 0, 0, 0, 0, 1];
  const scan = (seed: number): ScalarVolume => ({
    kind: 'scalar',
    shape,
    affine,
    data: Float32Array.from({ length: count }, (_, v) => 1 + ((v * seed) % 89)),
  });
  const lesion: LabelVolume = { kind: 'label', shape, affine, data: new Uint8Array(count).fill(1, 0, 5) };
  return { 'm/b_f.nii.gz': scan(3), 'm/b_t.nii.gz': scan(5), 'm/b_m.nii.gz': lesion };
}

/** Patient a's FLAIR with a qform beside its sform: a half turn about y, the third axis reversed, this far to the left. */
async function withQform(left: number): Promise<Uint8Array> {
  const bytes = await encodeNifti(image(1), null, { gzip: false });
  const view = new DataView(bytes.buffer);
  view.setFloat32(76, -1, true);
  view.setInt16(252, 1, true);
  for (const [index, value] of [0, 1, 0, 10 - left, -20, 5].entries()) view.setFloat32(256 + 4 * index, value, true);
  return bytes;
}

const nnunet = (numTraining: number): Content => ({
  'm/manifest.csv': null,
  'm/dataset.json': { channel_names: { 0: 'FLAIR' }, labels: { background: 0, lesion: 1 }, numTraining },
  'm/imagesTr/c_0000.nii.gz': image(5),
  'm/labelsTr/c.nii.gz': mask(1),
});

const bids = (second: string): Content => ({
  'm/manifest.csv': null,
  'm/sub-1/anat/sub-1_FLAIR.nii.gz': image(5),
  'm/derivatives/one/sub-1/anat/sub-1_label-lesion_mask.nii.gz': mask(1),
  [`m/derivatives/two/sub-1/anat/sub-1_${second}mask.nii.gz`]: mask(1),
});

interface Case {
  readonly fault: Content;
  readonly file: string | null;
  readonly says: string;
  /** As near to the fault as a sound dataset gets. */
  readonly without: Content;
  /** Where the sound one is this by what is asked for. */
  readonly modalities?: readonly string[];
}

const noise = MINIATURE_AFFINE.map((value, index) => (index < 12 ? value * (1 + 1e-6) + 1e-3 : value));

const cases: Record<FaultCode, Case> = {
  layout: {
    fault: nnunet(2),
    file: 'm/dataset.json',
    says: 'it speaks of 2 training cases (numTraining), but there are 1',
    without: nnunet(1),
  },
  'missing-file': {
    fault: { 'm/manifest.csv': manifest('a,a_f.nii.gz,A_t.nii.gz,a_m.nii.gz,') },
    file: 'm/manifest.csv',
    says: 'row 2, column T1w: there is no file m/A_t.nii.gz',
    without: { 'm/manifest.csv': manifest('a,a_f.nii.gz,./a_t.nii.gz,a_m.nii.gz,') },
  },
  'ambiguous-file': {
    fault: bids('label-lesion_'),
    file: null,
    says: 'it has 2 files for its lesion mask (m/derivatives/one/sub-1/anat/sub-1_label-lesion_mask.nii.gz, m/',
    without: bids('space-MNI_label-lesion_'),
  },
  'duplicate-subject': {
    fault: { 'm/b_f.nii.gz': image(1), 'm/b_t.nii.gz': image(2) },
    file: 'm/b_f.nii.gz',
    says: 'all images of b hold the same voxels as those of a',
    without: { 'm/b_m.nii.gz': mask(1, 1, 1, 1) },
  },
  unreadable: {
    fault: { 'm/a_f.nii.gz': new Uint8Array([0x1f, 0x8b, 8, 0]) },
    file: 'm/a_f.nii.gz',
    says: 'its gzip data is truncated',
    without: { 'm/a_f.nii.gz': image(9) },
  },
  'missing-modality': {
    fault: { 'm/manifest.csv': manifest('a,a_f.nii.gz,a_t.nii.gz,a_m.nii.gz,', 'b,b_f.nii.gz,,b_m.nii.gz,') },
    file: null,
    says: 'it has no T1w image (it has FLAIR)',
    without: { 'm/manifest.csv': manifest('a,a_f.nii.gz,a_t.nii.gz,a_m.nii.gz,', 'b,b_f.nii.gz,,b_m.nii.gz,') },
    modalities: ['FLAIR'],
  },
  'missing-reference': {
    fault: { 'm/manifest.csv': 'id,split,FLAIR\na,training,a_f.nii.gz' },
    file: null,
    says: 'it has no reference mask',
    without: { 'm/manifest.csv': 'id,split,FLAIR\na,test,a_f.nii.gz' },
  },
  'grid-mismatch': {
    fault: { 'm/a_t.nii.gz': { ...image(2), affine: MINIATURE_AFFINE.with(11, 8.2) } },
    file: 'm/a_t.nii.gz',
    says:
      'its grid is not that of m/a_f.nii.gz: the affines put the same voxel up to 3.2 mm apart ' +
      '(spacing 0.9 0.9 6.4 against 0.9 0.9 6.4 mm, first voxel at 10 -20 8.2 against 10 -20 5 mm)',
    without: { 'm/a_t.nii.gz': { ...image(2), affine: noise }, 'm/a_m.nii.gz': { ...mask(1), affine: noise } },
  },
  'non-finite': {
    fault: { 'm/b_t.nii.gz': changed(image(4), { 3: Number.NaN, 7: -Infinity }) },
    file: 'm/b_t.nii.gz',
    says: '2 of its 60 voxels are NaN or infinite',
    without: { 'm/b_t.nii.gz': changed(image(4), { 3: 3e38, 7: -3e38 }) },
  },
  'empty-image': {
    fault: { 'm/b_t.nii.gz': { ...image(4), data: new Float32Array(60).fill(7) } },
    file: 'm/b_t.nii.gz',
    says: 'this image is empty: all of its voxels are 7',
    without: { 'm/b_t.nii.gz': changed({ ...image(4), data: new Float32Array(60).fill(7) }, { 59: 8 }) },
  },
  'empty-mask': {
    fault: { 'm/b_m.nii.gz': mask() },
    file: 'm/b_m.nii.gz',
    says: 'this mask is empty, which teaches nothing',
    without: { 'm/b_m.nii.gz': mask(1) },
  },
  'not-a-mask': {
    fault: { 'm/b_m.nii.gz': changed(image(0), { 0: 0.5 }) },
    file: 'm/b_m.nii.gz',
    says: 'a label map holds integers, but voxel 0 holds 0.5',
    // As a mask that was stored with a scaling.
    without: { 'm/b_m.nii.gz': { ...image(0), data: Float32Array.from(mask(1, 1).data, (v) => v * 1.00001) } },
  },
  'unknown-labels': {
    fault: { 'm/b_m.nii.gz': mask(255, 255, 1) },
    file: 'm/b_m.nii.gz',
    says: 'it holds labels that the dataset does not list: 255 (2 voxels); the dataset lists 0 (background), 1 (lesion)',
    without: { 'm/b_m.nii.gz': mask(0, 1) },
  },
  'non-binary-brain-mask': {
    fault: { 'm/a_b.nii.gz': changed(miniatureBrain(), { 1: 2, 2: 3, 3: 3 }) },
    file: 'm/a_b.nii.gz',
    says: 'a brain mask holds 0 and 1, but this one 2 (1 voxel), 3 (2 voxels)',
    without: { 'm/a_b.nii.gz': { ...miniatureBrain(), data: miniatureBrain().data.map((value) => 255 * value) } },
  },
  'identical-images': {
    fault: {
      'm/b_t.nii.gz': new Uint8Array(0),
      'm/manifest.csv': manifest('b,b_f.nii.gz,copy.nii,b_m.nii.gz,'),
      'm/copy.nii': image(3),
    },
    file: 'm/copy.nii',
    says: 'as T1w of b it holds the same voxels as m/b_f.nii.gz, the FLAIR of b',
    without: {
      'm/manifest.csv': manifest('b,b_f.nii.gz,copy.nii,b_m.nii.gz,'),
      'm/copy.nii': changed(image(3), { 59: 1 }),
    },
  },
  'wrong-splits': {
    fault: {
      'm/splits_final.json': [
        { train: ['a'], val: ['b'] },
        { train: ['a'], val: ['a'] },
      ],
    },
    file: 'splits_final.json',
    says: 'scans of a stand in train and in val',
    without: {
      'm/splits_final.json': [
        { train: ['a'], val: ['b'] },
        { train: ['b'], val: ['a'] },
      ],
    },
  },
  'mask-outside-brain': {
    fault: { 'm/b_m.nii.gz': changed(mask(1, 1, 1), { 0: 1 }) },
    file: 'm/b_m.nii.gz',
    says: '1 of its 4 lesion voxels (25.0 %) lie outside the brain of m/b_f.nii.gz',
    // Zero in the second image is no sign of the brain's end.
    without: { 'm/b_t.nii.gz': changed(image(4), { 3: 0 }), 'm/b_m.nii.gz': mask(1, 1, 1) },
  },
  'implausible-spacing': {
    fault: bOn([0.0009, 0, 0, 0, 0, 0.0009, 0, 0, 0, 0, 0.0064, 0, 0, 0, 0, 1]),
    file: 'm/b_f.nii.gz',
    says: 'its voxels measure 0.0009 x 0.0009 x 0.0064 mm and its field of view 0.0036 x 0.0045 x 0.0192 mm',
    without: bOn([0.2, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 12, 0, 0, 0, 0, 1]),
  },
  'form-conflict': {
    fault: { 'm/manifest.csv': manifest('a,a_f.nii,a_t.nii.gz,a_m.nii.gz,'), 'm/a_f.nii': 'replaced' },
    file: 'm/a_f.nii',
    says: 'its qform and sform disagree by 0 degrees and 3 mm; the sform is used',
    without: { 'm/manifest.csv': manifest('a,a_f.nii,a_t.nii.gz,a_m.nii.gz,'), 'm/a_f.nii': 'replaced' },
  },
  'whole-head': {
    fault: cube([10, 10, 10]),
    file: 'm/b_f.nii.gz',
    says: '2744 ml of it are not 0, more than a brain has',
    without: cube([10, 10, 9]),
  },
};

async function check(content: Content, modalities?: readonly string[]): Promise<Fault[]> {
  const merged = Object.entries({ ...base, ...content }).filter(([, value]) => value !== null);
  const files = await filesOf(Object.fromEntries(merged) as Parameters<typeof filesOf>[0]);
  return checkFiles(files, modalities);
}

async function checkFiles(files: MemoryFileAccess, modalities?: readonly string[]): Promise<Fault[]> {
  const { dataset, faults } = await openDataset(files, 'm');
  return [...faults, ...(await checkDataset(files, dataset, { modalities }))];
}

describe('each fault of the catalogue', () => {
  it.each(Object.keys(cases) as FaultCode[])('%s is found where it is, and not where it is not', async (code) => {
    const { fault, file, says, without, modalities } = cases[code];
    if (code === 'form-conflict') {
      fault['m/a_f.nii'] = await withQform(3);
      without['m/a_f.nii'] = await withQform(0.01);
    }
    const found = await check(fault);
    const first = found.find((one) => one.code === code);
    expect(first).toMatchObject({ code, file });
    expect(first?.explanation).toContain(says);
    expect(first?.advice).not.toBe('');
    // A file that is missing cannot be read either.
    expect(new Set(found.map((one) => one.code))).toEqual(
      new Set(code === 'missing-file' ? [code, 'unreadable'] : [code]),
    );
    expect(await check(without, modalities)).toEqual([]);
  });

  it('is told apart by what follows of it', async () => {
    const severityOf = async (content: Content): Promise<[FaultCode, Severity][]> =>
      (await check(content)).map(({ code, severity }) => [code, severity]);
    // Up to half of a lesion outside may be a brain mask cut close; more than half is a shift.
    expect(await severityOf({ 'm/b_m.nii.gz': changed(mask(1), { 0: 1 }) })).toEqual([
      ['mask-outside-brain', 'warning'],
    ]);
    expect(await severityOf({ 'm/b_m.nii.gz': changed(mask(1), { 0: 1, 4: 1 }) })).toEqual([
      ['mask-outside-brain', 'error'],
    ]);
    // A patient without a lesion is worth testing on.
    const isTest = {
      'm/manifest.csv': 'id,split,FLAIR,reference\nb,test,b_f.nii.gz,b_m.nii.gz',
      'm/b_m.nii.gz': mask(),
    };
    expect(await severityOf(isTest)).toEqual([['empty-mask', 'warning']]);
    expect(await severityOf({ 'm/a_b.nii.gz': mask() })).toEqual([['empty-mask', 'error']]);
  });
});

describe('checkDataset', () => {
  it('finds nothing in a sound dataset', async () => {
    expect(await check({})).toEqual([]);
  });

  it('finds all faults at once', async () => {
    const faults = await check({
      'm/a_f.nii.gz': changed(image(1), { 5: Number.NaN }),
      'm/a_t.nii.gz': new Uint8Array(3),
      'm/a_m.nii.gz': mask(4),
      'm/a_b.nii.gz': mask(),
      'm/b_f.nii.gz': { ...image(3), data: new Float32Array(60) },
      'm/b_m.nii.gz': { ...mask(1), affine: MINIATURE_AFFINE.with(3, 0) },
    });
    expect(faults.map(({ code, file, subject }) => [code, file, subject])).toEqual([
      ['non-finite', 'm/a_f.nii.gz', 'a'],
      ['unreadable', 'm/a_t.nii.gz', 'a'],
      ['empty-mask', 'm/a_b.nii.gz', 'a'],
      ['unknown-labels', 'm/a_m.nii.gz', 'a'],
      ['empty-image', 'm/b_f.nii.gz', 'b'],
      ['grid-mismatch', 'm/b_m.nii.gz', 'b'],
    ]);
  });

  it('finds a splits file that is none, beside all else', async () => {
    const faults = await check({ 'm/splits_final.json': '{}', 'm/b_m.nii.gz': mask() });
    expect(faults.map(({ code, file }) => [code, file])).toEqual([
      ['wrong-splits', 'm/splits_final.json'],
      ['empty-mask', 'm/b_m.nii.gz'],
    ]);
  });

  it('finds one image of another patient, and the same scan of one patient twice', async () => {
    const faults = await check({ 'm/b_t.nii.gz': image(2) });
    expect(faults.map(sentenceOf)).toEqual([
      'm/b_t.nii.gz: as T1w of b it holds the same voxels as m/a_t.nii.gz, the T1w of a; find out which of the two it is, and replace the other.',
    ]);
  });

  it('does not take empty images for copies of each other', async () => {
    const zeros = { ...image(3), data: new Float32Array(60) };
    const faults = await check({ 'm/a_t.nii.gz': zeros, 'm/b_t.nii.gz': zeros });
    expect(faults.map(({ code }) => code)).toEqual(['empty-image', 'empty-image']);
  });

  it('tells of its progress, and stops when asked to', async () => {
    const files = await filesOf(base as Parameters<typeof filesOf>[0]);
    const { dataset } = await openDataset(files, 'm');
    const steps: [number, number][] = [];
    await checkDataset(files, dataset, { onEvent: ({ done, total }) => steps.push([done, total]) });
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(checkDataset(files, dataset as Dataset, { signal: stopped })).rejects.toThrow('stopped');
  });
});

describe('partsOfMessage', () => {
  it('takes a message apart so that sentenceOf puts it together again', () => {
    const message = 'a.nii: its header claims much; truly; copy it again.';
    const parts = partsOfMessage(message, 'a.nii');
    expect(parts).toEqual({ explanation: 'its header claims much; truly', advice: 'copy it again' });
    expect(sentenceOf({ code: 'unreadable', severity: 'error', file: 'a.nii', ...parts })).toBe(message);
    expect(partsOfMessage('Out of order.', 'a.nii').explanation).toBe('Out of order');
  });
});

describe('docs/datasets.md', () => {
  it('lists every code with its severity and meaning', () => {
    const page = readFileSync(new URL('../../../docs/datasets.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
      ([, code, severity, meaning]) => ({
        code,
        severity: severity.trim(),
        meaning: meaning.trim(),
      }),
    );
    const expected = Object.entries(CATALOGUE).map(([code, { severity, meaning }]) => ({
      code,
      severity: typeof severity === 'string' ? severity : 'error or warning',
      meaning,
    }));
    expect(rows).toEqual(expected);
  });
});
