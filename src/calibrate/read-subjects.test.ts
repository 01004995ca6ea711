import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError, UsageError } from '../errors.ts';
import { outputNames } from '../predict/output-names.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Triple } from '../volume/volume.ts';
import { sidecarOfMap } from './probability-maps.ts';
import { readCalibrationSubjects } from './read-subjects.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];

async function set(files: MemoryFileAccess, path: string, voxels: readonly number[]): Promise<void> {
  const shape: Triple = [voxels.length, 1, 1];
  const isMap = path.includes('probseg');
  const volume = isMap
    ? ({ kind: 'scalar', shape, affine: AFFINE, data: Float32Array.from(voxels) } as const)
    : ({ kind: 'label', shape, affine: AFFINE, data: Uint8Array.from(voxels) } as const);
  files.set(path, await encodeNifti(volume, null, { gzip: true }));
}

async function filesWith(maps: Readonly<Record<string, readonly number[]>>): Promise<MemoryFileAccess> {
  const files = new MemoryFileAccess();
  for (const [path, voxels] of Object.entries(maps)) await set(files, path, voxels);
  return files;
}

const probabilitiesOf = (id: string): string => `p/${outputNames(id, ['lesion']).probabilities[0]}`;

const TWO = {
  [probabilitiesOf('sub-01')]: [0.25, 0.5, 0, 1],
  [probabilitiesOf('case_2')]: [0, 0.125, 0.5, 0],
  'p/case_2_desc-lesion_mask.nii.gz': [0, 0, 1, 0],
  'r/sub-01_mask.nii.gz': [0, 1, 1, 1],
  'r/case_2.nii.gz': [0, 0, 0, 0],
};

