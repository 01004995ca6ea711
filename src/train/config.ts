import { z } from 'zod';
import { type AugmentationOptions, augmentationOptionsSchema } from '../augmentation/options.ts';
import { DataError, UsageError } from '../errors.ts';
import { givenLossOptions, lossEntries, refuseUnusedLossOptions } from '../loss/options.ts';
import { supervisionFault } from '../network/auxiliary-head.ts';
import {
  type NetworkOptions,
  networkOverridesSchema,
  patchFault,
  presetNames,
  presetNetwork,
  presets,
} from '../network/options.ts';
import { optimizerEntries } from '../optimizer/options.ts';
import { selectionOptionsSchema } from '../patch/selection-options.ts';
import { normalizationSchema } from '../preprocess/plan.ts';
import type { Triple } from '../volume/volume.ts';
import { describeConfigFaults } from './config-faults.ts';
import { scheduleEntries } from './schedule.ts';

const positive = z.number().int().min(1);
const extent = z.tuple([positive, positive, positive]);
const millimeters = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/**
 * A training run as the user asks for it: the options of `rarevox train`, and what a `--config` file may hold under the
 * same names. RUN/config.json holds all of it, with every default filled in.
 */
export const trainConfigSchema = z.strictObject({
  preset: z.enum(presetNames).default('compact'),
  network: networkOverridesSchema.default({}),
  /** Sequences to train on; null: all that the dataset names. */
  modalities: z.array(z.string()).min(1).nullable().default(null),
  /**
   * Probability that a patch loses some of its sequences, so that the model predicts with whichever of them there are. Above
   * 0, subjects may lack sequences too.
   */
  modalityDropout: z.number().min(0).max(1).default(0),
  ...lossEntries,
  /** Which voxels count in the loss: all of the scan, or those of the brain. */
  lossWithin: z.enum(['volume', 'brain']).default('volume'),
  /** Voxels along i, j, k; null: the preset's. */
  patch: extent.nullable().default(null),
  /** Voxel size in mm that scans are resampled to; `auto`: from the data; null: each scan keeps its own. */
  spacing: z
    .union([millimeters, z.literal('auto')])
    .nullable()
    .default('auto'),
  intensity: normalizationSchema.default('z-score'),
  selection: selectionOptionsSchema.prefault({}),
  /** The name of a set, or an object with details; null: `rotation-180` for the preset `paper`, `mirror` for the others. */
  augmentation: augmentationOptionsSchema.nullable().default(null),
  /** Patches of one gradient. */
  batch: positive.default(1),
  ...optimizerEntries,
  ...scheduleEntries,
  /** Length of the run: steps are reproducible, minutes depend on the machine. */
  steps: positive.nullable().default(null),
  minutes: z.number().positive().nullable().default(null),
  /** A model.onnx or a run folder whose weights to start from. */
  warmStart: z.string().nullable().default(null),
  fold: z.number().int().min(0).nullable().default(null),
  /** How many folds to make; null: those of the splits file where there is one, else 5. */
  folds: z.number().int().min(2).nullable().default(null),
  /** A file with the folds, as nnU-Net's splits_final.json; null: the dataset's own where it has one. */
  splits: z.string().nullable().default(null),
  /** Identifiers of the subjects to hold out, instead of a fold. */
  validation: z.array(z.string()).nullable().default(null),
  /** The site to hold out, instead of a fold. */
  leaveOutSite: z.string().nullable().default(null),
  /** Whose masks to train on, in a dataset with several raters; null: the layout's default. */
  rater: z.string().nullable().default(null),
  /**
   * Steps between validations of the held-out subjects on the way; `auto`: so many that they take a tenth of the time at
   * most; null: none.
   */
  validateEvery: z
    .union([positive, z.literal('auto')])
    .nullable()
    .default('auto'),
  /** Validations without a better Dice after which the run ends early; null: it never does. */
  patience: positive.nullable().default(null),
  seed: z.number().int().min(0).default(0),
  /** Seconds between checkpoints. */
  checkpointSeconds: z.number().min(0).default(30),
});

/** A checked configuration with every default filled in. */
export type TrainConfig = Omit<z.infer<typeof trainConfigSchema>, 'augmentation'> & {
  readonly augmentation: AugmentationOptions;
};

/** Steps of a run that names neither steps nor minutes. */
const DEFAULT_STEPS = 1000;

/**
 * Checks a configuration and fills in its defaults.
 * @throws UsageError that names every wrong entry
 */
