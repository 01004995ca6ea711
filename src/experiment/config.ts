import { z } from 'zod';
import { FIGURE_NAMES } from '../evaluate/figures.ts';
import { predictionOptionsSchema } from '../predict/options.ts';

const name = z.string().min(1);
const names = z.array(name).min(1);
const seeds = z.array(z.int().min(0)).min(1);
/** Entries of a training configuration; `trainingOf` checks them once arm and base are put together. */
export const trainingSchema = z.record(z.string(), z.unknown());
const figure = z.enum(FIGURE_NAMES);

/** Who is held out: patients dealt out to folds, sites spread evenly over them; or one site after the other. */
export const foldsSchema = z.strictObject({
  by: z.enum(['patient', 'site']).default('patient'),
  /** How many folds of patients. */
  count: z.int().min(2).optional(),
  /** Only these folds, counted from 0; all without it. */
  use: z.array(z.int().min(0)).min(1).optional(),
  /** Of the dealing; the runs' own seeds do not change who is held out. */
  seed: z.int().min(0).default(0),
});

/** One thing that is compared: a training, and a way of predicting with it. Arms with the same training share its runs. */
export const armSchema = z.strictObject({
  name,
  /** Changes to `base`: `network` and `lossOptions` entry by entry, any other entry as a whole. */
  training: trainingSchema.default({}),
  /** What the prediction changes of the model's defaults. */
  prediction: predictionOptionsSchema.default({}),
  /** The sequences that the scans are predicted from, of those trained on; subjects that lack one are left out. */
  sequences: names.optional(),
});

/** A threshold on one sequence, chosen on the other patients: what a trained network has to beat. */
export const baselineSchema = z.strictObject({ name, threshold: name });

/** Two arms and the figure that decides, named before anybody looks. */
export const comparisonSchema = z.strictObject({ first: name, second: name, figure });

/** A statement that the results confirm, contradict or leave open. */
export const claimSchema = z.strictObject({
  text: name,
  /** The arm that it speaks of. */
  arm: name,
  /** The arms that it is better or worse than, each of them. */
  than: names,
  figure,
  expected: z.enum(['higher', 'lower']),
});

export const quickSchema = z.strictObject({
  data: name.optional(),
  subjects: names.optional(),
  folds: foldsSchema.optional(),
  base: trainingSchema.default({}),
  /** Only these. */
  arms: names.optional(),
  seeds: seeds.optional(),
});

/** What an experiment file holds. */
export const experimentSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'it takes letters, digits, dots, hyphens and underscores'),
  title: name,
  /** For the reader: how long it takes, on what. */
  duration: name,
  notes: z.array(name).default([]),
  /** The dataset, seen from the file's folder, where the command does not name one. */
  data: name.optional(),
  /** Only these subjects take part; all with a reference without it. */
  subjects: names.optional(),
  folds: foldsSchema.prefault({}),
  /** The training configuration that all arms start from, or the name of a file with it, seen from this one's folder. */
  base: z.union([name, trainingSchema], { error: 'it takes a training configuration, or the name of a file with one' }),
  /** What the prediction of all arms changes of the models' defaults. */
  prediction: predictionOptionsSchema.default({}),
  arms: z.array(armSchema).min(1),
  baselines: z.array(baselineSchema).default([]),
  seeds: seeds.default([0]),
  /** Figures of the tables; the first one is shown patient by patient. */
  figures: z.array(figure).min(1).default(['Dice', 'Sensitivity', 'PPV', 'F2', 'APR', 'LTPR', 'LFPR', 'LesionF1']),
  comparisons: z.array(comparisonSchema).default([]),
  claims: z.array(claimSchema).default([]),
  /** A small form of the experiment that shows whether all of it works. */
  quick: quickSchema.optional(),
});

export type ExperimentFile = z.infer<typeof experimentSchema>;
export type Experiment = Omit<ExperimentFile, 'quick' | 'base'> & {
  readonly base: Readonly<Record<string, unknown>>;
};
export type Arm = Experiment['arms'][number];
export type FoldChoice = Experiment['folds'];
export type Claim = Experiment['claims'][number];

/** Entries whose own entries are changed one by one; all others are replaced. */
const MERGED = ['network', 'lossOptions'];

/** A training configuration with changes on top. */
export function mergedTraining(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base, ...changes };
  for (const entry of MERGED) {
    const [before, after] = [base[entry], changes[entry]];
    if (typeof before === 'object' && typeof after === 'object') merged[entry] = { ...before, ...after };
  }
  return merged;
}
