import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  abortAfter,
  BEST,
  checkpointOf,
  FINAL,
  freshFiles,
  LATEST,
  logOf,
  type MemoryDataset,
  MODEL,
  makeDataset,
  runConfig,
  runOptions,
  withoutTimes,
} from '../../test/memory-run.ts';
import { PIL } from '../../test/synthetic-scan.ts';
import { augmentationOptionsSchema } from '../augmentation/options.ts';
import type { Engine } from '../engine/engine.ts';
import { lowerProgram } from '../engine/lower-program.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { evaluateFolders } from '../evaluate/evaluate-folders.ts';
import { inferenceProgram } from '../model/inference-program.ts';
import { decodeModel } from '../model/model-file.ts';
import { loadForPrediction } from '../predict/ensemble.ts';
import { resolvePrediction } from '../predict/options.ts';
import { predictSubjects } from '../predict/predict-subjects.ts';
import { prepareCase } from '../preprocess/prepare.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import { assembleBatch } from './batch.ts';
import { trainingCase } from './prepare-subjects.ts';
import { RecipeDrawer } from './recipe.ts';
import { resumeTraining, train } from './train.ts';
import { type ValidationCase, validationInterval, validationPasses } from './validation.ts';

let engine: Engine;
let made: MemoryDataset;
beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(4);
});
afterAll(() => engine.close());

/** Learns enough within a few steps that masks are neither empty nor perfect. */
const LEARNING = { learningRate: 0.02, schedule: 'constant', average: 0.5, loss: 'dice+cross-entropy' };

