import { describe, expect, it } from 'vitest';
import { freshFiles, makeDataset } from '../../test/memory-run.ts';
import { tinyConfig } from '../../test/synthetic-scan.ts';
import type { Experiment } from './config.ts';
import { canonicalJson, keyOf } from './keys.ts';
import { planExperiment } from './plan.ts';
import { identityOf, trainingOf } from './training.ts';

function experimentOf(changed: Partial<Experiment> = {}): Experiment {
  return {
    name: 'betas',
    title: 'Betas',
    duration: 'seconds',
    notes: [],
    folds: { by: 'patient', count: 2, seed: 0 },
    base: tinyConfig(),
    prediction: {},
    arms: [
      { name: 'one', training: { beta: 1 }, prediction: {} },
      { name: 'three', training: { beta: 3 }, prediction: {} },
      { name: 'three, uniform', training: { beta: 3 }, prediction: { window: 'uniform' } },
    ],
    baselines: [],
    seeds: [0, 1],
    figures: ['Dice'],
    comparisons: [],
    claims: [],
    ...changed,
  };
}

const made = await makeDataset(4);

function plan(changed: Partial<Experiment> = {}, sites: Readonly<Record<string, string>> = {}) {
  const subjects = made.dataset.subjects.map((subject) => {
    const site = sites[subject.id];
    return site === undefined ? subject : { ...subject, site };
  });
  return planExperiment(freshFiles(made), { ...made.dataset, subjects }, experimentOf(changed));
}

