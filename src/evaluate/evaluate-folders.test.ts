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

/** The same with probability maps, in float32. */
async function addProbabilities(
  files: MemoryFileAccess,
  maps: Readonly<Record<string, readonly number[]>>,
): Promise<MemoryFileAccess> {
  for (const [path, values] of Object.entries(maps)) {
    const volume = {
      kind: 'scalar',
      shape: [values.length, 1, 1],
      affine: AFFINE,
      data: Float32Array.from(values),
    } as const;
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

  it('scores probability maps, and says how they are calibrated', async () => {
    const files = await addProbabilities(await filesWith(TWO), {
      'q/sub-01_label-lesion_probseg.nii.gz': [0.75, 0.25, 0.5, 0],
      'q/sub-02_label-lesion_probseg.nii.gz': [0, 0, 0, 0.5],
    });
    const brainOf = async (subject: string) =>
      subject === 'sub-01' ? Uint8Array.of(1, 1, 1, 0) : Uint8Array.of(0, 0, 1, 1);
    const { cases, summary, curves } = await evaluateFolders(files, 'p', 'r', { probabilities: 'q', brainOf });
    // sub-01: recall 1/2 at precision 1, then 2 of 3: (1 + 2/3) / 2; its background ranks above one of two: 3 of 4 pairs.
    expect(cases.map(({ metrics }) => metrics['1']?.APR)).toEqual([expect.closeTo(5 / 6, 12), 1]);
    expect(cases.map(({ metrics }) => metrics['1']?.AUC)).toEqual([0.75, 1]);
    expect(curves.map(({ subject, curve }) => [subject, curve.vertices.length])).toEqual([
      ['sub-01', 3],
      ['sub-02', 1],
    ]);
    const calibration = summary.calibration?.['1'];
    // |0.75 - 1| + |0.25 - 1| in cells of their own, 0.5 twice with one lesion among them, and one background voxel at 0.
    expect(calibration?.brain).toMatchObject({ n: 5, ECE: expect.closeTo((0.25 + 0.75) / 5, 12) });
    expect(calibration?.near_lesions.n).toBe(5);
    const unknown = await evaluateFolders(files, 'p', 'r', { probabilities: 'q' });
    expect(unknown.summary.calibration?.['1']).toMatchObject({ brain: null, near_lesions: { n: 8 } });
  });

  it('finds the map of each label by its name or number', async () => {
    const files = await filesWith({ 'r/a.nii': [1, 2, 0], 'p/a.nii': [1, 2, 2] });
    await addProbabilities(files, {
      'p/a_label-edema_probseg.nii': [0, 1, 0.5],
      'p/a_label-1_probseg.nii': [1, 0, 0.5],
    });
    const options = { probabilities: 'p', labelNames: { '1': 'core', '2': 'edema' } };
    const { cases } = await evaluateFolders(files, 'p', 'r', options);
    expect(cases[0]?.metrics).toMatchObject({ '1': { APR: 1 }, '2': { APR: 1 } });
    await expect(evaluateFolders(files, 'p', 'r', { probabilities: 'p' })).rejects.toThrow(
      /a, label 2: no probability map.*a_label-2_probseg.nii.gz/,
    );
    await expect(evaluateFolders(files, 'p', 'r', { probabilities: 'r' })).rejects.toThrow(
      /r holds no probability maps/,
    );
  });

  it('refuses probabilities outside 0 … 1, and maps on another grid, with all other faults', async () => {
    const files = await addProbabilities(await filesWith(TWO), {
      'q/sub-01_label-lesion_probseg.nii': [0, 0, 2, 0],
      'q/sub-02_label-lesion_probseg.nii': [0, 0, 0],
    });
    const failure: unknown = await evaluateFolders(files, 'p', 'r', { probabilities: 'q' }).catch((error) => error);
    expect(failure).toBeInstanceOf(DataError);
    const lines = (failure as DataError).message.split('\n');
    expect(lines[0]).toContain('q/sub-01_label-lesion_probseg.nii holds 2 (voxel 2');
    expect(lines[1]).toMatch(/q\/sub-02_label-lesion_probseg.nii and r\/sub-02_mask.nii are not on the same grid/);
  });

  it('resamples onto the grid of the reference when asked to', async () => {
    const files = await filesWith({ 'r/a.nii': [1, 1, 0, 0], 'p/a.nii': [1, 0] });
    await addProbabilities(files, { 'q/a_label-1_probseg.nii': [1, 0.5] });
    await expect(evaluateFolders(files, 'p', 'r')).rejects.toThrow(/--resample/);
    const { cases } = await evaluateFolders(files, 'p', 'r', { resample: true, probabilities: 'q' });
    expect(cases[0]?.metrics['1']).toMatchObject({ TP: 1, FP: 0, FN: 1, TN: 2, APR: 1 });
  });

  it('sums up volumes and lesions by size', async () => {
    const { summary } = await evaluateFolders(await filesWith(TWO), 'p', 'r');
    // Voxels of 2 mm3: predicted 2 and 0, reference 4 and 2.
    expect(summary.volumes['1']).toMatchObject({ n: 2, bias: -2, sd: 0 });
    expect(summary.volumes['1']?.Corr).toBeCloseTo(1, 12);
    const classes = summary.lesion_sizes?.['1'];
    expect(classes?.[0]).toMatchObject({ to: 3, n_ref: 1, n_ref_touched: 0, n_pred: 1, n_pred_false: 0 });
    expect(classes?.[1]).toMatchObject({ to: 10, n_ref: 1, n_ref_touched: 1, n_pred: 0 });
    expect(summary.median['1']).toMatchObject({ Dice: 1 / 3, n_ref: 1.5 });
  });
});
