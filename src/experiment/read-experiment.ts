import { parse as parseYaml } from 'yaml';
import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type Experiment, type ExperimentFile, experimentSchema, mergedTraining, trainingSchema } from './config.ts';
import { contradictionsOf, describeExperimentFaults } from './config-faults.ts';

export interface ExperimentRequest {
  /** The small form. */
  readonly quick: boolean;
  /** A file with changes to the base; null without. */
  readonly base: string | null;
  /** The dataset in place of the one that is named; null for that one. */
  readonly data: string | null;
}

/**
 * Reads an experiment: YAML, of which JSON is a part. Its dataset is a path that is seen from where the program runs.
 *
 * @param path of the file, with forward slashes
 * @throws DataError with every fault: what is no YAML, wrong or unknown entries, arms named twice or not at all
 */
export async function readExperiment(files: FileAccess, path: string, request: ExperimentRequest): Promise<Experiment> {
  const parsed = experimentSchema.safeParse(parseYamlOf(await files.readText(path), path));
  if (!parsed.success) {
    throw new DataError(`${path} is no experiment that can be run:\n${describeExperimentFaults(parsed.error)}`);
  }
  const file = parsed.data;
  const faults = contradictionsOf(file);
  if (request.quick && file.quick === undefined) {
    faults.push('quick: there is no small form; add one, or run all of it.');
  }
  if (faults.length > 0) throw new DataError(`${path} is no experiment that can be run:\n${faults.join('\n')}`);
  const base = typeof file.base === 'string' ? await readTraining(files, besideOf(path, file.base)) : file.base;
  const changes = request.base === null ? {} : await readTraining(files, request.base);
  const { quick, ...rest } = file;
  const experiment = { ...rest, base: mergedTraining(base, changes), data: dataOf(path, file, request) };
  if (!request.quick || quick === undefined) return experiment;
  // Its subjects are those of the dataset that it names.
  const known = quick.data === undefined || experiment.data === besideOf(path, quick.data);
  return quickForm(experiment, known ? quick : { ...quick, subjects: undefined });
}

function dataOf(path: string, file: ExperimentFile, { data, quick }: ExperimentRequest): string | undefined {
  const named = (quick ? file.quick?.data : undefined) ?? file.data;
  return data ?? (named === undefined ? undefined : besideOf(path, named));
}

/** A path that is seen from the folder of a file. */
function besideOf(file: string, path: string): string {
  if (/^(\/|[A-Za-z]:)/.test(path)) return path;
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return `${folder}${path}`;
}

async function readTraining(files: FileAccess, path: string): Promise<Record<string, unknown>> {
  const parsed = trainingSchema.safeParse(parseYamlOf(await files.readText(path), path));
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
function quickForm(experiment: Experiment, quick: NonNullable<ExperimentFile['quick']>): Experiment {
  const arms = experiment.arms.filter((arm) => quick.arms === undefined || quick.arms.includes(arm.name));
  const known = new Set([...arms, ...experiment.baselines].map((arm) => arm.name));
  return {
    ...experiment,
    title: `${experiment.title} (quick)`,
    subjects: quick.subjects ?? experiment.subjects,
    folds: quick.folds ?? experiment.folds,
    base: mergedTraining(experiment.base, quick.base),
    arms,
    seeds: quick.seeds ?? experiment.seeds,
    comparisons: experiment.comparisons.filter(({ first, second }) => known.has(first) && known.has(second)),
    claims: experiment.claims.filter(({ arm, than }) => [arm, ...than].every((one) => known.has(one))),
  };
}
