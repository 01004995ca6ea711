import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryFileAccess } from '../../test/memory-file-access.ts';
import {
  abortAfter,
  checkpointOf,
  FINAL,
  freshFiles,
  LATEST,
  type MemoryDataset,
  MODEL,
  makeDataset,
  runConfig,
  runFiles,
  runOptions,
} from '../../test/memory-run.ts';
import type { Engine } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { DataError } from '../errors.ts';
import type { Model } from '../model/model-file.ts';
import { resumeTraining, type TrainOptions, train } from './train.ts';

let engine: Engine;
let made: MemoryDataset;
let model: Model;
/** The weights change in the first step by less than float32 can tell. */
const STILL = { learningRate: 1e-30, steps: 1, warmStart: 'old.onnx', l2: 0 };

beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(2);
  const config = runConfig({ steps: 3, learningRate: 0.01, seed: 9 });
  model = (await train(made.dataset, config, runOptions(engine, freshFiles(made)))).model;
});
afterAll(() => engine.close());

async function start(changed: object, options: Partial<TrainOptions> = {}) {
  const files = freshFiles(made);
  const warnings: string[] = [];
  const onWarning = (message: string): void => {
    warnings.push(message);
  };
  const config = runConfig({ ...STILL, ...changed });
  const run = await train(made.dataset, config, runOptions(engine, files, { warmStart: model, onWarning, ...options }));
  return { run, files, warnings };
}

describe('a warm start', () => {
  it("begins with the model's weights, the averaged ones too", async () => {
    const { run, files, warnings } = await start({});
    expect(warnings).toEqual([]);
    expect(run.model.parameters).toEqual(model.parameters);
    const { tensors } = checkpointOf(files, FINAL);
    for (const [name, values] of model.parameters) {
      expect(tensors[`parameters/${name}`].data, name).toEqual(values);
      expect(tensors[`averaged/${name}`].data, name).toEqual(values);
    }
    const fresh = await start({}, { warmStart: undefined });
    expect(fresh.run.model.parameters).not.toEqual(model.parameters);
  });

  it('takes what fits from a model of other channels, and says what starts afresh', async () => {
    const { run, warnings } = await start({ modalities: ['FLAIR'] });
    const others = [...run.model.parameters].filter(
      ([name, values]) => values.length !== model.parameters.get(name)?.length,
    );
    expect(others).toHaveLength(1);
    const [[name, values]] = others;
    expect(warnings).toEqual([
      `${run.model.parameters.size - 1} of ${run.model.parameters.size} parameters start from old.onnx; the others have another size and start afresh: ${name}.`,
    ]);
    for (const [other, lent] of model.parameters) {
      if (other !== name) expect(run.model.parameters.get(other), other).toEqual(lent);
    }
    const fresh = await start({ modalities: ['FLAIR'] }, { warmStart: undefined });
    expect(values).toEqual(fresh.run.model.parameters.get(name));
  });

  it.each([
    {
      network: { architecture: 'unet', initialFilters: 4, levels: 1, stemStride: [1, 1, 1] },
      message:
        'old.onnx is of the architecture fc-densenet, and the network to train of unet: start from a model of the same architecture, or leave --warm-start out.',
    },
    {
      network: { initialFilters: 6, growth: 3, layers: 1, levels: 1, stemStride: [1, 1, 1] },
      message: /^old\.onnx has no weights in common with the network to train: /,
    },
  ])('is refused from another network ($message), before anything is written', async ({ network, message }) => {
    const files = freshFiles(made);
    let isOpen = false;
    const options = runOptions(engine, files, {
      warmStart: model,
      batchSource: () => {
        isOpen = true;
        throw new Error('no threads are started');
      },
    });
    const refused = train(made.dataset, runConfig({ ...STILL, network }), options);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(DataError);
    expect(runFiles(files)).toEqual([]);
    expect(isOpen).toBe(false);
  });

  it('is forgotten by a run that goes on from a checkpoint, and refused by one that has none', async () => {
    const config = runConfig({ ...STILL, learningRate: 0.001, steps: 4 });
    const whole = freshFiles(made);
    await train(made.dataset, config, runOptions(engine, whole, { warmStart: model }));
    const files = freshFiles(made);
    const options = runOptions(engine, files, { warmStart: model, ...abortAfter(2) });
    await expect(train(made.dataset, config, options)).rejects.toMatchObject({ name: 'AbortError' });
    await resumeTraining(made.dataset, runOptions(engine, files));
    expectSame(files, whole);

    files.files.delete(LATEST);
    await expect(resumeTraining(made.dataset, runOptions(engine, files))).rejects.toThrow(
      'The run in run ended before its first checkpoint, and it starts from old.onnx: start it anew in the same folder, without --resume.',
    );
    await train(made.dataset, config, runOptions(engine, files, { warmStart: model }));
    expectSame(files, whole);
  });
});

function expectSame(files: MemoryFileAccess, expected: MemoryFileAccess): void {
  for (const file of [FINAL, MODEL]) expect(files.files.get(file), file).toEqual(expected.files.get(file));
}
