import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { mergedTraining } from './config.ts';
import { readExperiment } from './read-experiment.ts';

const usual = { quick: false, base: null, data: null };

const small = `
name: betas
title: Two betas
duration: seconds
base: { preset: tiny, network: { growth: 4, layers: 1 }, steps: 8 }
prediction: { views: 1 }
arms:
  - { name: one, training: { beta: 1, network: { layers: 2 } } }
  - { name: three, training: { beta: 3 } }
baselines:
  - { name: threshold, threshold: FLAIR }
comparisons:
  - { first: three, second: one, figure: F2 }
  - { first: three, second: threshold, figure: Dice }
claims:
  - { text: More recall, arm: three, than: [one], figure: Sensitivity, expected: higher }
quick:
  subjects: [sub-01, sub-02]
  folds: { count: 2 }
  base: { steps: 2 }
  arms: [three]
`;

function read(text: string, request: Parameters<typeof readExperiment>[2] = usual, more: Record<string, string> = {}) {
  const files = new MemoryFileAccess().set('folder/experiment.yaml', text);
  for (const [path, content] of Object.entries(more)) files.set(path, content);
  return readExperiment(files, 'folder/experiment.yaml', request);
}

describe('readExperiment', () => {
  it('fills in what is not said', async () => {
    const experiment = await read(small);
    expect(experiment.seeds).toEqual([0]);
    expect(experiment.folds).toEqual({ by: 'patient', seed: 0 });
    expect(experiment.figures[0]).toBe('Dice');
    expect(experiment.arms[1]).toEqual({ name: 'three', training: { beta: 3 }, prediction: {} });
  });

  it('takes JSON as it takes YAML', async () => {
    const json = JSON.stringify({ name: 'a', title: 'A', duration: 'none', base: { steps: 1 }, arms: [{ name: 'x' }] });
    expect((await read(json)).base).toEqual({ steps: 1 });
  });

  it('has a small form, without what speaks of arms that it leaves out', async () => {
    const quick = await read(small, { ...usual, quick: true });
    expect(quick.title).toBe('Two betas (quick)');
    expect(quick.base).toEqual({ preset: 'tiny', network: { growth: 4, layers: 1 }, steps: 2 });
    expect(quick.arms.map(({ name }) => name)).toEqual(['three']);
    expect(quick.comparisons).toEqual([{ first: 'three', second: 'threshold', figure: 'Dice' }]);
    expect(quick.claims).toEqual([]);
    expect(quick.folds).toEqual({ by: 'patient', count: 2, seed: 0 });
  });

  it('takes the dataset that the form names, seen from the file, or another one with all its subjects', async () => {
    const named = `data: scans\n${small.replace('quick:', 'quick:\n  data: ../few')}`;
    expect(await read(named)).toMatchObject({ data: 'folder/scans' });
    const few = { data: 'folder/../few', subjects: ['sub-01', 'sub-02'] };
    expect(await read(named, { ...usual, quick: true })).toMatchObject(few);
    expect(await read(named, { ...usual, quick: true, data: few.data })).toMatchObject(few);
    expect(await read(named, { ...usual, quick: true, data: 'DATA' })).toMatchObject({
      data: 'DATA',
      subjects: undefined,
    });
    expect(await read(small, { ...usual, quick: true, data: 'DATA' })).toMatchObject({ ...few, data: 'DATA' });
    expect((await read(small)).data).toBeUndefined();
  });

  it('reads the base from a file beside it, and changes to it from another', async () => {
    const text = small.replace(/base: \{ preset.*\n/, 'base: recipe.yaml\n');
    const files = { 'folder/recipe.yaml': 'steps: 5\nspacing: [1, 1, 3]\n', 'elsewhere.yaml': 'spacing: [1, 1, 1]\n' };
    expect((await read(text, usual, files)).base).toEqual({ steps: 5, spacing: [1, 1, 3] });
    const changed = await read(text, { ...usual, base: 'elsewhere.yaml' }, files);
    expect(changed.base).toEqual({ steps: 5, spacing: [1, 1, 1] });
  });

  it('names every fault, and what was most likely meant', async () => {
    const wrong = small
      .replace('seconds', 'seconds\ncomparison: []')
      .replace('training: { beta: 3 }', 'trainings: { beta: 3 }')
      .replace('figure: F2', 'figure: F3')
      .replace('views: 1', 'window: square');
    await expect(read(wrong)).rejects.toThrow(/comparison: there is no such entry; did you mean comparisons\?/);
    await expect(read(wrong)).rejects.toThrow(/arms\.1\.trainings: there is no such entry; did you mean training\?/);
    await expect(read(wrong)).rejects.toThrow(/comparisons\.0\.figure: Invalid option/);
    await expect(read(wrong)).rejects.toThrow(/prediction\.window: Invalid option/);
  });

  it('names arms that there are not, or twice', async () => {
    const wrong = small
      .replace('first: three, second: one', 'first: tree, second: one')
      .replace('than: [one]', 'than: [two]')
      .replace('arms: [three]', 'arms: [threshold]');
    await expect(read(wrong)).rejects.toThrow(/comparisons\.0: there is no arm tree; did you mean three\?/);
    await expect(read(wrong)).rejects.toThrow(/claims\.0: there is no arm two; the arms are one, three, threshold\./);
    await expect(read(wrong)).rejects.toThrow(/quick\.arms: there is no arm threshold/);
    await expect(read(`${small}\nseeds: [1, 1]`)).rejects.toThrow(/seeds: one is named twice/);
    await expect(read(small.replace('name: threshold', 'name: one'))).rejects.toThrow(/one is named twice/);
  });

  it('refuses what is no YAML, no training configuration, and a count of sites', async () => {
    await expect(read('name: [')).rejects.toThrow(/folder\/experiment\.yaml is no YAML/);
    await expect(
      read(small.replace(/base: \{ preset.*\n/, 'base: a.yaml\n'), usual, { 'folder/a.yaml': '- 1' }),
    ).rejects.toThrow(/folder\/a\.yaml holds no training configuration/);
    await expect(read(`${small}\nfolds: { by: site, count: 3 }`)).rejects.toThrow(
      /folds\.count: the sites say how many/,
    );
    const withoutQuick = small.slice(0, small.indexOf('quick:'));
    await expect(read(withoutQuick, { ...usual, quick: true })).rejects.toThrow(/quick: there is no small form/);
  });
});

describe('mergedTraining', () => {
  it('changes network and lossOptions entry by entry, and all else as a whole', () => {
    const base = { network: { growth: 4, layers: 1 }, selection: { kind: 'curriculum', earlyPatches: 5 }, steps: 8 };
    const changes = { network: { layers: 2 }, selection: { kind: 'uniform' } };
    expect(mergedTraining(base, changes)).toEqual({
      network: { growth: 4, layers: 2 },
      selection: { kind: 'uniform' },
      steps: 8,
    });
  });
});
