import { type Command, InvalidArgumentError, Option } from 'commander';
import { AUGMENTATION_SETS } from '../augmentation/options.ts';
import { ARCHITECTURES, presetNames } from '../network/options.ts';
import { OPTIMIZERS } from '../optimizer/options.ts';
import { SELECTIONS } from '../patch/selection-options.ts';
import { NORMALIZATIONS } from '../preprocess/plan.ts';
import { SCHEDULES } from '../train/schedule.ts';
import {
  parseExtent,
  parseInteger,
  parseNames,
  parseNumber,
  parsePositive,
  parseSpacingChoice,
} from './option-values.ts';

/** Where in the configuration a flag's value stands, by the flag's name in camel case: a path of entries. */
const CONFIGURATION_PATHS: Readonly<Record<string, readonly string[]>> = {
  preset: ['preset'],
  architecture: ['network', 'architecture'],
  stemStride: ['network', 'stemStride'],
  normalization: ['network', 'normalization'],
  deepSupervision: ['network', 'deepSupervision'],
  modalities: ['modalities'],
  modalityDropout: ['modalityDropout'],
  loss: ['loss'],
  beta: ['beta'],
  tversky: ['lossOptions', 'tversky'],
  foregroundWeight: ['lossOptions', 'foregroundWeight'],
  smoothing: ['smoothing'],
  lossWithin: ['lossWithin'],
  patch: ['patch'],
  spacing: ['spacing'],
  intensity: ['intensity'],
  selection: ['selection', 'kind'],
  augmentation: ['augmentation'],
  batch: ['batch'],
  optimizer: ['optimizer'],
  momentum: ['momentum'],
  weightDecay: ['weightDecay'],
  l2: ['l2'],
  clip: ['clip'],
  accumulate: ['accumulate'],
  average: ['average'],
  learningRate: ['learningRate'],
  schedule: ['schedule'],
  warmUp: ['warmUp'],
  decayFactor: ['decayFactor'],
  decayEvery: ['decayEvery'],
  steps: ['steps'],
  minutes: ['minutes'],
  warmStart: ['warmStart'],
  fold: ['fold'],
  folds: ['folds'],
  splits: ['splits'],
  validation: ['validation'],
  leaveOutSite: ['leaveOutSite'],
  rater: ['rater'],
  validateEvery: ['validateEvery'],
  patience: ['patience'],
  seed: ['seed'],
};