describe('planExperiment', () => {
  it('trains once what several arms share, and goes through all arms of a seed first', async () => {
    const { runs, cells } = await plan();
    expect(runs.map(({ label }) => label)).toEqual([
      'one; fold 0, seed 0',
      'three, three, uniform; fold 0, seed 0',
      'one; fold 1, seed 0',
      'three, three, uniform; fold 1, seed 0',
      'one; fold 0, seed 1',
      'three, three, uniform; fold 0, seed 1',
      'one; fold 1, seed 1',
      'three, three, uniform; fold 1, seed 1',
    ]);
    expect(cells).toHaveLength(12);
    expect(runs.map(({ results }) => results.length)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
    expect(new Set(cells.map(({ result }) => result)).size).toBe(12);
  });

  it('holds each patient out once a seed, the same ones for every seed', async () => {
    const { runs } = await plan();
    const heldOut = (seed: number): string[][] =>
      runs
        .filter((run) => run.seed === seed && run.label.startsWith('one'))
        .map(({ fold }) => fold.split.validation.map(({ id }) => id));
    expect(heldOut(0).flat().sort()).toEqual(['sub-01', 'sub-02', 'sub-03', 'sub-04']);
    expect(heldOut(1)).toEqual(heldOut(0));
  });

  it('leaves one site out after the other, or uses single folds', async () => {
    const sites = { 'sub-01': 'north', 'sub-02': 'south', 'sub-03': 'south', 'sub-04': 'south' };
    const bySite = await plan({ folds: { by: 'site', seed: 0 }, seeds: [0] }, sites);
    expect(bySite.cells.map(({ arm, fold }) => `${arm}: ${fold}`)).toContain('one: site north');
    expect(bySite.runs[0]?.fold.split.validation.map(({ id }) => id)).toEqual(['sub-01']);
    await expect(plan({ folds: { by: 'site', seed: 0 } })).rejects.toThrow(/Made up names no sites/);
    const single = await plan({ folds: { by: 'patient', count: 2, use: [1], seed: 0 }, seeds: [0] });
    expect(single.cells.map(({ fold }) => fold)).toEqual(['fold 1', 'fold 1', 'fold 1']);
    await expect(plan({ folds: { by: 'patient', count: 2, use: [2], seed: 0 } })).rejects.toThrow(/there is no fold 2/);
  });

  it('takes some of the subjects', async () => {
    const { dataset, runs } = await plan({ subjects: ['01', 'sub-03'], seeds: [0] });
    expect(dataset.subjects.map(({ id }) => id)).toEqual(['sub-01', 'sub-03']);
    expect(runs[0]?.fold.split.training).toHaveLength(1);
    await expect(plan({ subjects: ['05'] })).rejects.toThrow(/has no subject 05/);
  });

  it('refuses what arms may not say, and sequences that were not trained on', async () => {
    const arm = (training: Record<string, unknown>, sequences?: string[]): Partial<Experiment> => ({
      arms: [{ name: 'wrong', training, prediction: {}, ...(sequences && { sequences }) }],
    });
    await expect(plan(arm({ seed: 3, minutes: 5 }))).rejects.toThrow(/The arm wrong:\nseed is not .*\nminutes is not/);
    await expect(plan(arm({ bta: 1 }))).rejects.toThrow(/The arm wrong:\n.*\nbta: .*did you mean beta/);
    await expect(plan(arm({}, ['FLAIR']))).rejects.toThrow(/only when it was trained with modalityDropout/);
    await expect(plan(arm({ modalityDropout: 0.5 }, ['T2w']))).rejects.toThrow(/predicts from T2w, and is trained on/);
  });
});

describe('keys', () => {
  it('stay what they are', async () => {
    // A key that changes makes every result that was kept unknown: raise KEY_VERSION only when results no longer hold.
    expect(await keyOf({ run: { preset: 'tiny', beta: 3 }, seed: 0 })).toBe('d7cf99198d86aa00');
    const { runs, dataDigest } = await plan();
    expect([runs[0]?.key, runs[1]?.results[1]?.key, dataDigest]).toEqual([
      '31081e0c58b2b30c',
      'fa4de365580b1f01',
      '1007e603ce2972a2',
    ]);
  });

  it('do not depend on the order of entries, nor on what only repeats a default', async () => {
    expect(canonicalJson({ b: 1, a: { d: [{ y: 1, x: 2 }], c: undefined } })).toBe(
      canonicalJson({ a: { d: [{ x: 2, y: 1 }] }, b: 1 }),
    );
    expect(canonicalJson({ '1': 'a', b: 2 })).not.toBe(canonicalJson({ '1': 'b', a: 2 }));
    const training = (own: Record<string, unknown>) =>
      identityOf(trainingOf(experimentOf(), { name: 'a', training: own, prediction: {} }));
    expect(training({ beta: 1.5, batch: 1, checkpointSeconds: 5 })).toEqual(training({}));
    expect(training({ beta: 2 })).toEqual({ ...training({}), beta: 2 });
  });

  it('change with seed, split and scans', async () => {
    const keys = async (changed: Partial<Experiment>): Promise<string | undefined> =>
      (await plan(changed)).runs[0]?.key;
    const first = await keys({});
    expect(await keys({ seeds: [1] })).not.toBe(first);
    expect(await keys({ folds: { by: 'patient', count: 2, use: [1], seed: 0 } })).not.toBe(first);
    const files = freshFiles(made);
    const path = 'sub-04_FLAIR.nii';
    const bytes = Uint8Array.from(await files.readBytes(path));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    const changed = await planExperiment(files.set(path, bytes), made.dataset, experimentOf());
    expect(changed.runs[0]?.key).not.toBe(first);
  });

  it('do not depend on where the scans lie', async () => {
    const files = freshFiles(made);
    const move = (path: string): string => `elsewhere/${path}`;
    for (const [path, content] of [...files.files]) files.set(move(path), content);
    const subjects = made.dataset.subjects.map((subject) => ({
      ...subject,
      images: Object.fromEntries(Object.entries(subject.images).map(([name, path]) => [name, move(path)])),
      reference: move(subject.reference as string),
    }));
    const moved = await planExperiment(files, { ...made.dataset, subjects }, experimentOf());
    expect(moved.runs.map(({ key }) => key)).toEqual((await plan()).runs.map(({ key }) => key));
  });
});
