import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseTrainConfig } from '../train/config.ts';
import { addTrainingOptions, trainingFlagsGiven, withFlags } from './train-options.ts';

/** The flags of a command line, as commander gives them. */
function flagsOf(...words: string[]): Record<string, unknown> {
  const command = addTrainingOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts();
}

describe('the flags of a training', () => {
  it('stand in the configuration where they belong', () => {
    const flags = flagsOf(
      ...['--architecture', 'unet', '--stem-stride', '2,2,1', '--deep-supervision', '--selection', 'lesion-balanced'],
      ...['--loss', 'asymmetric + tversky', '--beta', '1,2', '--tversky', '0.2,0.8', '--foreground-weight', '3'],
      ...[
        '--optimizer',
        'sgd',
        '--momentum',
        '0.9',
        '--warm-up',
        '10',
        '--validate-every',
        'never',
        '--spacing',
        'own',
      ],
    );
    expect(withFlags({}, flags)).toEqual({
      network: { architecture: 'unet', stemStride: [2, 2, 1], deepSupervision: true },
      selection: { kind: 'lesion-balanced' },
      loss: 'asymmetric + tversky',
      beta: [1, 2],
      lossOptions: { tversky: [0.2, 0.8], foregroundWeight: 3 },
      optimizer: 'sgd',
      momentum: 0.9,
      warmUp: 10,
      validateEvery: null,
      spacing: null,
    });
  });

  it('lie on top of a file, which may use their names or the entries themselves', () => {
    const file = {
      stemStride: [2, 2, 1],
      network: { levels: 2 },
      selection: { kind: 'curriculum', earlyPatches: 5 },
      tversky: [0.5, 0.5],
      loss: 'tversky',
    };
    expect(withFlags(file, flagsOf('--tversky', '0.4,0.6', '--steps', '7'))).toEqual({
      network: { levels: 2, stemStride: [2, 2, 1] },
      selection: { kind: 'curriculum', earlyPatches: 5 },
      loss: 'tversky',
      lossOptions: { tversky: [0.4, 0.6] },
      steps: 7,
    });
    expect(withFlags({ selection: 'uniform' }, {})).toEqual({ selection: { kind: 'uniform' } });
  });

  it('are those that a valid configuration may have', () => {
    const config = parseTrainConfig(
      withFlags({}, flagsOf('--beta', 'auto', '--fold', '1', '--augmentation', 'standard')),
    );
    expect(config).toMatchObject({ beta: 'auto', fold: 1, augmentation: { gamma: { probability: 0.3 } } });
  });

  it('are named as they are typed', () => {
    expect(trainingFlagsGiven(flagsOf('--stem-stride', '1,1,1', '--fold', 'all', '--validate-every', '5'))).toEqual([
      '--stem-stride',
      '--fold',
      '--validate-every',
    ]);
  });

  it.each([
    ['--tversky', '0.3'],
    ['--beta', '0'],
    ['--beta', 'auto,1'],
    ['--fold', 'every'],
    ['--validate-every', 'often'],
    ['--optimizer', 'rmsprop'],
  ])('are refused as %s %s', (...words) => {
    expect(() => flagsOf(...words)).toThrow();
  });
});
