import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { closestName } from '../closest-name.ts';
import { DataError } from '../errors.ts';
import { FIGURE_NAMES } from '../evaluate/figures.ts';
import { predictionOptionsSchema } from '../predict/options.ts';
import type { FileAccess } from '../volume/file-access.ts';

const name = z.string().min(1);
const names = z.array(name).min(1);
const seeds = z.array(z.int().min(0)).min(1);
/** Entries of a training configuration; `trainingOf` checks them once arm and base are put together. */
const training = z.record(z.string(), z.unknown());
const figure = z.enum(FIGURE_NAMES);

/** Who is held out: patients dealt out to folds, sites spread evenly over them; or one site after the other. */
const foldsSchema = z.strictObject({
  by: z.enum(['patient', 'site']).default('patient'),
  /** How many folds of patients. */
  count: z.int().min(2).optional(),
  /** Only these folds, counted from 0; all without it. */
  use: z.array(z.int().min(0)).min(1).optional(),
  /** Of the dealing; the runs' own seeds do not change who is held out. */
  seed: z.int().min(0).default(0),
});

/** One thing that is compared: a training, and a way of predicting with it. Arms with the same training share its runs. */
const armSchema = z.strictObject({
  name,
  /** Changes to `base`: `network` and `lossOptions` entry by entry, any other entry as a whole. */
  training: training.default({}),
  /** What the prediction changes of the model's defaults. */
  prediction: predictionOptionsSchema.default({}),
  /** The sequences that the scans are predicted from, of those trained on; subjects that lack one are left out. */
  sequences: names.optional(),
});

/** A threshold on one sequence, chosen on the other patients: what a trained network has to beat. */
const baselineSchema = z.strictObject({ name, threshold: name });

/** Two arms and the figure that decides, named before anybody looks. */
const comparisonSchema = z.strictObject({ first: name, second: name, figure });

/** A statement that the results confirm, contradict or leave open. */
const claimSchema = z.strictObject({
  text: name,
  /** The arm that it speaks of. */
  arm: name,
  /** The arms that it is better or worse than, each of them. */
  than: names,
  figure,
  expected: z.enum(['higher', 'lower']),
});

