import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { loadSubject } from './load-subject.ts';
import type { Label, Subject } from './subject.ts';

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
const lesion: Label[] = [{ value: 1, name: 'lesion' }];
const subject: Subject = {
  id: 'sub-01',
  group: 'sub-01',
  images: { FLAIR: 'flair.nii.gz', T1w: 't1w.nii.gz' },
  reference: 'mask.nii.gz',
  brainMask: 'brain.nii.gz',
  split: 'training',
};

function image(value: number, shape: Triple = [3, 4, 2], ...special: number[]): ScalarVolume {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]).fill(value);
  data[data.length - 1] = 0;
  data.set(special);
  return { kind: 'scalar', shape, affine, data };
}

function mask(...values: number[]): LabelVolume {
  const data = new Uint8Array(24);
  data.set(values);
  return { kind: 'label', shape: [3, 4, 2], affine, data };
}

async function scans(
  replaced: Record<string, ScalarVolume | LabelVolume | Uint8Array | null> = {},
): Promise<MemoryFileAccess> {
  const files = new MemoryFileAccess();
  const volumes = {
    'flair.nii.gz': image(1),
    't1w.nii.gz': image(2),
    'mask.nii.gz': mask(0, 1, 1),
    'brain.nii.gz': mask(1, 1, 1, 1),
    ...replaced,
  };
  for (const [path, volume] of Object.entries(volumes)) {
    if (volume === null) continue;
    files.set(path, volume instanceof Uint8Array ? volume : await encodeNifti(volume, null, { gzip: true }));
  }
  return files;
}

const forTraining = { modalities: ['FLAIR', 'T1w'], labels: lesion, needReference: true };

async function faultsOf(promise: Promise<unknown>): Promise<string[]> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message.split('\n');
}

describe('a subject without fault', () => {
  it('comes with images in the order asked for, reference, brain mask and header', async () => {
    const loaded = await loadSubject(await scans(), subject, { ...forTraining, modalities: ['T1w', 'FLAIR'] });
    expect(loaded.images.map((volume) => volume?.data[5])).toEqual([2, 1]);
    expect([...(loaded.reference as LabelVolume).data.slice(0, 4)]).toEqual([0, 1, 1, 0]);
    expect([...(loaded.brainMask as LabelVolume).data.slice(0, 5)]).toEqual([1, 1, 1, 1, 0]);
    expect(loaded.header?.shape).toEqual([3, 4, 2]);
  });

  it('is predicted whatever became of its reference', async () => {
    const files = await scans({ 'mask.nii.gz': new Uint8Array(3) });
    const loaded = await loadSubject(files, subject, { modalities: ['FLAIR'], needReference: false });
    expect(loaded.reference).toBeUndefined();
    expect(loaded.images.length).toBe(1);
  });

  it('may have its modalities in one 4D file', async () => {
    const bytes = await encodeNifti(image(7, [3, 4, 4], ...new Array<number>(23).fill(6), 0), null, { gzip: false });
    const view = new DataView(bytes.buffer);
    for (const [index, value] of [4, 3, 4, 2, 2].entries()) view.setInt16(40 + 2 * index, value, true);
    const files = await scans({ 'both.nii': bytes });
    const combined: Subject = { ...subject, images: { A: 'both.nii', B: 'both.nii' }, frames: { A: 1, B: 0 } };
    const { images } = await loadSubject(files, combined, { modalities: ['A', 'B'], needReference: false });
    expect(images.map((volume) => volume?.data[0])).toEqual([7, 6]);
  });
});

describe('a subject that may lack modalities', () => {
  it.each([
    ['first', ['T2w', 'FLAIR', 'T1w'], [undefined, 1, 2]],
    ['middle', ['T1w', 'T2w', 'FLAIR'], [2, undefined, 1]],
    ['last', ['FLAIR', 'T1w', 'T2w'], [1, 2, undefined]],
  ])('comes with null in the place of the %s one', async (_, modalities, values) => {
    const loaded = await loadSubject(await scans(), subject, { ...forTraining, modalities, missing: 'allowed' });
    expect(loaded.images.map((volume) => volume?.data[5])).toEqual(values);
    expect(loaded.header?.shape).toEqual([3, 4, 2]);
  });
});