describe('validation on the way', () => {
  it.each([
    { classes: 1, affine: undefined },
    { classes: 2, affine: undefined },
    // On axes that are neither in order nor of one spacing.
    { classes: 1, affine: PIL },
  ])('gives the very Dice that predict and evaluate give in the end ($classes classes, $affine)', async (scans) => {
    const data = await makeDataset(4, { classes: scans.classes, ...(scans.affine && { affine: scans.affine }) });
    const files = freshFiles(data);
    const { labels } = data.dataset;
    // A brain mask of one's own counts in both.
    const subjects = data.dataset.subjects.map((subject) =>
      subject.id === 'sub-03' ? { ...subject, brainMask: 'sub-03_brain.nii' } : subject,
    );
    files.set('sub-03_brain.nii', files.files.get('sub-03_mask.nii') as Uint8Array);
    const config = runConfig({ ...LEARNING, steps: 16, validation: ['03', '04'], validateEvery: 7 });
    const run = await train({ ...data.dataset, subjects }, config, runOptions(engine, files));

    const loaded = await loadForPrediction(engine, run.model, resolvePrediction(run.model.description, {}));
    const options = { files, out: 'run/validation', saveProbabilities: false, version: '0' };
    await predictSubjects(loaded, run.validation, options);
    const references = run.validation.map(({ id, reference }) => ({ subject: id, path: reference as string }));
    const { summary, cases } = await evaluateFolders(files, 'run/validation', references, {
      connectivity: 18,
      empty: 'null',
      declaredLabels: labels.map(({ value }) => value),
    });

    const { validations } = logOf(files);
    expect(validations.map(({ step }) => step)).toEqual([7, 14, 16]);
    const last = validations[2];
    expect(cases.map(({ subject }) => subject)).toEqual(['sub-03', 'sub-04']);
    for (const { subject, metrics } of cases) {
      for (const { value } of labels) expect(last.subjects[subject][value], subject).toBe(metrics[value].Dice);
    }
    for (const { value } of labels) expect(last.dice[value]).toBe(summary.mean[value].Dice);
    expect(last.meanDice).toBe(summary.foreground_mean.Dice);
    expect(last.meanDice).toBeGreaterThan(0);
  });

  it('has the loss of fixed patches, of the averaged weights and without dropout', async () => {
    const files = freshFiles(made);
    const config = runConfig({
      loss: 'cross-entropy',
      steps: 6,
      validation: ['04'],
      validateEvery: 3,
      average: 0.9,
      modalities: ['FLAIR'],
      augmentation: 'standard',
    });
    const run = await train(made.dataset, config, runOptions(engine, files));

    // The held-out scan, read and prepared here.
    const image = await readImage(files, 'sub-04_FLAIR.nii');
    const reference = await readLabels(files, 'sub-04_mask.nii');
    const { preprocess, network, patch } = run.description;
    const prepared = prepareCase({ images: [image.volume], reference: reference.volume }, preprocess);
    const source = trainingCase('sub-04', { ...prepared, reference: prepared.reference as Uint8Array });
    const drawer = new RecipeDrawer([source], {
      patch,
      batch: 1,
      selection: config.selection,
      augmentation: augmentationOptionsSchema.parse('none'),
      modalityDropout: 0,
      seed: config.seed,
    });
    const { parameters } = decodeModel(files.files.get(MODEL) as Uint8Array, MODEL);
    const lowered = lowerProgram(inferenceProgram(network, patch), {
      form: 'plain',
      parameters: { kind: 'values', values: parameters },
    });
    await engine.load('independent', lowered, { optimize: false });
    let sum = 0;
    for (let index = 0; index < 16; index++) {
      const batch = assembleBatch(drawer.next(), [source], { patch, labelValues: [1], lossWithin: 'volume' });
      const { probabilities } = await engine.run('independent', {
        feeds: { image: { kind: 'tensor', tensor: batch.image } },
        returned: ['probabilities'],
      });
      // The mean of -ln p of the right class over the voxels that count.
      let entropy = 0;
      let counted = 0;
      for (let voxel = 0; voxel < batch.weight.data.length; voxel++) {
        if (batch.weight.data[voxel] === 0) continue;
        const p = probabilities.data[voxel];
        entropy -= Math.log(batch.reference.data[voxel] === 1 ? p : 1 - p);
        counted++;
      }
      sum += entropy / counted;
    }
    await engine.unload('independent');
    const { validations } = logOf(files);
    expect(validations.map(({ step }) => step)).toEqual([3, 6]);
    expect(validations[1].loss).toBeCloseTo(sum / 16, 5);
  });

  it.each([
    [null, []],
    [4, [4, 8, 10]],
    [5, [5, 10]],
    // A multiple of 50 steps is beyond this run's end, where it is validated in any case.
    ['auto', [10]],
  ])('comes every %j steps and at the end', async (validateEvery, expected) => {
    const files = freshFiles(made);
    await train(made.dataset, runConfig({ steps: 10, validation: ['04'], validateEvery }), runOptions(engine, files));
    expect(logOf(files).validations.map(({ step }) => step)).toEqual(expected);
    expect(files.files.has(BEST)).toBe(expected.length > 0);
  });

  it('changes nothing of the training', async () => {
    const trained = async (validateEvery: number | null) => {
      const files = freshFiles(made);
      const config = runConfig({ steps: 6, validation: ['04'], validateEvery, loss: 'dice' });
      await train(made.dataset, config, runOptions(engine, files));
      return { tensors: checkpointOf(files, FINAL).tensors, steps: withoutTimes({ ...logOf(files), validations: [] }) };
    };
    expect(await trained(2)).toEqual(await trained(null));
  });

  it('keeps the first checkpoint with the highest Dice as the best one', async () => {
    const files = freshFiles(made);
    const states = new Map<number, Uint8Array>();
    const config = runConfig({
      ...LEARNING,
      steps: 12,
      validation: ['03', '04'],
      validateEvery: 1,
      checkpointSeconds: 1e6,
    });
    await train(
      made.dataset,
      config,
      runOptions(engine, files, {
        onCheckpoint: async (_, { steps }) => {
          states.set(steps.length, files.files.get(LATEST) as Uint8Array);
        },
      }),
    );
    const { validations } = logOf(files);
    const highest = Math.max(...validations.map(({ meanDice }) => meanDice ?? 0));
    expect(highest).toBeGreaterThan(0);
    const first = validations.find(({ meanDice }) => meanDice === highest)?.step as number;
    const best = checkpointOf(files, BEST);
    expect(best.state.validation.best).toEqual({ step: first, meanDice: highest });
    expect(best.state.step).toBe(first);
    // Both its last and its averaged weights are those of that step.
    expect(files.files.get(BEST)).toEqual(states.get(first));
    expect(Object.keys(best.tensors).some((name) => name.startsWith('averaged/'))).toBe(true);
    expect(checkpointOf(files, FINAL).state.validation.best).toEqual({ step: first, meanDice: highest });
  });

  it('keeps what was trained when it is interrupted, and goes on to the same end', async () => {
    const config = runConfig({ steps: 6, validation: ['03', '04'], validateEvery: 3 });
    const whole = freshFiles(made);
    await train(made.dataset, config, runOptions(engine, whole));
    const files = freshFiles(made);
    const controller = new AbortController();
    const interrupted = train(
      made.dataset,
      config,
      runOptions(engine, files, {
        signal: controller.signal,
        onEvent: ({ label, done }) => {
          if (label === 'Validating' && done === 1) controller.abort();
        },
      }),
    );
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(checkpointOf(files, LATEST).state).toMatchObject({ step: 3, validation: { step: 0, best: null } });
    expect(logOf(files)).toMatchObject({ steps: [{ step: 1 }, { step: 2 }, { step: 3 }], validations: [] });
    expect(files.files.has(BEST)).toBe(false);
    await resumeTraining(made.dataset, runOptions(engine, files));
    for (const file of [FINAL, LATEST, BEST, MODEL]) expect(files.files.get(file), file).toEqual(whole.files.get(file));
    expect(withoutTimes(logOf(files))).toEqual(withoutTimes(logOf(whole)));
  });

  it('is not repeated by a run that is interrupted right after it', async () => {
    const config = runConfig({ steps: 6, validation: ['04'], validateEvery: 3 });
    const files = freshFiles(made);
    await expect(train(made.dataset, config, runOptions(engine, files, abortAfter(4)))).rejects.toThrow();
    expect(logOf(files).validations.map(({ step }) => step)).toEqual([3]);
    await resumeTraining(made.dataset, runOptions(engine, files));
    expect(logOf(files).validations.map(({ step }) => step)).toEqual([3, 6]);
  });

  it('hands each prediction on', async () => {
    const files = freshFiles(made);
    const seen: string[] = [];
    const config = runConfig({ steps: 2, validation: ['03', '04'], validateEvery: 1 });
    await train(
      made.dataset,
      config,
      runOptions(engine, files, {
        onPrediction: ({ id, reference, scan }, mask) => {
          seen.push(id);
          expect(mask.shape).toEqual(reference.shape);
          expect(scan.shape).toEqual(reference.shape);
        },
      }),
    );
    expect(seen).toEqual(['sub-03', 'sub-04', 'sub-03', 'sub-04']);
  });
});

