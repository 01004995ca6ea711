import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryFileAccess } from '../../test/memory-file-access.ts';
import {
  abortAfter,
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
import type { Engine } from '../engine/engine.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { UsageError } from '../errors.ts';
import { type Extension, resumeTraining, type TrainOptions, train } from './train.ts';

let engine: Engine;
let made: MemoryDataset;
beforeAll(async () => {
  engine = new OrtEngine(runtime, { threads: 1 });
  made = await makeDataset(2);
});
afterAll(() => engine.close());

async function trained(changed: object, options: Partial<TrainOptions> = {}): Promise<MemoryFileAccess> {
  const files = freshFiles(made);
  await train(made.dataset, runConfig({ ...changed }), runOptions(engine, files, options));
  return files;
}

async function resume(files: MemoryFileAccess, extension: Extension | null, options: Partial<TrainOptions> = {}) {
  await resumeTraining(made.dataset, runOptions(engine, files, options), extension);
}

function expectSame(files: MemoryFileAccess, expected: MemoryFileAccess): void {
  for (const file of [FINAL, LATEST, MODEL, 'run/config.json']) {
    expect(files.files.get(file), file).toEqual(expected.files.get(file));
  }
  expect(withoutTimes(logOf(files))).toEqual(withoutTimes(logOf(expected)));
}

/** No step changes anything to speak of, so that no validation is better than the first. */
const STANDSTILL = { learningRate: 1e-12, average: 0, steps: 20, validation: ['02'], validateEvery: 2, patience: 3 };

describe('patience', () => {
  it('ends a run after so many validations without a better Dice, the same one every time', async () => {
    const files = await trained(STANDSTILL);
    // The first is the best one, or has no Dice above 0 to be better than; three more are waited for.
    const { steps, validations } = logOf(files);
    expect(validations.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    expect(steps).toHaveLength(8);
    expect(checkpointOf(files, FINAL).state.validation).toMatchObject({ step: 8, best: { step: 2 }, waited: 3 });
    expectSame(await trained(STANDSTILL), files);
  });

  it('ends a run that is interrupted and resumed at the same step', async () => {
    const whole = await trained(STANDSTILL);
    const files = freshFiles(made);
    const begun = train(made.dataset, runConfig(STANDSTILL), runOptions(engine, files, abortAfter(5)));
    await expect(begun).rejects.toMatchObject({ name: 'AbortError' });
    await resume(files, null);
    expectSame(files, whole);
    // Once more changes nothing.
    await resume(files, null);
    expectSame(files, whole);
  });
});

describe('the extension of a run', () => {
  it('comes to what one run of that length comes to, under a constant rate', async () => {
    const changed = { schedule: 'constant', average: 0.9, network: { ...BATCH_NORMALIZED } };
    const whole = await trained({ ...changed, steps: 7 });
    const files = await trained({ ...changed, steps: 3 });
    await resume(files, { steps: 7 });
    expectSame(files, whole);
  });

  it('comes to the same when it is interrupted, also where the command is repeated', async () => {
    const whole = await trained({ steps: 3 });
    await resume(whole, { steps: 8 });
    const files = await trained({ steps: 3 });
    await expect(resume(files, { steps: 8 }, abortAfter(5))).rejects.toMatchObject({ name: 'AbortError' });
    await expect(resume(files, { steps: 8 }, abortAfter(6))).rejects.toMatchObject({ name: 'AbortError' });
    await resume(files, null);
    expectSame(files, whole);
  });

  it('goes on with the rate where the schedule is for the new length', async () => {
    const files = await trained({ steps: 4, learningRate: 0.01 });
    await resume(files, { steps: 10 });
    const rates = logOf(files).steps.map(({ learningRate }) => learningRate);
    const rate = (step: number, steps: number): number => 0.01 * (1 - step / steps) ** 0.9;
    const expected = Array.from({ length: 10 }, (_, step) => rate(step, step < 4 ? 4 : 10));
    for (const [step, value] of expected.entries()) expect(rates[step]).toBeCloseTo(value, 12);
  });

  it('makes a run that its patience ended wait anew', async () => {
    const files = await trained(STANDSTILL);
    await resume(files, { steps: 30 });
    expect(logOf(files).validations.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(checkpointOf(files, FINAL).state.validation).toMatchObject({ best: { step: 2 }, waited: 3 });
    // The same length again is no extension.
    await resume(files, { steps: 30 });
    expect(logOf(files).steps).toHaveLength(14);

    const interrupted = await trained(STANDSTILL);
    await expect(resume(interrupted, { steps: 30 }, abortAfter(11))).rejects.toMatchObject({ name: 'AbortError' });
    await resume(interrupted, null);
    expectSame(interrupted, files);
  });

  it.each([
    [{ steps: 2 }, /^The run's length is 3 steps: to extend it, give more than that\.$/],
    [{ minutes: 5 }, /^The run's length is 3 steps: extend it with --steps\.$/],
  ])('is refused where it is none: %j', async (extension, message) => {
    const files = await trained({ steps: 3 });
    const before = new Map(files.files);
    await expect(resume(files, extension)).rejects.toThrow(message);
    await expect(resume(files, extension)).rejects.toBeInstanceOf(UsageError);
    expect(files.files).toEqual(before);
  });

  it('is possible by the clock too', async () => {
    let time = 0;
    const now = (): number => {
      time += 1000;
      return time;
    };
    const files = await trained({ steps: null, minutes: 0.2 }, { now });
    const before = logOf(files).steps.length;
    await expect(resume(files, { steps: 100 }, { now })).rejects.toThrow(
      "The run's length is 0.2 minutes: extend it with --minutes.",
    );
    await resume(files, { minutes: 0.4 }, { now });
    const { steps } = logOf(files);
    expect(steps.length).toBeGreaterThan(before);
    expect(steps.at(-1)?.seconds).toBeGreaterThanOrEqual(24);
    expect(steps.at(-2)?.seconds).toBeLessThan(24);
  });
});

const BATCH_NORMALIZED = {
  initialFilters: 4,
  growth: 2,
  layers: 1,
  levels: 1,
  stemStride: [1, 1, 1],
  normalization: 'batch',
};
