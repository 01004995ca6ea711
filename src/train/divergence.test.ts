import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointOf,
  freshFiles,
  LATEST,
  logOf,
  type MemoryDataset,
  makeDataset,
  runConfig,
  runFiles,
  runOptions,
} from '../../test/memory-run.ts';
import { makeScan } from '../../test/synthetic-scan.ts';
import type { Engine, RunRequest } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { DivergenceError, rateWarning, stall } from './divergence.ts';
import type { StepFigures } from './run-log.ts';
import { train } from './train.ts';

let engine: Engine;
let made: MemoryDataset;
beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(2);
});
afterAll(() => engine.close());

/** Trains in vain. */
async function fault(changed: object, own: Engine = engine) {
  const files = freshFiles(made);
  const warnings: string[] = [];
  const options = runOptions(own, files, { onWarning: (message) => warnings.push(message) });
  const message = await train(made.dataset, runConfig({ steps: 200, ...changed }), options).then(
    () => 'trained',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { message, files, warnings };
}

const PLACE = String.raw`\(patches of sub-0\d from voxel -?\d+,-?\d+,-?\d+(; sub-0\d from voxel -?\d+,-?\d+,-?\d+)*\)`;
const ADVICE = String.raw`train again in another folder with a smaller --learning-rate or with --clip 12, or check these scans\.`;

describe('a run that goes astray', () => {
  it.each([
    { optimizer: 'sgd', learningRate: 1e6, usual: 2 },
    { optimizer: 'adam', learningRate: 1e12, usual: 0.05 },
  ])('warns of a rate as $optimizer $learningRate, and ends within few steps', async ({ usual, ...changed }) => {
    const { message, files, warnings } = await fault({
      ...changed,
      batch: 2,
      schedule: 'constant',
      loss: 'cross-entropy',
      checkpointSeconds: 0,
    });
    const { optimizer, learningRate } = changed;
    expect(warnings[0]).toBe(
      `A learning rate of ${learningRate} is very large for ${optimizer} (usual: 0.0001 to 0.01; above ${usual} training tends to go astray).`,
    );
    expect(message).toMatch(
      new RegExp(
        `^(The loss|The gradient|A weight) stopped being a finite number at step \\d+ ${PLACE}: ${ADVICE} (There is no checkpoint yet|run/checkpoint_latest\\.safetensors holds the run up to step \\d+)\\.$`,
      ),
    );
    const step = Number(/at step (\d+)/.exec(message)?.[1]);
    expect(step).toBeLessThanOrEqual(20);
    if (!files.files.has(LATEST)) return;
    const { state, tensors } = checkpointOf(files, LATEST);
    expect(message).toContain(`up to step ${state.step}.`);
    for (const { data } of Object.values(tensors)) expect(data.every(Number.isFinite)).toBe(true);
  });

  it('names the step, its patches and the last good checkpoint when a gradient is not finite', async () => {
    let updates = 0;
    const broken = wrapped(async (model, request) => {
      const results = await engine.run(model, request);
      if (model !== 'update' || ++updates < 4) return results;
      return { gradientNorm: { shape: [], data: Float32Array.of(Number.POSITIVE_INFINITY) } };
    });
    const { message, files } = await fault({ checkpointSeconds: 0 }, broken);
    const last = checkpointOf(files, LATEST);
    expect(last.state.step).toBe(3);
    expect(message).toMatch(
      new RegExp(`^The gradient stopped being a finite number at step 4 ${PLACE}: .*holds the run up to step 3\\.$`),
    );
    expect(logOf(files).steps).toHaveLength(3);
  });

  it('never lets a loss that is no number reach the weights', async () => {
    let gradients = 0;
    const broken = wrapped(async (model, request) => {
      const results = await engine.run(model, request);
      if (model === 'update') expect(gradients).toBeLessThan(3);
      if (model !== 'gradient' || ++gradients < 3) return results;
      return { loss: { shape: [], data: Float32Array.of(Number.NaN) } };
    });
    const { message } = await fault({ checkpointSeconds: 1000 }, broken);
    expect(message).toMatch(/^The loss stopped .* at step 3 .* There is no checkpoint yet\.$/);
  });

  it('tells a validation loss that is no number from one that there is not', async () => {
    const broken = wrapped(async (model, request) => {
      if (model !== 'loss') return engine.run(model, request);
      return { loss: { shape: [], data: Float32Array.of(Number.NaN) } };
    });
    const { message, files } = await fault({ steps: 2, validation: ['02'], validateEvery: 1 }, broken);
    expect(message).toMatch(/^The validation loss stopped being a finite number at step 1 /);
    expect(runFiles(files)).not.toContain('run/model.onnx');
  });

  it('stops after 100 steps without a gradient', async () => {
    const still = wrapped(async (model, request) => {
      const results = await engine.run(model, request);
      return model === 'update' ? { gradientNorm: { shape: [], data: Float32Array.of(0) } } : results;
    });
    const { message, files } = await fault({ steps: 120, checkpointSeconds: 1000, modalities: ['FLAIR'] }, still);
    expect(message).toMatch(
      /^The last 100 steps up to step 100 had a gradient of exactly 0, so that the network learns nothing more: train again .*\(--loss asymmetric\+cross-entropy\)\. There is no checkpoint yet\.$/,
    );
    expect(files.files.has(LATEST)).toBe(false);
  });

  it('is caught before it begins where a scan holds no numbers', async () => {
    const files = freshFiles(made);
    const { grid, images } = makeScan(1);
    const values = images.FLAIR.slice();
    values.fill(Number.NaN, 700, 702);
    files.set('sub-01_FLAIR.nii', await encodeNifti({ kind: 'scalar', ...grid, data: values }, null, { gzip: false }));
    await expect(train(made.dataset, runConfig(), runOptions(engine, files))).rejects.toThrow(
      /^sub-01_FLAIR\.nii: 2 of its 3510 voxels are NaN or infinite; /,
    );
    expect(runFiles(files)).toEqual([]);
  });
});

describe('stall', () => {
  const steps = (norms: readonly number[]): StepFigures[] =>
    norms.map((gradientNorm, index) => ({
      step: index + 1,
      loss: 1,
      learningRate: 1,
      gradientNorm,
      seconds: 0,
      dataSeconds: 0,
    }));
  const zeros = (count: number): number[] => new Array<number>(count).fill(0);

  it('takes 100 steps in a row, whatever came before', () => {
    expect(stall(steps(zeros(99)))).toBeNull();
    expect(stall(steps(zeros(100)))).toBeInstanceOf(DivergenceError);
    expect(stall(steps([0, 0, 1e-30, ...zeros(99)]))).toBeNull();
    expect(stall(steps([0, 0, 1e-30, ...zeros(100)]))?.message).toContain('up to step 103');
  });
});

describe('rateWarning', () => {
  it.each([
    ['adam', 0.05, null],
    ['adamw', 0.051, /^A learning rate of 0\.051 is very large for adamw/],
    ['sgd', 2, null],
    ['sgd', 2.5, /above 2 training/],
  ] as const)('for %s at %d', (optimizer, rate, message) => {
    if (message === null) expect(rateWarning(optimizer, rate)).toBeNull();
    else expect(rateWarning(optimizer, rate)).toMatch(message);
  });
});

/** The engine with another way to run. */
function wrapped(run: (model: string, request: RunRequest) => ReturnType<Engine['run']>): Engine {
  return {
    device: engine.device,
    load: (...parameters) => engine.load(...parameters),
    unload: (name) => engine.unload(name),
    store: (...parameters) => engine.store(...parameters),
    fetch: (name) => engine.fetch(name),
    run,
    close: async () => undefined,
  };
}