const quickSchema = z.strictObject({
  data: name.optional(),
  subjects: names.optional(),
  folds: foldsSchema.optional(),
  base: training.default({}),
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
  base: z.union([name, training], { error: 'it takes a training configuration, or the name of a file with one' }),
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

type ExperimentFile = z.infer<typeof experimentSchema>;
export type Experiment = Omit<ExperimentFile, 'quick' | 'base'> & {
  readonly base: Readonly<Record<string, unknown>>;
};
export type Arm = Experiment['arms'][number];
export type FoldChoice = Experiment['folds'];
export type Baseline = Experiment['baselines'][number];
export type Claim = Experiment['claims'][number];

export interface ExperimentRequest {
  /** The small form. */
  readonly quick: boolean;
  /** A file with changes to the base; null without. */
  readonly base: string | null;
}

/**
 * Reads an experiment: YAML, of which JSON is a part.
 *
 * @param path of the file, with forward slashes
 * @throws DataError with every fault: what is no YAML, wrong or unknown entries, arms named twice or not at all
 */
export async function readExperiment(files: FileAccess, path: string, request: ExperimentRequest): Promise<Experiment> {
  const parsed = experimentSchema.safeParse(parseYamlOf(await files.readText(path), path));
  if (!parsed.success) {
    throw new DataError(`${path} is no experiment that can be run:\n${describeFaults(parsed.error)}`);
  }
  const file = parsed.data;
  const faults = contradictions(file);
  if (request.quick && file.quick === undefined) {
    faults.push('quick: there is no small form; add one, or run all of it.');
  }
  if (faults.length > 0) throw new DataError(`${path} is no experiment that can be run:\n${faults.join('\n')}`);
  const base = typeof file.base === 'string' ? await readTraining(files, besideOf(path, file.base)) : file.base;
  const changes = request.base === null ? {} : await readTraining(files, request.base);
  const { quick, ...rest } = file;
  const experiment = { ...rest, base: mergedTraining(base, changes) };
  return request.quick && quick !== undefined ? quickForm(experiment, quick) : experiment;
}

/** A path that is seen from the folder of a file. */
export function besideOf(file: string, path: string): string {
  if (/^(\/|[A-Za-z]:)/.test(path)) return path;
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return `${folder}${path}`;
}

async function readTraining(files: FileAccess, path: string): Promise<Record<string, unknown>> {
  const parsed = training.safeParse(parseYamlOf(await files.readText(path), path));
  if (parsed.success) return parsed.data;
  throw new DataError(
    `${path} holds no training configuration: give its entries by their names, such as \`steps: 400\`.`,
  );
}

function parseYamlOf(text: string, path: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new DataError(`${path} is no YAML: ${(cause as Error).message.split('\n')[0]}; correct it.`, { cause });
  }
}

/** The experiment with what its quick form changes. What speaks of arms that are left out is left out too. */
function quickForm(experiment: Experiment, quick: z.infer<typeof quickSchema>): Experiment {
  const arms = experiment.arms.filter((arm) => quick.arms === undefined || quick.arms.includes(arm.name));
  const known = new Set([...arms, ...experiment.baselines].map((arm) => arm.name));
  return {
    ...experiment,
    title: `${experiment.title} (quick)`,
    data: quick.data ?? experiment.data,
    subjects: quick.subjects ?? experiment.subjects,
    folds: quick.folds ?? experiment.folds,
    base: mergedTraining(experiment.base, quick.base),
    arms,
    seeds: quick.seeds ?? experiment.seeds,
    comparisons: experiment.comparisons.filter(({ first, second }) => known.has(first) && known.has(second)),
    claims: experiment.claims.filter(({ arm, than }) => [arm, ...than].every((one) => known.has(one))),
  };
}

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

function contradictions({ arms, baselines, comparisons, claims, folds, quick }: ExperimentFile): string[] {
  const faults: string[] = [];
  const all = [...arms, ...baselines].map((arm) => arm.name);
  for (const twice of new Set(all.filter((one, index) => all.indexOf(one) !== index))) {
    faults.push(`arms: ${twice} is named twice; give each its own name.`);
  }
  const check = (place: string, named: readonly string[], known: readonly string[]): void => {
    for (const one of named.filter((own) => !known.includes(own))) {
      faults.push(`${place}: there is no arm ${one}; ${advise(one, known, 'the arms are')}.`);
    }
  };
  for (const [index, { first, second }] of comparisons.entries()) check(`comparisons.${index}`, [first, second], all);
  for (const [index, { arm, than }] of claims.entries()) check(`claims.${index}`, [arm, ...than], all);
  check(
    'quick.arms',
    quick?.arms ?? [],
    arms.map((arm) => arm.name),
  );
  for (const [place, choice] of [['folds', folds] as const, ['quick.folds', quick?.folds] as const]) {
    if (choice?.by === 'site' && choice.count !== undefined) {
      faults.push(`${place}.count: the sites say how many there are; leave it out with by: site.`);
    }
  }
  return faults;
}

/** One line a fault; for an unknown entry the name that was most likely meant. */
function describeFaults(error: z.ZodError): string {
  return error.issues
    .flatMap((issue) => {
      const place = issue.path.join('.');
      if (issue.code !== 'unrecognized_keys') return [`${place === '' ? 'the file' : place}: ${issue.message}.`];
      const known = entriesAt(issue.path);
      return issue.keys.map((key) => {
        const full = place === '' ? key : `${place}.${key}`;
        return `${full}: there is no such entry; ${advise(key, known, 'the entries are')}.`;
      });
    })
    .join('\n');
}

function advise(wrong: string, known: readonly string[], otherwise: string): string {
  const meant = closestName(wrong, known);
  return meant === null ? `${otherwise} ${known.join(', ')}` : `did you mean ${meant}?`.replace(/\?$/, '');
}

/** The entries that there are at a place of the file. */
function entriesAt(path: readonly PropertyKey[]): readonly string[] {
  const place = path.filter((part) => typeof part === 'string').join('.');
  switch (place) {
    case 'arms':
      return Object.keys(armSchema.shape);
    case 'prediction':
    case 'arms.prediction':
      return Object.keys(predictionOptionsSchema.shape);
    case 'baselines':
      return Object.keys(baselineSchema.shape);
    case 'comparisons':
      return Object.keys(comparisonSchema.shape);
    case 'claims':
      return Object.keys(claimSchema.shape);
    case 'folds':
    case 'quick.folds':
      return Object.keys(foldsSchema.shape);
    case 'quick':
      return Object.keys(quickSchema.shape);
    default:
      return Object.keys(experimentSchema.shape);
  }
}