describe('readCalibrationSubjects', () => {
  it('finds the maps that predict writes and their references, and sorts the voxels', async () => {
    const seen: number[] = [];
    const read = await readCalibrationSubjects(await filesWith(TWO), 'p', 'r', {}, ({ done }) => seen.push(done));
    expect(read).toMatchObject({ classes: 1, labels: [1], missing: [], extra: [] });
    expect(read.maps).toEqual([probabilitiesOf('case_2'), probabilitiesOf('sub-01')]);
    expect(read.subjects).toEqual([
      {
        subject: 'case_2',
        referenceVoxels: 0,
        reference: Float32Array.of(),
        background: Float32Array.of(0.125, 0.5),
      },
      {
        subject: 'sub-01',
        referenceVoxels: 3,
        reference: Float32Array.of(0.5, 1),
        background: Float32Array.of(0.25),
      },
    ]);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('lists who lacks a prediction or a reference, and refuses the first unless allowed', async () => {
    const files = await filesWith({
      ...TWO,
      'r/sub-09_mask.nii.gz': [1],
      'p/sub-08/anat/sub-08_label-lesion_probseg.nii.gz': [1],
    });
    await expect(readCalibrationSubjects(files, 'p', 'r')).rejects.toThrow(/1 of 3 references.*sub-09/);
    const read = await readCalibrationSubjects(files, 'p', 'r', { allowMissing: true });
    expect(read).toMatchObject({ missing: ['sub-09'], extra: ['sub-08'] });
  });

  it('reports the faults of all subjects together', async () => {
    const files = await filesWith({
      ...TWO,
      'r/case_2.nii.gz': [0, 0, 0],
      [probabilitiesOf('sub-01')]: [0, 1.5, 0, 1],
    });
    const failure: unknown = await readCalibrationSubjects(files, 'p', 'r').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    const lines = (failure as DataError).message.split('\n');
    expect(lines[0]).toMatch(/case_2_label-lesion_probseg.nii.gz and r\/case_2.nii.gz are not on the same grid/);
    expect(lines[1]).toMatch(/sub-01_label-lesion_probseg.nii.gz holds 1.5/);
  });

  describe('of several classes', () => {
    const mapOf = (id: string, name: string): string => `p/${outputNames(id, [name]).probabilities[0]}`;
    const SEVERAL = {
      [mapOf('case_1', 'anterior')]: [0.5, 0.125, 0.25, 0, 0.75],
      [mapOf('case_1', 'posterior')]: [0.25, 0.5, 0.0625, 0, 0.5],
      'r/case_1.nii.gz': [1, 2, 0, 2, 1],
    };

    it('takes all labels as one structure, whose probability is the sum, at most 1', async () => {
      const read = await readCalibrationSubjects(await filesWith(SEVERAL), 'p', 'r');
      expect(read).toMatchObject({ classes: 2, labels: [1, 2], maps: [mapOf('case_1', 'anterior')] });
      expect(read.subjects).toEqual([
        {
          subject: 'case_1',
          referenceVoxels: 4,
          reference: Float32Array.of(0.625, 0.75, 1),
          background: Float32Array.of(0.3125),
        },
      ]);
    });

    it('takes one label where it is told to, by its name or its number', async () => {
      const files = await filesWith(SEVERAL);
      const labelNames = { 1: 'anterior', 2: 'posterior' };
      const read = await readCalibrationSubjects(files, 'p', 'r', { label: 2, labelNames });
      expect(read).toMatchObject({ classes: 2, labels: [2], maps: [mapOf('case_1', 'posterior')] });
      expect(read.subjects).toEqual([
        {
          subject: 'case_1',
          referenceVoxels: 2,
          reference: Float32Array.of(0.5),
          background: Float32Array.of(0.0625, 0.25, 0.5),
        },
      ]);
      await expect(readCalibrationSubjects(files, 'p', 'r', { label: 2 })).rejects.toThrow(
        /case_1, label 2: no probability map.*case_1_label-2_probseg/,
      );
    });

    it('refuses a map too few or too many, and labels that the maps are not of', async () => {
      const lacking = await filesWith({ ...SEVERAL, [mapOf('case_2', 'posterior')]: [0], 'r/case_2.nii.gz': [0] });
      await expect(readCalibrationSubjects(lacking, 'p', 'r')).rejects.toThrow(
        'case_2 has probability maps of posterior, and one of each of anterior, posterior is wanted.',
      );
      const labels = await filesWith({ ...TWO, 'r/case_2.nii.gz': [0, 2, 0, 0] });
      await expect(readCalibrationSubjects(labels, 'p', 'r')).rejects.toThrow(
        'The references hold the labels 1, 2, and the probabilities are of one class. Choose the label',
      );
      expect((await readCalibrationSubjects(labels, 'p', 'r', { label: 2 })).subjects[0]?.referenceVoxels).toBe(1);
      const declared = readCalibrationSubjects(await filesWith(TWO), 'p', 'r', { declaredLabels: [1, 3] });
      await expect(declared).rejects.toThrow('The references hold the labels 1, 3,');
      const unknown = readCalibrationSubjects(await filesWith(TWO), 'p', 'r', { label: 3 });
      await expect(unknown).rejects.toThrow('No reference holds the label 3. The references hold the label 1.');
    });
  });

  it('says what to do where there are no maps, or one is named', async () => {
    const files = await filesWith({ 'p/case_2_desc-lesion_mask.nii.gz': [0], 'r/case_2.nii.gz': [0] });
    await expect(readCalibrationSubjects(files, 'p', 'r')).rejects.toThrow(/predict with --save-probabilities/);
    await expect(readCalibrationSubjects(files, 'p/a.nii.gz', 'r')).rejects.toThrow(UsageError);
  });

  it('stops when asked to', async () => {
    const options = { signal: AbortSignal.abort() };
    await expect(readCalibrationSubjects(await filesWith(TWO), 'p', 'r', options)).rejects.toThrow(/abort/i);
  });
});

describe('sidecarOfMap', () => {
  it('knows no sidecar of other names', () => expect(sidecarOfMap('p/case_2_probseg.nii.gz')).toBeNull());

  it.each(['sub-01', 'sub-01_ses-2', 'case_2'])('finds what predict names for %s', (id) => {
    const { probabilities, sidecar } = outputNames(id, ['white-matter lesion']);
    expect(sidecarOfMap(`out/${probabilities[0]}`)).toBe(`out/${sidecar}`);
  });
  it('finds what predict names for several classes', () => {
    const { probabilities, sidecar } = outputNames('sub-01', ['a', 'b']);
    for (const map of probabilities) expect(sidecarOfMap(`out/${map}`, true)).toBe(`out/${sidecar}`);
  });
});
