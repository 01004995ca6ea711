import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointOf,
  FINAL,
  freshFiles,
  LATEST,
  logOf,
  type MemoryDataset,
  makeDataset,
  runConfig,
  runOptions,
} from '../../test/memory-run.ts';
import type { Engine } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { train } from './train.ts';
import { TrainingSession } from './training-session.ts';

let engine: Engine;
let made: MemoryDataset;
beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(2);
});
afterAll(() => engine.close());

const NETWORK = { initialFilters: 4, growth: 2, layers: 1, levels: 1, stemStride: [1, 1, 1] };

async function trained(changed: object) {
  const files = freshFiles(made);
  /** All vectors after each step. */
  const states: Awaited<ReturnType<typeof checkpointOf>>['tensors'][] = [];
  const run = await train(
    made.dataset,
    runConfig({ checkpointSeconds: 0, ...changed }),
    runOptions(engine, files, {
      onCheckpoint: async (_, { steps }) => {
        states[steps.length - 1] = checkpointOf(files, LATEST).tensors;
      },
    }),
  );
  return { run, states, log: logOf(files), final: checkpointOf(files, FINAL).tensors };
}

describe('accumulated gradients', () => {
  // A mean over voxels and normalization of each sample by itself: two batches of one are a batch of two.
  it.each([
    ['sgd', { momentum: 0.9 }],
    // Of two nearly equal gradients near 0 Adam makes steps of different signs: its epsilon is far below.
    ['sgd', { momentum: 0, clip: 0.01 }],
  ])('of two batches of one are those of a batch of two (%s, %j)', async (optimizer, options) => {
    const common = {
      ...options,
      optimizer,
      loss: 'cross-entropy',
      network: { ...NETWORK, dropout: 0 },
      augmentation: 'standard',
      steps: 3,
      learningRate: 0.1,
    };
    const two = await trained({ ...common, batch: 2 });
    const twice = await trained({ ...common, batch: 1, accumulate: 2 });
    expect(twice.log.steps.map(({ samples }) => samples)).toEqual(two.log.steps.map(({ samples }) => samples));
    for (const [step, { loss, gradientNorm }] of two.log.steps.entries()) {
      expect(Math.abs(twice.log.steps[step].loss / loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(twice.log.steps[step].gradientNorm / gradientNorm - 1)).toBeLessThan(1e-5);
    }
    for (const [name, { data }] of Object.entries(two.final)) {
      for (const [index, value] of data.entries()) {
        expect(Math.abs(twice.final[name].data[index] - value), name).toBeLessThan(1e-5);
      }
    }
  });

  it('average the moving statistics of the batches', async () => {
    const network = { ...NETWORK, normalization: 'batch', dropout: 0 };
    // One batch twice, so that the mean of both is that of one.
    const common = { network, loss: 'cross-entropy', steps: 1, augmentation: 'none' };
    const { run, log } = await trained({ ...common, accumulate: 2 });
    const first = await trained({ ...common, accumulate: 1 });
    expect(log.steps[0].samples).toHaveLength(2);
    expect(log.steps[0].samples[0]).toEqual(first.log.steps[0].samples[0]);
    const means = [...run.model.parameters].filter(([name]) => name.endsWith('.mean'));
    expect(means.length).toBeGreaterThan(0);
    for (const [, values] of means) for (const value of values) expect(Math.abs(value)).toBeLessThan(0.1);
  });
});

describe('the averaged weights', () => {
  it('are those of the model, and the average of the weights after each step', async () => {
    const { run, states } = await trained({ steps: 5, average: 0.3, learningRate: 0.01, validateEvery: null });
    const session = new TrainingSession(engine, {
      network: run.description.network,
      patch: run.description.patch,
      batch: 1,
      loss: (b) => b.constant(0),
      optimizer: run.description.config,
      seed: 0,
    });
    const initial = session.toTensors(session.initialVectors());
    for (const [name, values] of run.model.parameters) {
      const average = Float64Array.from(initial[`parameters/${name}`].data);
      for (const [index, tensors] of states.entries()) {
        const step = index + 1;
        const decay = Math.min(0.3, (1 + step) / (10 + step));
        const weights = tensors[`parameters/${name}`].data;
        for (let i = 0; i < average.length; i++) average[i] = decay * average[i] + (1 - decay) * weights[i];
        for (let i = 0; i < average.length; i++) {
          expect(Math.abs(tensors[`averaged/${name}`].data[i] - average[i]), name).toBeLessThan(1e-6);
        }
      }
      expect(values, name).toEqual(states[4][`averaged/${name}`].data);
    }
    const heads = ['parameters', 'averaged'].map((vector) => states[4][`${vector}/head.weight`].data);
    expect(heads[0]).not.toEqual(heads[1]);
  });

  it('are the last ones without an average', async () => {
    const { run, states } = await trained({ steps: 3, average: 0 });
    expect(Object.keys(states[2]).some((name) => name.startsWith('averaged/'))).toBe(false);
    for (const [name, values] of run.model.parameters) {
      expect(values, name).toEqual(states[2][`parameters/${name}`].data);
    }
  });
});

describe('an automatic beta', () => {
  it("is told with the voxels' share, and stored", async () => {
    const files = freshFiles(made);
    const warnings: string[] = [];
    const options = runOptions(engine, files, { onWarning: (message) => warnings.push(message) });
    const { description } = await train(made.dataset, runConfig({ beta: 'auto', steps: 1 }), options);
    const beta = description.loss.automaticBetas?.[0];
    if (beta === undefined || beta.uncapped === null) throw new Error('there is a rule for beta');
    // b^2 / (1 + b^2) = 1 - share
    expect(beta.uncapped).toBeCloseTo(Math.sqrt((1 - beta.share) / beta.share), 10);
    expect(beta.beta).toBe(3);
    const percent = Number((100 * beta.share).toPrecision(3));
    expect(warnings).toEqual([
      `beta of lesion: 3 (${percent} % of the counted voxels; the rule without its cap gives ${Number(beta.uncapped.toPrecision(3))}).`,
    ]);
    const stored = JSON.parse(new TextDecoder().decode(files.files.get('run/config.json'))) as typeof description;
    expect(stored.loss).toEqual(description.loss);
    expect(stored.loss.terms).toEqual([{ name: 'asymmetric', weight: 1, betas: [3], smoothing: 0 }]);
    expect(stored.config.beta).toBe('auto');
  });
});
