import { describe, expect, it } from 'vitest';
import { augmentationOptionsSchema } from '../augmentation/options.ts';
import { DataError, UsageError } from '../errors.ts';
import { parseTrainConfig, resolveNetwork } from './config.ts';

describe('parseTrainConfig', () => {
  it('fills in the defaults', () => {
    expect(parseTrainConfig({})).toMatchObject({
      preset: 'compact',
      loss: 'asymmetric',
      beta: 1.5,
      patch: null,
      spacing: 'auto',
      learningRate: 0.001,
      steps: 1000,
      minutes: null,
      seed: 0,
    });
    expect(parseTrainConfig({ minutes: 5 })).toMatchObject({ steps: null, minutes: 5 });
  });

  it('gives the same again for what it gave', () => {
    const config = parseTrainConfig({
      preset: 'tiny',
      network: { growth: 4 },
      steps: 3,
      loss: 'dice',
      optimizer: 'sgd',
    });
    expect(parseTrainConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('turns patches over only for the paper preset, unless told to', () => {
    const set = (name: string) => augmentationOptionsSchema.parse(name);
    expect(parseTrainConfig({ preset: 'tiny' }).augmentation).toEqual(set('mirror'));
    expect(parseTrainConfig({ preset: 'paper' }).augmentation).toEqual(set('rotation-180'));
    expect(parseTrainConfig({ preset: 'tiny', augmentation: 'rotation-180' }).augmentation).toEqual(
      set('rotation-180'),
    );
  });

  it.each([
    [{ steps: 5, minutes: 1 }, 'Give the length of the run as steps or as minutes, not both.'],
    [
      { fold: 0, validation: ['01'] },
      'Choose the held-out subjects by fold, by validation or by leaveOutSite, only one of them.',
    ],
    [{ splits: 's.json' }, 'A splits file has the folds in it: give fold with splits, and leave folds out.'],
    [
      { fold: 0, folds: 3, splits: 's.json' },
      'A splits file has the folds in it: give fold with splits, and leave folds out.',
    ],
    [{ folds: 3 }, 'folds alone holds nobody out: say which of them, by fold, or leave folds out.'],
    [
      { validateEvery: 50 },
      'validateEvery has no subjects to validate on: hold some out by fold, validation or leaveOutSite, or leave it out.',
    ],
    [{ fold: 5, folds: 5 }, 'Folds count from 0: of 5 folds the last is 4, not 5.'],
    [{ momentum: 0.9 }, 'momentum is an option of the optimizer sgd; adam has its own: leave it out.'],
    [
      { weightDecay: 0.1, optimizer: 'sgd' },
      'weightDecay is an option of the optimizer adamw: take that one, or l2 with sgd.',
    ],
    [
      { decayFactor: 0.5 },
      'decayFactor is an option of the schedule step, and has no effect with polynomial: leave it out.',
    ],
    [
      { decayEvery: 5, schedule: 'cosine' },
      'decayEvery is an option of the schedule step, and has no effect with cosine: leave it out.',
    ],
    [{ steps: 5, warmUp: 5 }, "A warm-up of 5 steps leaves none of the run's 5: make it shorter."],
    [
      { patience: 2, fold: 0, validateEvery: null },
      'patience counts validations, of which validateEvery null allows none: give one of the two.',
    ],
    [
      { patience: 2 },
      'patience needs subjects to validate on: hold some out by fold, by validation or by leaveOutSite.',
    ],
    [
      { network: { groups: 4 } },
      'network.groups is an option of group normalization, and has no effect with instance: leave it out.',
    ],
    [{ beta: 2, loss: 'dice' }, 'beta acts on asymmetric, and the loss is dice: leave it out.'],
    [{ lossOptions: { betaCap: 2 } }, 'lossOptions.betaCap acts on beta auto, and beta is given: leave it out.'],
  ])('refuses the contradiction %j', (input, sentence) => {
    expect(() => parseTrainConfig(input)).toThrow(UsageError);
    expect(() => parseTrainConfig(input)).toThrow(new RegExp(`^${escaped(sentence)}$`));
  });

  it('tells all contradictions together', () => {
    expect(() => parseTrainConfig({ steps: 5, minutes: 1, momentum: 0.5, decayEvery: 7 })).toThrow(
      /^Give the length .*\nmomentum .*\ndecayEvery .*$/,
    );
  });

  it.each([
    { fold: 4, folds: 5 },
    { optimizer: 'sgd', momentum: 0.5 },
    { optimizer: 'adamw', weightDecay: 0.5 },
    { schedule: 'step', decayFactor: 0.5, decayEvery: 7 },
    { steps: 5, warmUp: 4 },
    { patience: 2, validation: ['01'] },
    { network: { normalization: 'group', groups: 4 } },
    { minutes: 3, warmUp: 2000 },
  ])('takes what goes together: %j', (input) => {
    expect(parseTrainConfig(input)).toMatchObject(input);
  });

  it.each([
    [{ steps: 0 }, /^The training configuration is not valid:\nsteps: /],
    [{ beta: -1 }, /\nbeta: /],
    [{ patch: [8, 8] }, /\npatch: /],
    [{ steps: 'ten', batch: 0 }, /\nbatch: .*\nsteps: /],
    [{ stepz: 3, quux: 1 }, /\nstepz: .*did you mean steps\?\nquux: there is no such option; the options are preset, /],
    [{ network: { channels: 2 } }, /\nnetwork\.channels: there is no such option/],
    [{ network: { growht: 2 } }, /\nnetwork\.growht: there is no such option; did you mean network\.growth\?$/],
    [{ selection: { jitters: [0, 1] } }, /\nselection\.jitters: .*; did you mean selection\.jitter\?$/],
    [{ lossOptions: { tverksy: [0, 1] } }, /\nlossOptions\.tverksy: .*; did you mean lossOptions\.tversky\?$/],
    [{ augmentation: { nois: null } }, /\naugmentation\.nois: .*; did you mean augmentation\.noise\?$/],
    [{ selection: { kind: 'uniform', jitter: [0, 1] } }, /\nselection\.jitter: it does not go with the kind/],
    [{ network: { architecture: 'unet', growth: 3 } }, /\nnetwork\.growth: the architecture unet has no such option/],
    [{ network: { maximalFilters: 64 } }, /\nnetwork\.maximalFilters: the architecture fc-densenet has no such option/],
  ])('refuses %j', (input, message) => {
    expect(() => parseTrainConfig(input)).toThrow(UsageError);
    expect(() => parseTrainConfig(input)).toThrow(message);
  });
});

describe('resolveNetwork', () => {
  it('takes the channels and outputs from the data and the rest from preset and overrides', () => {
    const config = parseTrainConfig({ preset: 'tiny', network: { growth: 4, stemStride: [2, 2, 1] } });
    const { network, patch } = resolveNetwork(config, 3, 1);
    expect(network).toMatchObject({ channels: 3, outputs: 1, growth: 4, stemStride: [2, 2, 1], layers: 2 });
    expect(patch).toEqual([64, 64, 64]);
    expect(resolveNetwork(config, 1, 2).network.outputs).toBe(3);
  });

  it('makes a U-Net where asked to, and refuses the options of the other architecture', () => {
    const asked = { architecture: 'unet', maximalFilters: 64, deepSupervision: true };
    const { network } = resolveNetwork(parseTrainConfig({ preset: 'tiny', network: asked }), 2, 1);
    expect(network).toMatchObject({ ...asked, channels: 2, outputs: 1, initialFilters: 16, levels: 3, dropout: 0 });
    expect(() => parseTrainConfig({ network: { architecture: 'unet', growth: 4 } })).toThrow(
      /\nnetwork\.growth: the architecture unet has no such option\.$/,
    );
    expect(() => parseTrainConfig({ network: { maximalFilters: 64 } })).toThrow(
      /\nnetwork\.maximalFilters: the architecture fc-densenet has no such option\.$/,
    );
  });

  it('refuses deep supervision without a coarser output', () => {
    const config = parseTrainConfig({ network: { levels: 1, deepSupervision: true } });
    expect(() => resolveNetwork(config, 1, 1)).toThrow(UsageError);
    expect(() => resolveNetwork(config, 1, 1)).toThrow(
      /^Deep supervision needs an output below full resolution, .* levels 1 /,
    );
  });

  it("refuses a patch that breaks the network's rule, naming one that does not", () => {
    const config = parseTrainConfig({ preset: 'tiny', patch: [64, 60, 64] });
    expect(() => resolveNetwork(config, 1, 1)).toThrow(DataError);
    expect(() => resolveNetwork(config, 1, 1)).toThrow(/^The patch 64x60x64 must have sides .* such as 64x64x64\.$/);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
