import { describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { expectedOf, pointwiseEngine } from '../../test/pointwise-engine.ts';
import { scanFiles } from '../../test/scan-files.ts';
import { makeScan, PIL, RAS } from '../../test/synthetic-scan.ts';
import type { Engine } from '../engine/engine.ts';
import type { ModelDescription } from '../model/model-card.ts';
import type { Model } from '../model/model-file.ts';
import type { Affine, ScalarVolume, Triple } from '../volume/volume.ts';
import { loadForPrediction } from './ensemble.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { type Prediction, predict } from './predict.ts';
import { predictSubjects } from './predict-subjects.ts';

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
    const options = { voteSpread: true };
    const { mask, probabilities, voteSpread } = await predict(pointwiseEngine(3), makeModel(3), volumes, options);
    expect(voteSpread).toHaveLength(2);
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
      'The model needs the modalities FLAIR, T1w: T1w is missing. It was not trained to do without',
    );
  });

  it('does with those there are where all models were trained so, as with zeros in place of the others', async () => {
    const { grid, images } = makeScan(3);
    const T1w: ScalarVolume = { kind: 'scalar', ...grid, data: images.T1w };
    const sparse = makeModel(1, { missingModalities: 'allowed' });
    const { probabilities } = await predict(pointwiseEngine(1), sparse, { T1w });
    // The network looks at the first channel, FLAIR, which is 0; the brain is that of T1w.
    for (const [voxel, p] of probabilities[0].data.entries()) {
      expect(p).toBeCloseTo(images.T1w[voxel] === 0 ? 0 : 0.5, 6);
    }
    const FLAIR: ScalarVolume = { kind: 'scalar', ...grid, data: images.FLAIR };
    const alone = await predict(pointwiseEngine(1), sparse, { FLAIR });
    expect(alone).toEqual(await predict(pointwiseEngine(1), makeModel(1), { FLAIR, T1w }));
    await expect(predict(pointwiseEngine(1), sparse, {})).rejects.toThrow(
      'The model takes the modalities FLAIR, T1w: give at least one of them.',
    );
    await expect(predict(pointwiseEngine(1), [sparse, makeModel(1)], { FLAIR })).rejects.toThrow('T1w is missing');
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