/** The flags of `train` that decide what is trained. */
export function addTrainingOptions(command: Command): Command {
  return command
    .optionsGroup('Data:')
    .option('--modalities <list>', 'sequences to train on, such as FLAIR,T1w (default: all)', parseNames)
    .option(
      '--modality-dropout <p>',
      'how often a patch loses sequences, so that the model does without any of them (default: 0)',
      parseNumber(0, 1),
    )
    .option('--rater <name>', "whose masks, in a dataset with several raters: mask2 (default: the layout's)")
    .option('--plan <file>', 'the preprocessing that `rarevox plan` chose: modalities, spacing and intensity')
    .option(
      '--spacing <x,y,z>',
      "voxel size in mm to resample to, `auto`, or `own` for each scan's own (default: auto)",
      parseSpacingChoice,
    )
    .addOption(choice('--intensity <kind>', 'intensity normalization within the brain', NORMALIZATIONS, 'z-score'))
    .option('--cache <folder>', 'keep the prepared scans there, for other runs on the same data')
    .optionsGroup('Held-out subjects:')
    .option('--fold <k>', 'hold out this fold, counted from 0; or `all`: train each fold in turn', parseFold)
    .option('--folds <n>', "number of folds (default: those of the dataset's splits_final.json, or 5)", parseInteger(2))
    .option('--splits <file>', 'take the folds from a file like splits_final.json of nnU-Net')
    .option('--validation <ids>', 'hold out these subjects instead', parseNames)
    .option('--leave-out-site <name>', 'hold out the subjects of a site instead')
    .option(
      '--validate-every <steps>',
      'predict them on the way, every so many steps; `auto`: a tenth of the time at most; `never` (default: auto)',
      parseInterval,
    )
    .option('--patience <n>', 'end after so many validations without a better Dice (default: never)', parseInteger(1))
    .optionsGroup('Network:')
    .addOption(choice('--preset <name>', 'size of the network', presetNames, 'compact'))
    .addOption(choice('--architecture <name>', 'kind of the network', ARCHITECTURES, 'fc-densenet'))
    .option(
      '--stem-stride <i,j,k>',
      'stride of the first convolution, 1 along axes that are coarse already (default: 2,2,2)',
      parseExtent,
    )
    .addOption(
      new Option('--normalization <kind>', 'normalization in the network (default: instance; batch for paper)').choices(
        ['batch', 'instance', 'group'],
      ),
    )
    .option('--deep-supervision', 'losses at the coarser levels of the decoder too')
    .option('--warm-start <model>', 'start from the weights of a run, a model.onnx, or a model of `rarevox models`')
    .optionsGroup('Loss:')
    .option(
      '--loss <loss>',
      'what to minimize: one of the losses below, or a sum as 0.5*dice+focal (default: asymmetric)',
    )
    .option(
      '--beta <b>',
      'weight of recall over precision in the asymmetric loss; one for each class; or `auto` (default: 1.5)',
      parseBeta,
    )
    .option(
      '--tversky <alpha,beta>',
      'weights of false positives and of false negatives in the Tversky losses (default: 0.3,0.7)',
      parsePair,
    )
    .option('--foreground-weight <w>', "weight of the structure's voxels in cross-entropy (default: 1)", parsePositive)
    .option('--smoothing <s>', "term in the loss's numerator and denominator (default: 0)", parseNumber(0))
    .addOption(choice('--loss-within <place>', 'voxels that count in the loss', ['volume', 'brain'], 'volume'))
    .optionsGroup('Patches:')
    .option('--patch <i,j,k>', "voxels of a patch (default: the preset's)", parseExtent)
    .option('--batch <n>', 'patches of a gradient (default: 1)', parseInteger(1))
    .addOption(choice('--selection <kind>', 'how the places of patches are chosen', SELECTIONS, 'curriculum'))
    .addOption(
      new Option('--augmentation <set>', 'how patches are varied (default: mirror; rotation-180 for paper)').choices([
        ...AUGMENTATION_SETS,
      ]),
    )
    .optionsGroup('Optimizer:')
    .addOption(choice('--optimizer <kind>', 'rule of the steps', OPTIMIZERS, 'adam'))
    .option('--learning-rate <r>', 'largest learning rate (default: 0.001)', parsePositive)
    .addOption(choice('--schedule <kind>', 'how the learning rate falls', SCHEDULES, 'polynomial'))
    .option('--warm-up <steps>', 'steps over which the learning rate rises at first (default: 0)', parseInteger(0))
    .option('--decay-factor <f>', 'of the schedule step (default: 0.95)', parseNumber(0, 1))
    .option('--decay-every <steps>', 'of the schedule step (default: 500)', parseInteger(1))
    .option('--momentum <m>', "of sgd, in Nesterov's form (default: 0.99)", parseNumber(0, 1))
    .option('--weight-decay <d>', 'of adamw (default: 0.01)', parseNumber(0))
    .option('--l2 <f>', 'factor of the squared kernels in the loss (default: 0.0001; 0 for adamw)', parseNumber(0))
    .option('--clip <norm>', 'largest norm of the gradient (default: none)', parsePositive)
    .option('--accumulate <n>', 'gradients that are averaged for one step (default: 1)', parseInteger(1))
    .option(
      '--average <decay>',
      "moving average of the weights, which become the model's; 0: none (default: 0.999)",
      parseNumber(0, 1),
    )
    .optionsGroup('Run:')
    .option('--steps <n>', 'length of the run (default: 1000)', parseInteger(1))
    .option('--minutes <m>', 'length of the run by the clock, instead of steps', parsePositive)
    .option('--seed <s>', 'seed of everything that is drawn (default: 0)', parseInteger(0));
}

/** The flags that were given, as entries of a configuration on top of a file's, which may use the flags' names too. */
export function withFlags(
  fromFile: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...fromFile };
  const set = ([entry, within]: readonly string[], value: unknown): void => {
    if (entry === undefined) return;
    merged[entry] = within === undefined ? value : { ...(merged[entry] as object | undefined), [within]: value };
  };
  for (const [flag, path] of Object.entries(CONFIGURATION_PATHS)) {
    const value = fromFile[flag];
    // An object under such a name is the whole entry, as `"selection": { "kind": … }`.
    const isEntry = path.length === 1 || (path[0] === flag && typeof value === 'object');
    if (value === undefined || isEntry) continue;
    delete merged[flag];
    set(path, value);
  }
  for (const [flag, path] of Object.entries(CONFIGURATION_PATHS)) {
    if (flags[flag] !== undefined) set(path, flags[flag]);
  }
  // What the configuration writes as null.
  return {
    ...merged,
    ...(merged.spacing === 'own' && { spacing: null }),
    ...(merged.validateEvery === 'never' && { validateEvery: null }),
  };
}

/** Those of the flags that were given, as they are typed. */
export function trainingFlagsGiven(flags: Readonly<Record<string, unknown>>): string[] {
  return [...Object.keys(CONFIGURATION_PATHS), 'config', 'plan']
    .filter((name) => flags[name] !== undefined)
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

function choice(flags: string, description: string, values: readonly string[], usual: string): Option {
  return new Option(flags, description).choices([...values]).default(undefined, usual);
}

function parseFold(text: string): number | 'all' {
  return text === 'all' ? 'all' : parseInteger(0)(text);
}

function parseInterval(text: string): number | 'auto' | 'never' {
  return text === 'auto' || text === 'never' ? text : parseInteger(1)(text);
}

function parseBeta(text: string): number | readonly number[] | 'auto' {
  if (text === 'auto') return 'auto';
  const betas = text.split(',').map(parsePositive);
  return betas.length === 1 ? (betas[0] as number) : betas;
}

function parsePair(text: string): readonly [number, number] {
  const numbers = text.split(',').map(parseNumber(0));
  if (numbers.length === 2) return numbers as unknown as readonly [number, number];
  throw new InvalidArgumentError('It takes two numbers, such as 0.3,0.7.');
}
