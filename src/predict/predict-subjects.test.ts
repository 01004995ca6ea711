import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { makeModel } from '../../test/model.ts';
import { expectedOf, pointwiseEngine } from '../../test/pointwise-engine.ts';
import { scanFiles } from '../../test/scan-files.ts';
import type { Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import { readImage, readLabels } from '../volume/nifti-read.ts';
import { loadForPrediction } from './ensemble.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { partOf } from './part.ts';
import { type PredictSubjectsOptions, predictSubjects } from './predict-subjects.ts';

describe('predictSubjects', () => {
  /** Two sound subjects around one whose T1w is missing. */
  async function fixture(): Promise<{ files: MemoryFileAccess; subjects: Subject[] }> {
    const { files, subjects } = await scanFiles();
    const { FLAIR } = subjects[1].images;
    return { files, subjects: subjects.with(1, { ...subjects[1], images: { FLAIR } }) };
  }

  async function run(
    files: MemoryFileAccess,
    subjects: Subject[],
    engine = pointwiseEngine(1),
    model = makeModel(1),
  ): Promise<string[]> {
    const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, {}));
    return predictSubjects(ensemble, subjects, { files, out: 'out', saveProbabilities: true, version: '1.2.3' });
  }

  const output = (files: MemoryFileAccess): string[] =>
    [...files.files.keys()].filter((path) => path.startsWith('out/')).sort();

  it('writes mask, sidecar and probabilities with the header of the first image', async () => {
    const { files, subjects } = await fixture();
    const masks = await run(files, [subjects[0]]);
    expect(masks).toEqual(['out/sub-01/anat/sub-01_desc-lesion_mask.nii.gz']);
    const { volume: mask } = await readLabels(files, masks[0]);
    const { volume: image } = await readImage(files, 'in/sub-01_FLAIR.nii');
    expect([mask.shape, mask.affine]).toEqual([image.shape, image.affine]);
    const { volume } = await readImage(files, 'out/sub-01/anat/sub-01_label-lesion_probseg.nii.gz');
    for (const [voxel, value] of expectedOf(image.data).entries()) expect(volume.data[voxel]).toBeCloseTo(value, 5);
    const sidecar = JSON.parse(await files.readText('out/sub-01/anat/sub-01_desc-lesion_mask.json')) as object;
    expect(sidecar).toMatchObject({
      Sources: ['in/sub-01_FLAIR.nii', 'in/sub-01_T1w.nii'],
      Labels: { lesion: 1 },
      Threshold: 0.5,
      Models: [{ Name: '', SHA256: expect.stringMatching(/^[0-9a-f]{64}$/), Patch: [8, 8, 8], Views: 2 }],
      LesionConnectivity: 18,
      PostProcessing: 'none',
    });
  });

  it('predicts the others where one has a fault, and tells of it at the end', async () => {
    const { files, subjects } = await fixture();
    await expect(run(files, subjects)).rejects.toThrow(/^sub-02: it has no T1w image/);
    expect(output(files).filter((path) => path.endsWith('_mask.nii.gz'))).toEqual([
      'out/sub-01/anat/sub-01_desc-lesion_mask.nii.gz',
      'out/sub-03/anat/sub-03_desc-lesion_mask.nii.gz',
    ]);
    expect(output(files).some((path) => path.includes('sub-02'))).toBe(false);
  });

  it('uses what each subject has where the model was trained so, and says what in the sidecar', async () => {
    const { files, subjects } = await fixture();
    const onlyT1w = { ...subjects[2], images: { T1w: subjects[2].images.T1w } };
    const sparse = makeModel(1, { missingModalities: 'allowed' });
    const masks = await run(files, [subjects[0], subjects[1], onlyT1w], pointwiseEngine(1), sparse);
    const used: unknown[] = [];
    for (const mask of masks) {
      const { Sources, Modalities } = JSON.parse(await files.readText(mask.replace('.nii.gz', '.json')));
      used.push([Sources, Modalities]);
    }
    expect(used).toEqual([
      [
        ['in/sub-01_FLAIR.nii', 'in/sub-01_T1w.nii'],
        ['FLAIR', 'T1w'],
      ],
      [['in/sub-02_FLAIR.nii'], ['FLAIR']],
      [['in/sub-03_T1w.nii'], ['T1w']],
    ]);
  });

  it('writes nothing where all have faults', async () => {
    const { files, subjects } = await fixture();
    await expect(run(files, [subjects[1]])).rejects.toBeInstanceOf(DataError);
    expect(output(files)).toEqual([]);
  });

  it('stops at a full disk, takes back what it wrote of that subject, and tells all faults so far', async () => {
    const { files, subjects } = await fixture();
    class FullDisk extends MemoryFileAccess {
      override async write(path: string, content: Uint8Array | string): Promise<void> {
        if (path.endsWith('sub-03_desc-lesion_mask.nii.gz')) throw new DataError(`${path}: the disk is full.`);
        await super.write(path, content);
      }
    }
    const disk = new FullDisk();
    for (const [path, content] of files.files) disk.set(path, content);
    const later = { ...subjects[0], id: 'sub-04' };
    await expect(run(disk, [...subjects, later])).rejects.toThrow(
      /^sub-02: it has no T1w image .*\nout\/sub-03\/anat\/sub-03_desc-lesion_mask\.nii\.gz: the disk is full\.$/,
    );
    expect(output(disk)).toEqual([
      'out/dataset_description.json',
      'out/sub-01/anat/sub-01_desc-lesion_mask.json',
      'out/sub-01/anat/sub-01_desc-lesion_mask.nii.gz',
      'out/sub-01/anat/sub-01_label-lesion_probseg.nii.gz',
      'out/sub-01/anat/sub-01_lesions.csv',
    ]);
  });

  it('reads the next scan and writes the one before while it predicts', async () => {
    const { files, subjects } = await scanFiles();
    const signals = new Map<string, () => void>();
    const until = (event: string): Promise<void> => new Promise((resolve) => signals.set(event, resolve));
    const isRead = until('in/sub-02_T1w.nii');
    const isPredicting = until('Predicting sub-02 (2 of 3)');
    class Watched extends MemoryFileAccess {
      override async readBytes(path: string): Promise<Uint8Array> {
        signals.get(path)?.();
        return super.readBytes(path);
      }
      override async write(path: string, content: Uint8Array | string): Promise<void> {
        if (path.endsWith('sub-01_desc-lesion_mask.nii.gz')) await isPredicting;
        await super.write(path, content);
      }
    }
    const watched = new Watched();
    for (const [path, content] of files.files) watched.set(path, content);
    const pointwise = pointwiseEngine(1);
    const engine: Engine = {
      ...pointwise,
      // Each waits for the other: one after the other nothing would ever end.
      run: async (...request) => {
        await isRead;
        return pointwise.run(...request);
      },
    };
    const model = makeModel(1);
    const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, {}));
    const outcomes: string[] = [];
    const masks = await predictSubjects(ensemble, subjects, {
      files: watched,
      out: 'out',
      saveProbabilities: false,
      version: '1.2.3',
      onEvent: (event) => event.kind === 'progress' && signals.get(event.label)?.(),
      onOutcome: ({ id, kind }) => outcomes.push(`${id} ${kind}`),
    });
    expect(outcomes).toEqual(['sub-01 predicted', 'sub-02 predicted', 'sub-03 predicted']);
    expect(masks.map((mask) => mask.slice(4, 10))).toEqual(['sub-01', 'sub-02', 'sub-03']);
  });

  it('stops when the engine fails', async () => {
    const { files, subjects } = await fixture();
    let runs = 0;
    const engine: Engine = {
      ...pointwiseEngine(1),
      run: async () => {
        runs++;
        throw new DataError('The compute process was killed.');
      },
    };
    await expect(run(files, [subjects[0], subjects[2]], engine)).rejects.toThrow(
      'sub-01: The compute process was killed.',
    );
    // The second view was asked for beside the first one; after that nothing was.
    expect(runs).toBe(2);
    expect(output(files)).toEqual([]);
  });
});