describe('validationInterval', () => {
  it.each([
    // A step of one patch takes 3 passes: 30 passes are a tenth of 100 steps.
    [30, 1, 100],
    [30, 2, 50],
    [31, 1, 150],
    [1, 1, 50],
    [480, 1, 1600],
    [480, 4, 400],
  ])('for %d passes and %d patches a step is %d steps', (passes, patches, steps) => {
    expect(validationInterval(passes, patches)).toBe(steps);
    expect(passes / (passes + 3 * patches * steps)).toBeLessThanOrEqual(0.1);
  });
});

describe('validationPasses', () => {
  it('counts tiles and views', () => {
    const shapes = [
      [16, 16, 16],
      [8, 8, 20],
    ] as const;
    const cases = shapes.map((shape) => ({ prepared: { grid: { shape } } })) as unknown as ValidationCase[];
    const settings = {
      patch: [8, 8, 8],
      overlap: 0.5,
      padding: 'fit',
      views: 2,
      window: 'spline',
      threshold: 0.5,
    } as const;
    // Tiles every 4 voxels: 3 along 16, 4 along 20 and 1 along 8.
    expect(validationPasses(cases, settings)).toBe(2 * (27 + 4));
    expect(validationPasses(cases, { ...settings, overlap: 0, views: 1 })).toBe(8 + 3);
  });
});
