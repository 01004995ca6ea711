import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Triple } from '../volume/volume.ts';
import { type EvaluationEvent, evaluateFolders } from './evaluate-folders.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];

/** A file system with label maps, given by path as their voxels along i. */
async function filesWith(maps: Readonly<Record<string, readonly number[]>>): Promise<MemoryFileAccess> {
  const files = new MemoryFileAccess();
  for (const [path, voxels] of Object.entries(maps)) {
    const shape: Triple = [voxels.length, 1, 1];
    const volume = { kind: 'label', shape, affine: AFFINE, data: Int16Array.from(voxels) } as const;
    files.set(path, await encodeNifti(volume, null, { gzip: path.endsWith('.gz') }));
  }
  return files;
}

const TWO = {
  'r/sub-01_mask.nii': [1, 1, 0, 0],
  'r/sub-02_mask.nii': [0, 0, 0, 1],
  'p/sub-01/sub-01_desc-lesion_mask.nii.gz': [1, 0, 0, 0],
  'p/sub-02/sub-02_desc-lesion_mask.nii.gz': [0, 0, 0, 0],
};

describe('evaluateFolders', () => {
  it('scores folders, case by case and summed up', async () => {
    const events: EvaluationEvent[] = [];
    const result = await evaluateFolders(await filesWith(TWO), 'p', 'r', {}, (event) => {
      events.push(event);
    });
    expect(result).toMatchObject({ labels: [1], missing: [], extra: [], summary: { n_missed: { '1': 1 } } });
    expect(result.cases.map((item) => [item.subject, item.metrics['1']?.Dice])).toEqual([
      ['sub-01', 2 / 3],
      ['sub-02', 0],
    ]);
    expect(result.summary.mean['1']).toMatchObject({ Dice: 1 / 3, PPV: 0.5 });
    expect(events.map((event) => (event.kind === 'case' ? event.subject : event.done))).toEqual([
      0,
      'sub-01',
      1,
      'sub-02',
      2,
    ]);
  });

  it('scores two files whatever their names', async () => {
    const files = await filesWith({ 'a.nii': [1, 0], 'b.nii.gz': [1, 1] });
    const { cases } = await evaluateFolders(files, 'a.nii', 'b.nii.gz');
    expect(cases).toMatchObject([{ subject: 'b', predictionFile: 'a.nii', metrics: { '1': { Dice: 2 / 3 } } }]);
  });

  it('finds the reference of one prediction in a folder', async () => {
    const { cases, missing } = await evaluateFolders(
      await filesWith(TWO),
      'p/sub-01/sub-01_desc-lesion_mask.nii.gz',
      'r',
    );
    expect(cases.map((item) => item.subject)).toEqual(['sub-01']);
    expect(missing).toEqual(['sub-02']);
  });

  it('is an error without a prediction for every reference, unless that is allowed; extra ones are listed', async () => {
    const files = await filesWith({
      ...TWO,
      'r/sub-07_mask.nii': [1],
      'r/sub-08_mask.nii': [1],
      'p/sub-09_mask.nii': [1],
    });
    await expect(evaluateFolders(files, 'p', 'r')).rejects.toThrow(/2 of 4 references.*sub-07, sub-08/);
    const result = await evaluateFolders(files, 'p', 'r', { allowMissing: true });
    expect(result).toMatchObject({ missing: ['sub-07', 'sub-08'], extra: ['sub-09'], summary: { n_cases: 2 } });
  });

  it('says so when nothing matches or nothing is there', async () => {
    const files = await filesWith({ 'r/x.nii': [1], 'p/y.nii': [1], 'e/z_probseg.nii': [1] });
    await expect(evaluateFolders(files, 'p', 'r')).rejects.toThrow(/predictions of y; references of x/);
    await expect(evaluateFolders(files, 'e', 'r')).rejects.toThrow('e holds no predictions');
    await expect(evaluateFolders(files, 'p', 'e')).rejects.toThrow('e holds no references');
  });

  it('reports the faults of all pairs together', async () => {
    const files = await filesWith({ ...TWO, 'p/sub-01/sub-01_desc-lesion_mask.nii.gz': [1, 0, 0] });
    files.set('p/sub-02/sub-02_desc-lesion_mask.nii.gz', 'not a NIfTI file');
    const failure: unknown = await evaluateFolders(files, 'p', 'r').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    const lines = (failure as DataError).message.split('\n');
    expect(lines[0]).toMatch(
      /sub-01_desc-lesion_mask.nii.gz and r\/sub-01_mask.nii are not on the same grid.*3x1x1.*4x1x1/,
    );
    expect(lines[1]).toContain('sub-02_desc-lesion_mask.nii.gz');
  });

  it('scores every label of the set in every case', async () => {
    const files = await filesWith({ 'r/a.nii': [1, 2], 'r/b.nii': [1, 0], 'p/a.nii': [1, 2], 'p/b.nii': [1, 2] });
    const { cases } = await evaluateFolders(files, 'p', 'r');
    expect(cases[1]?.metrics).toMatchObject({ '1': { Dice: 1 }, '2': { Dice: 0, Sensitivity: null, n_pred: 1 } });
    const plain = await filesWith({ 'r/a.nii': [1, 2], 'r/b.nii': [1, 0], 'p/a.nii': [1, 2], 'p/b.nii': [1, 0] });
    const { summary } = await evaluateFolders(plain, 'p', 'r');
    expect(summary.metric_per_case[1]?.metrics['2']).toMatchObject({ Dice: null, TN: 2 });
    expect(summary.n_undefined.mean['2']?.Dice).toBe(1);
  });

  it('refuses labels that the references lack, and binary masks against several labels', async () => {
    const strange = await filesWith({ 'r/a.nii': [1, 0], 'p/a.nii': [255, 0] });
    await expect(evaluateFolders(strange, 'p', 'r')).rejects.toThrow(/p\/a.nii holds label 255.*only label 1/);
    const binary = await filesWith({ 'r/a.nii': [1, 2], 'p/a.nii': [1, 1] });
    await expect(evaluateFolders(binary, 'p', 'r')).rejects.toThrow(
      /binary mask cannot be scored against several labels/,
    );
    const named = await evaluateFolders(binary, 'p', 'r', { labels: [1, 2] });
    expect(named.summary.n_missed).toEqual({ '1': 0, '2': 1 });
    const declared = await evaluateFolders(binary, 'p', 'r', { declaredLabels: [1, 2] });
    expect(declared.summary).toEqual(named.summary);
  });

  it('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    await expect(evaluateFolders(await filesWith(TWO), 'p', 'r', { signal })).rejects.toThrow(/abort/i);
  });
});
