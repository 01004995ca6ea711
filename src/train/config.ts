import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import {
  type NetworkOptions,
  networkOptionsSchema,
  patchFault,
  presetNames,
  presetNetwork,
  presets,
} from '../network/options.ts';
import { selectionOptionsSchema } from '../patch/selection-options.ts';
import { normalizationSchema } from '../preprocess/plan.ts';
import type { Triple } from '../volume/volume.ts';
import { describeConfigFaults } from './config-faults.ts';

const positive = z.number().int().min(1);
const extent = z.tuple([positive, positive, positive]);
const millimeters = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** What the preset decides unless the user does: the rest of the network's options follow from the data. */
const networkOverrides = networkOptionsSchema.omit({ channels: true, outputs: true }).partial();

/**
 * A training run as the user asks for it: the options of `rarevox train`, and what a `--config` file may hold under the
 * same names. RUN/config.json holds all of it, with every default filled in.
 */
export const trainConfigSchema = z.strictObject({
  preset: z.enum(presetNames).default('compact'),
  network: networkOverrides.default({}),
  /** Sequences to train on; null: all that the dataset names. */
  modalities: z.array(z.string()).min(1).nullable().default(null),
  /** Probability of hiding each sequence from a sample, so that the model copes with missing ones; 0: all must be there. */
  modalityDropout: z.number().min(0).max(1).default(0),
  loss: z.enum(['asymmetric', 'dice']).default('asymmetric'),
  /** Weight of recall over precision, for all classes or one for each. */
  beta: z.union([z.number().positive(), z.array(z.number().positive()).min(1)]).default(1.5),
  /** Term in the loss's numerator and denominator. */
  smoothing: z.number().min(0).default(0),
  /** Voxels along i, j, k; null: the preset's. */
  patch: extent.nullable().default(null),
  /** Voxel size in mm that scans are resampled to; `auto`: from the data; null: each scan keeps its own. */
  spacing: z
    .union([millimeters, z.literal('auto')])
    .nullable()
    .default('auto'),
  intensity: normalizationSchema.default('z-score'),
  selection: selectionOptionsSchema.prefault({}),
  batch: positive.default(1),
  learningRate: z.number().positive().default(0.001),
  /** `polynomial`: (1 - progress)^0.9; `step`: times 0.95 every 500 steps, the authors' code; `constant`. */
  schedule: z.enum(['polynomial', 'step', 'constant']).default('polynomial'),
  /** Length of the run: steps are reproducible, minutes depend on the machine. */
  steps: positive.nullable().default(null),
  minutes: z.number().positive().nullable().default(null),
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
  seed: z.number().int().min(0).default(0),
  /** Seconds between checkpoints. */
  checkpointSeconds: z.number().min(0).default(30),
});

export type TrainConfig = z.infer<typeof trainConfigSchema>;

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
  if (config.steps !== null && config.minutes !== null) {
    throw new UsageError('Give the length of the run as steps or as minutes, not both.');
  }
  if ([config.fold, config.validation, config.leaveOutSite].filter((choice) => choice !== null).length > 1) {
    throw new UsageError('Choose the held-out subjects by fold, by validation or by leaveOutSite, only one of them.');
  }
  if (config.splits !== null && (config.fold === null || config.folds !== null)) {
    throw new UsageError('A splits file has the folds in it: give fold with splits, and leave folds out.');
  }
  if (config.fold !== null && config.folds !== null && config.fold >= config.folds) {
    throw new UsageError(
      `Folds count from 0: of ${config.folds} folds the last is ${config.folds - 1}, not ${config.fold}.`,
    );
  }
  if (config.loss === 'dice' && config.beta !== 1 && hasOwn(input, 'beta')) {
    throw new UsageError('The Dice loss is the asymmetric loss with beta 1: give --beta only with --loss asymmetric.');
  }
  const steps = config.steps === null && config.minutes === null ? DEFAULT_STEPS : config.steps;
  const selection = { ...config.selection };
  // The rotations turn a brain upside down; only the paper's own preset trains, and so predicts, with them by default.
  const named = (input as { selection?: object }).selection;
  if (config.preset !== 'paper' && !hasOwn(named, 'augmentation')) selection.augmentation = 'mirror';
  return { ...config, selection, steps, beta: config.loss === 'dice' ? 1 : config.beta };
}

/**
 * The network and the patch of a configuration, for data with this many sequences and foreground classes.
 * @throws DataError when the patch breaks the network's rule
 */
export function resolveNetwork(
  config: TrainConfig,
  sequences: number,
  classes: number,
): { network: NetworkOptions; patch: Triple } {
  const overrides = Object.fromEntries(Object.entries(config.network).filter(([, value]) => value !== undefined));
  const network = presetNetwork(config.preset, {
    channels: sequences,
    outputs: classes === 1 ? 1 : classes + 1,
    ...overrides,
  });
  const patch = config.patch ?? presets[config.preset].patch;
  const fault = patchFault(network, patch);
  if (fault !== null) throw new DataError(`${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
  return { network, patch };
}

/** One beta for each foreground class. */
export function betasOf(config: TrainConfig, classes: number): readonly number[] {
  if (!Array.isArray(config.beta)) return Array.from({ length: classes }, () => config.beta as number);
  if (config.beta.length !== classes) {
    throw new UsageError(
      `beta has ${config.beta.length} values for ${classes} foreground classes: give one, or one for each.`,
    );
  }
  return config.beta;
}

function hasOwn(input: unknown, name: string): boolean {
  return typeof input === 'object' && input !== null && Object.hasOwn(input, name);
}