describe('each fault', () => {
  it.each<[string, Record<string, ScalarVolume | LabelVolume | Uint8Array | null>, string | RegExp]>([
    ['a missing file', { 't1w.nii.gz': null }, /^t1w\.nii\.gz: cannot be read: it does not exist/],
    [
      'a truncated file',
      { 't1w.nii.gz': new Uint8Array([0x1f, 0x8b, 8, 0]) },
      /^t1w\.nii\.gz: its gzip data is truncated/,
    ],
    [
      'values that are not finite',
      { 'flair.nii.gz': image(1, [3, 4, 2], Number.NaN, Infinity, Number.NaN) },
      'flair.nii.gz: 3 of its 24 voxels are NaN or infinite; set them to 0 or convert the original again.',
    ],
    [
      'an empty image',
      { 't1w.nii.gz': image(0) },
      't1w.nii.gz: this image is empty: all of its voxels are 0; give the right file or leave the subject out.',
    ],
    [
      'an image with another grid',
      { 't1w.nii.gz': image(1, [3, 4, 3]) },
      't1w.nii.gz: its grid is not that of flair.nii.gz: 3x4x3 voxels against 3x4x2; resample it to that image.',
    ],
    [
      'a mask with another grid',
      { 'mask.nii.gz': { ...mask(1), affine: affine.map((value, index) => (index === 10 ? 6 : value)) } },
      /^mask\.nii\.gz: its grid is not that of flair\.nii\.gz: .* up to 1 mm apart \(spacing 1 1 6 against 1 1 5 mm/,
    ],
    ['an empty mask', { 'mask.nii.gz': mask() }, /^mask\.nii\.gz: this mask is empty/],
    ['an empty brain mask', { 'brain.nii.gz': mask() }, /^brain\.nii\.gz: this brain mask is empty/],
    [
      'labels outside the list',
      { 'mask.nii.gz': mask(1, 3, 3, 7) },
      'mask.nii.gz: it holds labels that the dataset does not list: 3 (2 voxels), 7 (1 voxel); the dataset lists ' +
        '0 (background), 1 (lesion); correct the mask or the list.',
    ],
    ['a mask that is no label map', { 'mask.nii.gz': image(0.5) }, /^mask\.nii\.gz: a label map holds integers/],
  ])('%s', async (_, replaced, expected) => {
    const faults = await faultsOf(loadSubject(await scans(replaced), subject, forTraining));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it('a missing modality', async () => {
    const faults = await faultsOf(
      loadSubject(await scans(), subject, { ...forTraining, modalities: ['FLAIR', 'T2w'] }),
    );
    expect(faults).toEqual([
      'sub-01: it has no T2w image (it has FLAIR, T1w); add the image, leave the subject out, ' +
        'leave T2w out of --modalities, or train with --modality-dropout.',
    ]);
  });

  it('a missing modality of a scan to predict', async () => {
    const wanted = { modalities: ['FLAIR', 'T2w'], needReference: false };
    expect(await faultsOf(loadSubject(await scans(), subject, wanted))).toEqual([
      'sub-01: it has no T2w image (it has FLAIR, T1w); add the image, or take a model that was trained to do without ' +
        '(train --modality-dropout).',
    ]);
  });

  it('all modalities missing where some may be', async () => {
    const wanted = { ...forTraining, modalities: ['PDw', 'T2w'], missing: 'allowed' } as const;
    expect(await faultsOf(loadSubject(await scans(), subject, wanted))).toEqual([
      'sub-01: it has no PDw or T2w image (it has FLAIR, T1w); add one, or leave the subject out.',
    ]);
  });

  it('an empty image, which is not a missing one', async () => {
    const files = await scans({ 't1w.nii.gz': image(0) });
    expect(await faultsOf(loadSubject(files, subject, { ...forTraining, missing: 'allowed' }))).toHaveLength(1);
  });

  it('a missing reference', async () => {
    const { reference: _, ...without } = subject;
    expect(await faultsOf(loadSubject(await scans(), without, forTraining))).toEqual([
      'sub-01: it has no reference mask; add the mask or leave the subject out.',
    ]);
  });

  it('is reported with all others', async () => {
    const files = await scans({
      'flair.nii.gz': image(Number.NaN),
      't1w.nii.gz': null,
      'mask.nii.gz': mask(9),
      'brain.nii.gz': mask(),
    });
    const faults = await faultsOf(loadSubject(files, subject, { ...forTraining, modalities: ['FLAIR', 'T1w', 'PDw'] }));
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'flair.nii.gz',
      't1w.nii.gz',
      'sub-01',
      'brain.nii.gz',
      'mask.nii.gz',
    ]);
  });
});
