import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import { betasOf, parseTrainConfig, resolveNetwork } from './config.ts';

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
    const config = parseTrainConfig({ preset: 'tiny', network: { growth: 4 }, steps: 3 });
    expect(parseTrainConfig(config)).toEqual(config);
  });

  it('turns patches over only for the paper preset, unless told to', () => {
    expect(parseTrainConfig({ preset: 'tiny' }).selection.augmentation).toBe('mirror');
    expect(parseTrainConfig({ preset: 'paper' }).selection.augmentation).toBe('rotation-180');
    const named = { preset: 'tiny', selection: { augmentation: 'rotation-180' } };
    expect(parseTrainConfig(named).selection.augmentation).toBe('rotation-180');
  });

  it('takes Dice as beta 1', () => {
    expect(parseTrainConfig({ loss: 'dice' }).beta).toBe(1);
    expect(() => parseTrainConfig({ loss: 'dice', beta: 2 })).toThrow(/give --beta only with --loss asymmetric/);
  });

  it.each([
    [{ steps: 5, minutes: 1 }, /as steps or as minutes, not both/],
    [{ fold: 0, validation: ['01'] }, /by fold, by validation or by leaveOutSite, only one/],
    [{ fold: 5, folds: 5 }, /Folds count from 0: of 5 folds the last is 4, not 5\./],
    [{ steps: 0 }, /^The training configuration is not valid:\nsteps: /],
    [{ beta: -1 }, /\nbeta: /],
    [{ patch: [8, 8] }, /\npatch: /],
    [{ network: { channels: 2 } }, /\nnetwork\.channels: there is no such option/],
    [
      { selection: { jitters: [0, 1] } },
      /\nselection\.jitters: there is no such option; did you mean selection\.jitter\?/,
    ],
    [{ stepz: 3, quux: 1 }, /\nstepz: .*did you mean steps\?\nquux: there is no such option; the options are preset, /],
    [{ steps: 'ten', batch: 0 }, /\nbatch: .*\nsteps: /],
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

describe('betasOf', () => {
  it('repeats one for every class, and refuses another number of them', () => {
    expect(betasOf(parseTrainConfig({ beta: 2 }), 3)).toEqual([2, 2, 2]);
    expect(betasOf(parseTrainConfig({ beta: [2, 1] }), 2)).toEqual([2, 1]);
    expect(() => betasOf(parseTrainConfig({ beta: [2, 1] }), 3)).toThrow(/beta has 2 values for 3 foreground classes/);
  });
});
