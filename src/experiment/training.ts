import { DataError, UsageError } from '../errors.ts';
import { parseTrainConfig, type TrainConfig } from '../train/config.ts';
import { type Arm, type Experiment, mergedTraining } from './config.ts';

/** Entries that the experiment itself decides, or that would make two runs of the same configuration differ. */
const DECIDED: Readonly<Record<string, string>> = {
  fold: 'folds says who is held out',
  folds: 'folds says who is held out',
  splits: 'folds says who is held out',
  validation: 'folds says who is held out',
  leaveOutSite: 'folds says who is held out',
  seed: 'seeds has them',
  minutes: 'give steps, which are the same on every machine',
  warmStart: 'runs start from fresh weights',
  patience: 'every run takes all of its steps',
};

/** Of an arm: what its runs are trained with, but for seed and held-out subjects. */
export interface ArmTraining {
  /** As it was asked for. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly config: TrainConfig;
}

/**
 * The training of an arm: the base with the arm's changes. Nothing is validated on the way unless `validateEvery` says so.
 * @throws DataError naming the arm, with all faults
 */
export function trainingOf({ base }: Experiment, arm: Arm): ArmTraining {
  const given = mergedTraining(base, arm.training);
  const decided = Object.keys(given).filter((entry) => DECIDED[entry] !== undefined);
  const faults = decided.map((entry) => `${entry} is not the arm's to say: ${DECIDED[entry]}.`);
  try {
    const config = parseTrainConfig({ validateEvery: null, ...given });
    if (arm.sequences !== undefined && config.modalityDropout === 0) {
      faults.push(
        'sequences: a model predicts from some of its sequences only when it was trained with modalityDropout.',
      );
    }
    if (faults.length === 0) return { given, config };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    faults.push(error.message);
  }
  throw new DataError(`The arm ${arm.name}:\n${faults.join('\n')}`);
}

/** What of a training determines its weights, in the words in which it was asked for, without what only repeats a default. */
export function identityOf({ given, config }: ArmTraining): Readonly<Record<string, unknown>> {
  const defaults = parseTrainConfig({ validateEvery: null }) as unknown as Readonly<Record<string, unknown>>;
  const own = config as unknown as Readonly<Record<string, unknown>>;
  const entries = Object.entries(given).filter(([entry]) => {
    return entry !== 'checkpointSeconds' && JSON.stringify(own[entry]) !== JSON.stringify(defaults[entry]);
  });
  return Object.fromEntries(entries);
}

/** The configuration of one run. */
export function runConfig({ config }: ArmTraining, seed: number, heldOut: readonly string[]): TrainConfig {
  // What chooses the subjects is one entry only, which parsing has seen to be empty.
  return { ...config, seed, validation: [...heldOut] };
}