describe('predictSubjects in a folder that holds predictions', () => {
  interface Run {
    readonly files: MemoryFileAccess;
    readonly subjects: readonly Subject[];
    readonly options?: PredictionOptions;
    readonly rest?: Partial<PredictSubjectsOptions>;
    readonly engine?: Engine;
  }

  /** Runs a prediction, and tells what became of each subject and what was written. */
  async function run({ files, subjects, options = {}, rest = {}, engine = pointwiseEngine(1) }: Run) {
    const { description, parameters } = makeModel(1);
    const ensemble = await loadForPrediction(
      engine,
      { description, parameters },
      resolvePrediction(description, options),
    );
    const outcomes: string[] = [];
    const before = new Map(files.files);
    const masks = await predictSubjects(ensemble, subjects, {
      files,
      out: 'out',
      saveProbabilities: false,
      version: '1.2.3',
      onOutcome: ({ id, kind }) => outcomes.push(`${kind} ${id}`),
      ...rest,
    });
    const written = [...files.files].filter(([path, content]) => before.get(path) !== content).map(([path]) => path);
    return { masks, outcomes, written: written.sort() };
  }

  const all = (kind: string): string[] => [1, 2, 3].map((number) => `${kind} sub-0${number}`);
  const below = (files: MemoryFileAccess, id: string): string[] =>
    [...files.files.keys()].filter((path) => path.startsWith(`out/${id}/`)).sort();
  const table = async (files: MemoryFileAccess): Promise<string[]> =>
    (await files.readText('out/lesions.csv')).trimEnd().split('\n');

  it('predicts nothing twice', async () => {
    const { files, subjects } = await scanFiles();
    const first = await run({ files, subjects });
    expect(first.outcomes).toEqual(all('predicted'));
    const lesions = await table(files);
    const again = await run({ files, subjects });
    expect(again).toEqual({ masks: first.masks, outcomes: all('skipped'), written: ['out/lesions.csv'] });
    expect(await table(files)).toEqual(lesions);
    expect((await run({ files, subjects, rest: { overwrite: true } })).outcomes).toEqual(all('predicted'));
  });

  it('skips scans that moved, and predicts those that changed', async () => {
    const { files, subjects } = await scanFiles();
    await run({ files, subjects });
    const moved = subjects.map((subject): Subject => {
      const images = Object.entries(subject.images).map(([modality, path]) => [modality, `moved/${path}`] as const);
      return { ...subject, images: Object.fromEntries(images) };
    });
    for (const [path, content] of [...files.files]) files.set(`moved/${path}`, content);
    expect((await run({ files, subjects: moved })).outcomes).toEqual(all('skipped'));
    files.set('moved/in/sub-02_T1w.nii', await files.readBytes('in/sub-01_T1w.nii'));
    const { outcomes } = await run({ files, subjects: moved });
    expect(outcomes).toEqual(['skipped sub-01', 'predicted sub-02', 'skipped sub-03']);
  });

  it.each<{ name: string; options?: PredictionOptions; rest?: Partial<PredictSubjectsOptions> }>([
    { name: 'other settings', options: { threshold: 0.4 } },
    { name: 'other views', options: { views: 1 } },
    { name: 'another version', rest: { version: '1.2.4' } },
    { name: 'probabilities as well', rest: { saveProbabilities: true } },
    { name: 'the vote spread as well', rest: { saveVoteSpread: true } },
  ])('predicts again for $name, and then no more', async (changed) => {
    const { files, subjects } = await scanFiles();
    await run({ files, subjects });
    expect((await run({ files, subjects, ...changed })).outcomes).toEqual(all('predicted'));
    expect((await run({ files, subjects, ...changed })).outcomes).toEqual(all('skipped'));
  });

  it('leaves no map of an earlier prediction beside a mask that is not its own', async () => {
    const { files, subjects } = await scanFiles();
    await run({ files, subjects, rest: { saveProbabilities: true, saveVoteSpread: true } });
    expect(below(files, 'sub-01').map((path) => path.slice('out/sub-01/anat/sub-01_'.length))).toEqual([
      'desc-lesion_mask.json',
      'desc-lesion_mask.nii.gz',
      'label-lesion_desc-voteSpread_statmap.nii.gz',
      'label-lesion_probseg.nii.gz',
      'lesions.csv',
    ]);
    await run({ files, subjects, options: { threshold: 0.4 } });
    expect(below(files, 'sub-01')).toHaveLength(3);
  });

  it('finishes a subject wherever a run was cut off, without a mask that its sidecar does not tell of', async () => {
    for (let writes = 0; writes < 4; writes++) {
      const { files, subjects } = await scanFiles();
      await run({ files, subjects });
      class Dying extends MemoryFileAccess {
        private left = 1 + writes;
        override async write(path: string, content: Uint8Array | string): Promise<void> {
          if (this.left-- === 0) throw new Error('killed');
          await super.write(path, content);
        }
        /** A process that is gone takes nothing back. */
        override async remove(path: string): Promise<void> {
          if (this.left >= 0) await super.remove(path);
        }
      }
      const dying = new Dying();
      for (const [path, content] of files.files) dying.set(path, content);
      // Counted are dataset_description.json, then the files of sub-01.
      const killed = run({ files: dying, subjects, options: { threshold: 0.4 } });
      const isCutOff = writes < 3;
      if (isCutOff) await expect(killed).rejects.toThrow('killed');
      const mask = 'out/sub-01/anat/sub-01_desc-lesion_mask';
      if (isCutOff) expect(dying.files.has(`${mask}.json`)).toBe(false);
      if (writes === 0) expect(below(dying, 'sub-01')).toEqual([]);
      await killed.catch(() => undefined);
      const after = new MemoryFileAccess();
      for (const [path, content] of dying.files) after.set(path, content);
      const { outcomes } = await run({ files: after, subjects, options: { threshold: 0.4 } });
      expect(outcomes[0]).toBe(isCutOff ? 'predicted sub-01' : 'skipped sub-01');
      expect(below(after, 'sub-01')).toHaveLength(3);
    }
  });

  it('shares a cohort out to parts that end in the one table', async () => {
    const { files, subjects } = await scanFiles();
    const whole = await scanFiles();
    await run({ files: whole.files, subjects });
    const first = await run({ files, subjects: partOf(subjects, { index: 0, count: 2 }) });
    expect(first.outcomes).toEqual(['predicted sub-01', 'predicted sub-03']);
    expect(new Set((await table(files)).slice(1).map((row) => row.slice(0, 6)))).toEqual(new Set(['sub-01', 'sub-03']));
    const second = await run({ files, subjects: partOf(subjects, { index: 1, count: 2 }) });
    expect(second.outcomes).toEqual(['predicted sub-02']);
    expect(new Map([...files.files].sort())).toEqual(new Map([...whole.files.files].sort()));
  });

  it('lists the lesions of all subjects, and nothing of another table', async () => {
    const { files, subjects } = await scanFiles();
    files.set('out/other_lesions.csv', 'subject,count\nx,3\n');
    await run({ files, subjects, rest: { saveVoteSpread: true } });
    const [header, ...rows] = await table(files);
    expect(header).toBe(
      'subject,label,name,lesion,volume_mm3,voxels,x_mm,y_mm,z_mm,mean_probability,max_probability,mean_vote_spread',
    );
    expect(rows.every((row) => /^sub-0[123],1,lesion,\d+,[\d.]+,\d+(,-?[\d.]+){5},[\d.e-]+$/.test(row))).toBe(true);
    for (const id of ['sub-01', 'sub-02', 'sub-03']) {
      const own = rows.filter((row) => row.startsWith(id)).map((row) => row.split(','));
      const { volume } = await readLabels(files, `out/${id}/anat/${id}_desc-lesion_mask.nii.gz`);
      const voxels = own.reduce((sum, row) => sum + Number(row[5]), 0);
      expect(voxels).toBe(volume.data.filter((value) => value === 1).length);
      // Voxels of 1 x 1.25 x 2 mm.
      for (const row of own) expect(Number(row[4])).toBe(2.5 * Number(row[5]));
    }
  });
});
