import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MemoryFileAccess } from '../../test/memory-file-access.ts';
import {
  abortAfter,
  runConfig as config,
  FINAL,
  freshFiles as filesOf,
  LATEST,
  logOf,
  type MemoryDataset,
  makeDataset,
  runFiles,
  runOptions,
  withoutTimes,
} from '../../test/memory-run.ts';
import { makeScan } from '../../test/synthetic-scan.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { DataError } from '../errors.ts';
import { decodeModel } from '../model/model-file.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { resumeTraining, type TrainOptions, train } from './train.ts';

let engine: Engine;
let made: MemoryDataset;
let dataset: Dataset;
let subjects: readonly Subject[];

beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(3);
  dataset = made.dataset;
  subjects = dataset.subjects;
});
afterAll(() => engine.close());

const freshFiles = (): MemoryFileAccess => filesOf(made);
const options = (files: MemoryFileAccess, changed: Partial<TrainOptions> = {}): TrainOptions =>
  runOptions(engine, files, changed);

describe('train', () => {
  it('gives the same bytes for the same seed, and others for another', async () => {
    const outcomes = [];
    for (const seed of [4, 4, 5]) {
      const files = freshFiles();
      await train(dataset, config({ seed }), options(files));
      outcomes.push(files);
    }
    const [first, second, other] = outcomes;
    for (const file of [FINAL, LATEST, 'run/model.onnx', 'run/config.json']) {
      expect(second.files.get(file), file).toEqual(first.files.get(file));
      expect(other.files.get(file), file).not.toEqual(first.files.get(file));
    }
  });

  it('describes the run and the model', async () => {
    const files = freshFiles();
    const run = await train(dataset, config({ validation: ['03'], modalities: ['T1w'] }), options(files));
    expect(run.validation.map(({ id }) => id)).toEqual(['sub-03']);
    const { description } = decodeModel(files.files.get('run/model.onnx') as Uint8Array, 'model.onnx');
    expect(description).toMatchObject({
      network: { channels: 1, outputs: 1, growth: 2 },
      preprocess: { modalities: ['T1w'], spacing: [1, 1, 1] },
      labels: [{ value: 1, name: 'lesion' }],
      patch: [8, 8, 8],
      prediction: { views: 2 },
      card: { training: { subjects: ['sub-01', 'sub-02'], held_out: ['sub-03'] } },
    });
    const { steps, validations } = logOf(files);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const { samples } of steps) expect(['sub-01', 'sub-02']).toContain(samples[0].subject);
    expect(validations.map(({ step, subjects: scored }) => [step, Object.keys(scored)])).toEqual([[4, ['sub-03']]]);
  });

  it.each([
    ['none', 1],
    ['mirror', 2],
    ['rotation-180', 4],
    ['standard', 2],
  ])('lets a model trained with the augmentation %s average %d views', async (augmentation, views) => {
    const run = await train(dataset, config({ augmentation, steps: 1 }), options(freshFiles()));
    expect(run.model.description.prediction.views).toBe(views);
  });

  it('goes on after an interruption as if there had been none', async () => {
    const whole = freshFiles();
    await train(dataset, config({ steps: 9, batch: 2 }), options(whole));
    const files = freshFiles();
    const interrupted = train(dataset, config({ steps: 9, batch: 2 }), options(files, abortAfter(2)));
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(runFiles(files)).toEqual([LATEST, 'run/config.json', 'run/fingerprint.json', 'run/log.jsonl']);
    await expect(resumeTraining(dataset, options(files, abortAfter(5)))).rejects.toMatchObject({ name: 'AbortError' });
    expect(logOf(files).steps).toHaveLength(5);
    await resumeTraining(dataset, options(files));
    for (const file of [FINAL, LATEST, 'run/model.onnx']) expect(files.files.get(file)).toEqual(whole.files.get(file));
    expect(withoutTimes(logOf(files))).toEqual(withoutTimes(logOf(whole)));
  });

  it('takes as long as the minutes say, pauses left out, with a learning rate that falls by the clock', async () => {
    const files = freshFiles();
    let time = 1e6;
    // Every look at the clock takes a quarter of a second; each of 30 s.
    const now = (): number => {
      time += 250;
      return time;
    };
    const timed = config({ steps: null, minutes: 0.5, checkpointSeconds: 5 });
    const steps: number[] = [];
    const onEvent: TrainOptions['onEvent'] = ({ unit, done, total }) => {
      if (unit !== 'seconds') return;
      steps.push(done);
      expect(total).toBe(30);
    };
    const stopping = abortAfter(15);
    await expect(train(dataset, timed, options(files, { ...stopping, now }))).rejects.toThrow();
    const before = logOf(files).steps;
    expect(before.at(-1)?.seconds).toBeLessThan(16);
    time += 1e9;
    await resumeTraining(dataset, options(files, { now, onEvent }));
    const log = logOf(files).steps;
    expect(log.slice(0, before.length)).toEqual(before);
    expect(log.at(-1)?.seconds).toBeGreaterThanOrEqual(30);
    expect(log.at(-2)?.seconds).toBeLessThan(30);
    expect(steps.at(-1)).toBe(30);
    for (let index = 1; index < log.length; index++) {
      const progress = log[index - 1].seconds / 30;
      expect(log[index].learningRate).toBeCloseTo(0.001 * (1 - progress) ** 0.9, 12);
    }
  });

  it('writes its log every two seconds, for those who watch, also while no checkpoint is due', async () => {
    const files = freshFiles();
    let time = 0;
    const logged: number[] = [];
    const onEvent: TrainOptions['onEvent'] = ({ label }) => {
      if (label !== 'Training') return;
      expect(files.files.has(LATEST)).toBe(false);
      logged.push(files.files.has('run/log.jsonl') ? logOf(files).steps.length : 0);
      time += 1500;
    };
    const rare = config({ steps: 6, checkpointSeconds: 1000 });
    await train(dataset, rare, options(files, { now: () => time, onEvent }));
    expect(logged).toEqual([0, 0, 2, 2, 4, 4]);
    expect(logOf(files).steps).toHaveLength(6);
  });

  it('may begin anew where no checkpoint was written', async () => {
    const files = freshFiles().set('run/config.json', '{}');
    await train(dataset, config({ steps: 1 }), options(files));
    await expect(train(dataset, config({ steps: 1 }), options(files))).rejects.toThrow(/holds a run already/);
  });

  it('writes nothing when the engine fails from the start, and keeps the checkpoint when it fails later', async () => {
    let runs = Number.POSITIVE_INFINITY;
    const failing: Engine = {
      device: engine.device,
      load: (...parameters) => engine.load(...parameters),
      unload: (name) => engine.unload(name),
      store: async (...parameters) => {
        if (runs === 0) throw new DataError('The compute process was killed.');
        await engine.store(...parameters);
      },
      fetch: (name) => engine.fetch(name),
      run: async (...parameters) => {
        if (--runs < 0) throw new DataError('The compute process was killed.');
        return engine.run(...parameters);
      },
      close: async () => undefined,
    };
    const files = freshFiles();
    runs = 0;
    await expect(train(dataset, config(), options(files, { engine: failing }))).rejects.toThrow(
      'The compute process was killed. There is no checkpoint yet.',
    );
    expect(runFiles(files)).toEqual([]);

    // Two runs a step.
    runs = 7;
    const later = train(dataset, config({ steps: 6, checkpointSeconds: 0 }), options(files, { engine: failing }));
    await expect(later).rejects.toThrow(
      `The compute process was killed. ${LATEST} holds the run up to step 3: continue it with --resume.`,
    );
    await expect(later).rejects.toBeInstanceOf(DataError);
    const { state } = decodeCheckpoint(
      files.files.get(LATEST) as Uint8Array,
      LATEST,
      z.looseObject({ step: z.number() }),
    );
    expect(state.step).toBe(3);
  });

  it('writes nothing when no case has anything to learn', async () => {
    const files = freshFiles();
    // Masks drawn in the air around the head fall away with it.
    for (const { id } of subjects) {
      const { grid, reference } = makeScan(1);
      const corner = reference.map((_, voxel) => (voxel === 0 ? 1 : 0));
      const volume = { kind: 'label', ...grid, data: corner } as const;
      files.set(`${id}_mask.nii`, await encodeNifti(volume, null, { gzip: false }));
      const head = { kind: 'label', ...grid, data: reference } as const;
      files.set(`${id}_brain.nii`, await encodeNifti(head, null, { gzip: false }));
    }
    const masked = subjects.map((subject) => ({ ...subject, brainMask: `${subject.id}_brain.nii` }));
    await expect(train({ ...dataset, subjects: masked }, config(), options(files))).rejects.toThrow(
      /None of the 3 training cases has a voxel of the structure to learn/,
    );
    expect(runFiles(files)).toEqual([]);
  });

  it.each([
    [{ patch: [9, 8, 8] }, /^The patch 9x8x8 must have sides that are multiples of 2, 2, 2 .*, such as \d+x8x8\.$/],
    [{ patch: [2, 2, 2] }, /^The patch 2x2x2 leaves a single voxel at the network's center/],
    [{ modalities: ['FLAIR', 'T3w'] }, /^The dataset Made up has no modality T3w; it has FLAIR, T1w\.$/],
    [{ validation: ['09'] }, /^No subject is called 09; the subjects are sub-01, /],
    [{ fold: 0 }, /^There are 3 patients for 5 folds; use at most 3 folds\.$/],
    [{ beta: [1, 2] }, /^beta has 2 values for 1 foreground classes/],
  ])('refuses %j and writes nothing', async (changed, message) => {
    const files = freshFiles();
    await expect(train(dataset, config(changed), options(files))).rejects.toThrow(message);
    expect(runFiles(files)).toEqual([]);
  });

  it('refuses labels above 255', async () => {
    const labels = [{ value: 300, name: 'far' }];
    await expect(train({ ...dataset, labels }, config(), options(freshFiles()))).rejects.toThrow(
      'The label far has the value 300: renumber the labels to 255 or less.',
    );
  });
});

