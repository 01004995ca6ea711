import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { makeModel } from '../../test/model.ts';
import { makeScan, PIL, RAS } from '../../test/synthetic-scan.ts';
import type { Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import type { Model } from '../model/model-file.ts';
import { readImage, readLabels } from '../volume/nifti-read.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Affine, ScalarVolume, Triple } from '../volume/volume.ts';
import { loadForPrediction } from './ensemble.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { type Prediction, predict } from './predict.ts';
import { predictSubjects } from './predict-subjects.ts';

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** An engine whose network gives each voxel the logistic function of the first input channel, whatever its neighbors. */
function pointwiseEngine(outputs: 1 | 3): Engine {
  return {
    load: async () => undefined,
    unload: async () => undefined,
    store: async () => undefined,
    fetch: async () => ({ shape: [], data: new Float32Array(0) }),
    close: async () => undefined,
    run: async (_, { feeds }) => {
      const feed = feeds.image;
      if (feed?.kind !== 'tensor') throw new Error('expected a tensor');
      const { shape, data } = feed.tensor;
      const voxels = data.length / 2;
      const values = new Float32Array(outputs * voxels);
      for (let voxel = 0; voxel < voxels; voxel++) {
        const p = logistic(data[voxel] as number);
        if (outputs === 1) values[voxel] = p;
        else values.set([0.3, 0.7 * p, 0.7 * (1 - p)].map(Math.fround), 3 * voxel);
      }
      // Classes side by side in a channel each.
      const channels = new Float32Array(values.length);
      for (let c = 0; c < outputs; c++) {
        for (let voxel = 0; voxel < voxels; voxel++)
          channels[c * voxels + voxel] = values[outputs * voxel + c] as number;
      }
      return { probabilities: { shape: [1, outputs, ...shape.slice(2)], data: channels } };
    },
  };
}

/** What the pointwise network has to give for an image: by its definition, without patches. */
function expectedOf(image: Float32Array): Float32Array {
  const brain = [...image].filter((value) => value !== 0);
  const mean = brain.reduce((sum, value) => sum + value, 0) / brain.length;
  const deviation = Math.sqrt(brain.reduce((sum, value) => sum + (value - mean) ** 2, 0) / brain.length);
  return image.map((value) => (value === 0 ? 0 : logistic((value - mean) / deviation)));
}

/** Three subjects in memory. */
async function scanFiles(): Promise<{ files: MemoryFileAccess; subjects: Subject[] }> {
  const files = new MemoryFileAccess();
  const subjects: Subject[] = [];
  for (const seed of [1, 2, 3]) {
    const { grid, images } = makeScan(seed, { affine: PIL, shape: [9, 8, 7] });
    const id = `sub-0${seed}`;
    for (const [modality, data] of Object.entries(images)) {
      files.set(
        `in/${id}_${modality}.nii`,
        await encodeNifti({ kind: 'scalar', ...grid, data }, null, { gzip: false }),
      );
    }
    const both = { FLAIR: `in/${id}_FLAIR.nii`, T1w: `in/${id}_T1w.nii` };
    subjects.push({ id, group: id, split: 'test', images: both });
  }
  return { files, subjects };
}

describe('predict', () => {
  it.each<{ shape: Triple; affine: Affine; options: PredictionOptions }>([
    { shape: [18, 15, 13], affine: RAS, options: {} },
    { shape: [11, 9, 17], affine: PIL, options: { views: 8, overlap: 0.3 } },
    { shape: [5, 21, 8], affine: PIL, options: { padding: 'half', views: 4, window: 'gaussian' } },
    { shape: [19, 6, 7], affine: RAS, options: { overlap: 0, window: 'uniform', views: 1, patch: [8, 12, 16] } },
  ])(
    'gives a pointwise network its values back on the grid of the scan: $shape, $options',
    async ({ shape, affine, options }) => {
      const { grid, images } = makeScan(3, { shape, affine });
      const volumes = Object.fromEntries(
        Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
      );
      const { mask, probabilities } = await predict(pointwiseEngine(1), makeModel(1), volumes, options);
      expect([mask.shape, mask.affine]).toEqual([shape, affine]);
      expect(probabilities).toHaveLength(1);
      const expected = expectedOf(images.FLAIR);
      for (const [voxel, value] of expected.entries()) {
        expect(probabilities[0].data[voxel]).toBeCloseTo(value, 5);
        if (Math.abs(value - 0.5) > 1e-4) expect(mask.data[voxel]).toBe(value > 0.5 ? 1 : 0);
      }
    },
  );

  it('gives each class its probabilities, and the label of the most probable one', async () => {
    const { grid, images } = makeScan(3);
    const volumes = Object.fromEntries(
      Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
    );
    const { mask, probabilities } = await predict(pointwiseEngine(3), makeModel(3), volumes);
    const expected = expectedOf(images.FLAIR);
    for (const [voxel, p] of expected.entries()) {
      const inside = images.FLAIR[voxel] !== 0;
      const [a, b] = inside ? [0.7 * p, 0.7 * (1 - p)] : [0, 0];
      expect(probabilities[0].data[voxel]).toBeCloseTo(a, 5);
      expect(probabilities[1].data[voxel]).toBeCloseTo(b, 5);
      // One of the two is always at least 0.35, above the background's 0.3.
      if (Math.abs(a - b) > 1e-4 || !inside) expect(mask.data[voxel]).toBe(inside ? (a > b ? 2 : 7) : 0);
    }
  });

  it('spreads as far as the votes lie apart, by views and by models', async () => {
    const { grid, images } = makeScan(3);
    const volumes = Object.fromEntries(
      Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
    );
    /** Answers each view of a tile with the next of these numbers. */
    const voting = (...answers: number[]): Engine => {
      let runs = 0;
      return {
        ...pointwiseEngine(1),
        run: async (_, { feeds }) => {
          if (feeds.image.kind !== 'tensor') throw new Error('expected a tensor');
          const { shape, data } = feeds.image.tensor;
          const values = new Float32Array(data.length / 2).fill(answers[runs++ % answers.length]);
          return { probabilities: { shape: [1, 1, ...shape.slice(2)], data: values } };
        },
      };
    };
    const expectSpread = (prediction: Prediction, mean: number, spread: number): void => {
      for (const [voxel, value] of images.FLAIR.entries()) {
        expect(prediction.probabilities[0].data[voxel]).toBeCloseTo(value === 0 ? 0 : mean, 6);
        expect(prediction.voteSpread?.[0].data[voxel]).toBeCloseTo(value === 0 ? 0 : spread, 6);
      }
    };
    const options = { voteSpread: true, padding: 'half', views: 4 } as const;
    const model = makeModel(1);
    expectSpread(await predict(voting(0.3), model, volumes, options), 0.3, 0);
    // Votes of 0.1, 0.3, 0.5, 0.7 deviate from their mean by 0.3, 0.1, 0.1, 0.3.
    expectSpread(await predict(voting(0.1, 0.3, 0.5, 0.7), model, volumes, options), 0.4, Math.sqrt(0.05));
    expect((await predict(voting(0.3), model, volumes)).voteSpread).toBeNull();

    let loads = 0;
    const engines = [voting(0.2), voting(0.8)];
    const byModel: Engine = {
      ...pointwiseEngine(1),
      load: async () => {
        loads++;
      },
      run: (name, request) => engines[loads - 1].run(name, request),
    };
    const other = makeModel(1, { card: { ...model.description.card, name: 'other' } });
    expectSpread(await predict(byModel, [model, other], volumes, options), 0.5, 0.3);
  });

  it('lists the lesions of its mask', async () => {
    const { grid, images } = makeScan(3);
    const volumes = Object.fromEntries(
      Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
    );
    const options = { connectivity: 6, lesionThreshold: 4, voteSpread: true } as const;
    const { mask, lesions } = await predict(pointwiseEngine(1), makeModel(1), volumes, options);
    expect(lesions.length).toBeGreaterThan(1);
    expect(lesions.reduce((sum, { voxels }) => sum + voxels, 0)).toBe(mask.data.filter((value) => value > 0).length);
    for (const { volume, meanProbability, meanVoteSpread } of lesions) {
      expect(volume).toBeGreaterThanOrEqual(4);
      expect(meanProbability).toBeGreaterThan(0.5);
      expect(meanVoteSpread).toBeLessThan(1e-6);
    }
  });

  it('names the modalities that are missing', async () => {
    const { grid, images } = makeScan(3);
    const FLAIR: ScalarVolume = { kind: 'scalar', ...grid, data: images.FLAIR };
    await expect(predict(pointwiseEngine(1), makeModel(1), { FLAIR })).rejects.toThrow(
      'The model needs the modalities FLAIR, T1w: T1w is missing.',
    );
  });
});

describe('predict with several models', () => {
  const mean = { version: 1, modalities: ['FLAIR', 'T1w'], spacing: null, normalization: 'mean' } as const;
  const swapped = { ...mean, modalities: ['T1w', 'FLAIR'] };
  const plan = (preprocess: ModelDescription['preprocess']): Model => makeModel(1, { preprocess });

  /** The same scan through each model alone, and the mean of the maps that come out. */
  it('averages what each model gives by its own plan, on the grid of the scan', async () => {
    const { grid, images } = makeScan(3, { shape: [11, 9, 17], affine: PIL });
    const volumes = Object.fromEntries(
      Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
    );
    const models = [makeModel(1), plan({ ...mean, modalities: [...mean.modalities] }), plan(swapped)];
    const alone: Float32Array[] = [];
    for (const model of models) {
      alone.push((await predict(pointwiseEngine(1), model, volumes)).probabilities[0].data.slice());
    }
    const { probabilities, mask } = await predict(pointwiseEngine(1), models, volumes);
    let apart = 0;
    for (let voxel = 0; voxel < alone[0].length; voxel++) {
      const [a, b, c] = alone.map((map) => map[voxel]);
      apart = Math.max(apart, Math.abs(a - b), Math.abs(a - c));
      expect(probabilities[0].data[voxel]).toBeCloseTo((a + b + c) / 3, 6);
      if (Math.abs(a + b + c - 1.5) > 1e-4) expect(mask.data[voxel]).toBe(a + b + c > 1.5 ? 1 : 0);
    }
    expect(apart).toBeGreaterThan(0.1);
  });

  it('gives one model and the same model three times the same, to the bit', async () => {
    const { grid, images } = makeScan(5);
    const volumes = Object.fromEntries(
      Object.entries(images).map(([name, data]): [string, ScalarVolume] => [name, { kind: 'scalar', ...grid, data }]),
    );
    const [one, three] = [makeModel(1), [makeModel(1), makeModel(1), makeModel(1)]];
    const once = await predict(pointwiseEngine(1), one, volumes);
    expect(await predict(pointwiseEngine(1), three, volumes)).toEqual(once);
  });

  it('holds one session at a time, none afterwards, and a model that stays is loaded once', async () => {
    const { files, subjects } = await scanFiles();
    const held = new Set<string>();
    const loads: string[] = [];
    let most = 0;
    const engine: Engine = {
      ...pointwiseEngine(1),
      load: async (name) => {
        held.add(name);
        loads.push(name);
        most = Math.max(most, held.size);
      },
      unload: async (name) => {
        held.delete(name);
      },
    };
    const cohort = async (models: Model[], out: string): Promise<void> => {
      const settings = resolvePrediction(
        models.map(({ description }) => description),
        {},
      );
      const ensemble = await loadForPrediction(engine, models, settings);
      await predictSubjects(ensemble, subjects, { files, out, saveProbabilities: false, version: '1.2.3' });
    };
    await cohort([makeModel(1)], 'one');
    expect([loads.length, most, held.size]).toEqual([1, 1, 0]);
    await cohort([makeModel(1), plan(swapped)], 'two');
    expect([loads.length, most, held.size]).toEqual([1 + 2 * subjects.length, 1, 0]);
    expect(new Set(loads).size).toBe(2);
  });

  it('refuses models of other labels or modalities, and defaults that differ', async () => {
    const other = makeModel(1, { labels: [{ value: 1, name: 'tumor' }] });
    const flair = makeModel(1, {
      preprocess: { ...mean, modalities: ['FLAIR'] },
      card: { ...makeModel(1).description.card, name: 'B' },
    });
    await expect(predict(pointwiseEngine(1), [makeModel(1), other], {})).rejects.toThrow(
      "These models can't predict together: model 2 () finds tumor (1), model 1 lesion (1). Give models",
    );
    await expect(predict(pointwiseEngine(1), [makeModel(1), flair], {})).rejects.toThrow(
      'model 2 (B) takes FLAIR, model 1 FLAIR, T1w.',
    );
    const lower = makeModel(1, { prediction: { ...makeModel(1).description.prediction, threshold: 0.25 } });
    await expect(predict(pointwiseEngine(1), [makeModel(1), lower], {})).rejects.toThrow(
      'The models have different defaults for threshold (0.5, 0.25): give one.',
    );
  });
});

describe('predictSubjects', () => {
  /** Two sound subjects around one whose T1w is missing. */
  async function fixture(): Promise<{ files: MemoryFileAccess; subjects: Subject[] }> {
    const { files, subjects } = await scanFiles();
    const { FLAIR } = subjects[1].images;
    return { files, subjects: subjects.with(1, { ...subjects[1], images: { FLAIR } }) };
  }

  async function run(files: MemoryFileAccess, subjects: Subject[], engine = pointwiseEngine(1)): Promise<string[]> {
    const model = makeModel(1);
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
    ]);
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
    expect(runs).toBe(1);
    expect(output(files)).toEqual([]);
  });
});