export function parseTrainConfig(input: unknown): TrainConfig {
  const parsed = trainConfigSchema.safeParse(input);
  if (!parsed.success) {
    const faults = describeConfigFaults(parsed.error, Object.keys(trainConfigSchema.shape));
    throw new UsageError(`The training configuration is not valid:\n${faults}`);
  }
  const config = parsed.data;
  const given = new Set(Object.keys(changesOf(config)));
  const faults = contradictions(config, given);
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  refuseUnusedLossOptions(config, givenLossOptions(changesOf(config)));
  const steps = config.steps === null && config.minutes === null ? DEFAULT_STEPS : config.steps;
  // The rotations turn a brain upside down; only the paper's own preset trains, and so predicts, with them by default.
  const usual = config.preset === 'paper' ? 'rotation-180' : 'mirror';
  const augmentation = config.augmentation ?? augmentationOptionsSchema.parse(usual);
  return { ...config, steps, augmentation };
}

/** What in a configuration does not go together, or would have no effect, one sentence each. */
function contradictions(config: z.infer<typeof trainConfigSchema>, given: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const add = (applies: boolean, sentence: string): void => {
    if (applies) faults.push(sentence);
  };
  const { optimizer, schedule, fold, folds } = config;
  add(config.steps !== null && config.minutes !== null, 'Give the length of the run as steps or as minutes, not both.');
  add(
    [fold, config.validation, config.leaveOutSite].filter((choice) => choice !== null).length > 1,
    'Choose the held-out subjects by fold, by validation or by leaveOutSite, only one of them.',
  );
  add(
    config.splits !== null && (fold === null || folds !== null),
    'A splits file has the folds in it: give fold with splits, and leave folds out.',
  );
  add(
    folds !== null && fold === null && config.splits === null,
    'folds alone holds nobody out: say which of them, by fold, or leave folds out.',
  );
  const holdsOut = fold !== null || config.validation !== null || config.leaveOutSite !== null;
  add(
    typeof config.validateEvery === 'number' && !holdsOut,
    'validateEvery has no subjects to validate on: hold some out by fold, validation or leaveOutSite, or leave it out.',
  );
  add(
    fold !== null && folds !== null && fold >= folds,
    `Folds count from 0: of ${folds} folds the last is ${(folds ?? 0) - 1}, not ${fold}.`,
  );
  add(
    given.has('momentum') && optimizer !== 'sgd',
    `momentum is an option of the optimizer sgd; ${optimizer} has its own: leave it out.`,
  );
  add(
    given.has('weightDecay') && optimizer !== 'adamw',
    `weightDecay is an option of the optimizer adamw: take that one, or l2 with ${optimizer}.`,
  );
  for (const name of ['decayFactor', 'decayEvery'] as const) {
    add(
      given.has(name) && schedule !== 'step',
      `${name} is an option of the schedule step, and has no effect with ${schedule}: leave it out.`,
    );
  }
  add(
    config.steps !== null && config.warmUp >= config.steps,
    `A warm-up of ${config.warmUp} steps leaves none of the run's ${config.steps}: make it shorter.`,
  );
  add(
    config.patience !== null && config.validateEvery === null,
    'patience counts validations, of which validateEvery null allows none: give one of the two.',
  );
  const { groups, ...network } = config.network;
  const { normalization } = presetNetwork(config.preset, { ...network, channels: 1, outputs: 1 });
  add(
    groups !== undefined && normalization !== 'group',
    `network.groups is an option of group normalization, and has no effect with ${normalization}: leave it out.`,
  );
  add(
    config.patience !== null && !holdsOut,
    'patience needs subjects to validate on: hold some out by fold, by validation or by leaveOutSite.',
  );
  return faults;
}

/**
 * What of a configuration differs from the defaults. An entry with its default's value asks for nothing, so that the
 * configuration of RUN/config.json, which has all of them, can be given again.
 */
function changesOf<T extends Readonly<Record<string, unknown>>>(
  entries: T,
  defaults: Readonly<Record<string, unknown>> = trainConfigSchema.parse({}),
): Readonly<Record<string, unknown>> {
  const changes = Object.entries(entries).flatMap(([name, value]): [string, unknown][] => {
    const usual = defaults[name];
    if (JSON.stringify(value) === JSON.stringify(usual)) return [];
    return [[name, name === 'lossOptions' ? changesOf(value as T, usual as T) : value]];
  });
  return Object.fromEntries(changes);
}

/**
 * The network and the patch of a configuration, for data with this many sequences and foreground classes.
 * @throws UsageError when deep supervision finds no level; DataError when the patch breaks the network's rule
 */
export function resolveNetwork(
  config: TrainConfig,
  sequences: number,
  classes: number,
): { network: NetworkOptions; patch: Triple } {
  const network = presetNetwork(config.preset, {
    ...config.network,
    channels: sequences,
    outputs: classes === 1 ? 1 : classes + 1,
  });
  const unsupervised = supervisionFault(network);
  if (unsupervised !== null) throw new UsageError(`${unsupervised[0]?.toUpperCase()}${unsupervised.slice(1)}.`);
  const patch = config.patch ?? presets[config.preset].patch;
  const fault = patchFault(network, patch);
  if (fault !== null) throw new DataError(`${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
  return { network, patch };
}