describe('resumeTraining', () => {
  /** A run of three of its six steps. */
  async function half(): Promise<MemoryFileAccess> {
    const files = freshFiles();
    await train(dataset, config({ steps: 6 }), options(files, abortAfter(3))).catch(() => undefined);
    return files;
  }

  it('refuses a folder without a run, and data that lacks its subjects', async () => {
    await expect(resumeTraining(dataset, options(freshFiles()))).rejects.toThrow('run holds no run to resume');
    const fewer = { ...dataset, subjects: subjects.slice(1) };
    await expect(resumeTraining(fewer, options(await half()))).rejects.toThrow(
      /uses subjects that the dataset lacks now: sub-01\./,
    );
  });

  it.each([
    [
      'run/config.json',
      '{"version": 1}',
      /^run\/config\.json is of another version of rarevox \(1; this one writes 2\)/,
    ],
    ['run/config.json', '{"version": 2}', /^run\/config\.json is damaged/],
    ['run/config.json', '{"version"', /^run\/config\.json is damaged/],
    ['run/log.jsonl', '{"step": 1}\n', /^run\/log\.jsonl is damaged/],
    ['run/log.jsonl', '', /^run\/log\.jsonl is damaged/],
    [LATEST, 'half', /checkpoint_latest\.safetensors is not a usable checkpoint/],
  ])('refuses a damaged %s', async (file, content, message) => {
    const files = (await half()).set(file, content);
    await expect(resumeTraining(dataset, options(files))).rejects.toThrow(message);
    await expect(resumeTraining(dataset, options(files))).rejects.toBeInstanceOf(DataError);
  });

  it('stays on the device that the run was started on, which runs of before there was a choice do not tell', async () => {
    const files = await half();
    const written = await files.readText('run/config.json');
    expect(JSON.parse(written).device).toBe('cpu');
    const onGpu = (await half()).set('run/config.json', written.replace('"device": "cpu"', '"device": "webgpu"'));
    await expect(resumeTraining(dataset, options(onGpu))).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/^The run in run was started on the device webgpu, and stays there/),
    });
    const { device: _, ...older } = JSON.parse(written);
    await resumeTraining(dataset, options(files.set('run/config.json', JSON.stringify(older))));
    expect(JSON.parse(await files.readText('run/config.json')).device).toBe('cpu');
  });

  it('refuses the checkpoint of another network', async () => {
    const files = await half();
    const other = freshFiles();
    await train(dataset, config({ steps: 1, patch: [16, 8, 8], modalities: ['FLAIR'] }), options(other));
    files.set(LATEST, other.files.get(LATEST) as Uint8Array);
    await expect(resumeTraining(dataset, options(files))).rejects.toThrow(
      /belongs to another network than run\/config\.json/,
    );
  });

  it('starts over where the run was killed before its first checkpoint', async () => {
    const whole = freshFiles();
    await train(dataset, config(), options(whole));
    const files = freshFiles().set('run/config.json', whole.files.get('run/config.json') as Uint8Array);
    await resumeTraining(dataset, options(files));
    expect(files.files.get('run/model.onnx')).toEqual(whole.files.get('run/model.onnx'));
  });
});
