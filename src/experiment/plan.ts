import { withRater } from '../dataset/rater.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { DataError } from '../errors.ts';
import type { PredictionOptions } from '../predict/options.ts';
import { modalitiesOf } from '../train/modalities.ts';
import { contentOf } from '../train/subject-content.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { Arm, Experiment } from './config.ts';
import { type Fold, foldsOf } from './folds.ts';
import { keyOf } from './keys.ts';
import { type ArmTraining, identityOf, trainingOf } from './training.ts';

/** One way of predicting the held-out subjects of a run; its result is one file. */
export interface PlannedResult {
  readonly key: string;
  readonly prediction: PredictionOptions;
  /** The sequences to predict from; null: all that there are. */
  readonly sequences: readonly string[] | null;
}

/** One training, done once whichever arms it serves. */
export interface PlannedRun {
  readonly key: string;
  /** For people: the arms, the fold and the seed. */
  readonly label: string;
  readonly training: ArmTraining;
  readonly seed: number;
  readonly fold: Fold;
  readonly results: readonly PlannedResult[];
}

/** What one arm has of one fold and seed. */
export interface PlannedCell {
  readonly arm: string;
  readonly seed: number;
  readonly fold: string;
  readonly run: string;
  readonly result: string;
}

export interface Plan {
  readonly experiment: Experiment;
  /** With the subjects that take part. */
  readonly dataset: Dataset;
  /** A digest of the scans that take part, and of their references. */
  readonly dataDigest: string;
  /** In the order in which they are to run: the first seed of all arms first, fold by fold, so that arms can be compared early. */
  readonly runs: readonly PlannedRun[];
  readonly cells: readonly PlannedCell[];
}

/**
 * Lists the runs of an experiment, each with a key by which its results are found again: a digest of the training configuration, the
 * seed, and the content of the scans on both sides of the split, by their identifiers. Nothing is trained.
 *
 * @throws DataError for arms, subjects or folds that do not fit the dataset
 */
export async function planExperiment(files: FileAccess, data: Dataset, experiment: Experiment): Promise<Plan> {
  const dataset = withSubjects(data, experiment.subjects);
  const digests = new SubjectDigests(files, dataset);
  const arms: { arm: Arm; training: ArmTraining; folds: readonly Fold[] }[] = [];
  for (const arm of experiment.arms) {
    const training = trainingOf(experiment, arm);
    const known = modalitiesOf(dataset, training.config);
    const unknown = (arm.sequences ?? []).filter((sequence) => !known.includes(sequence));
    if (unknown.length > 0) {
      throw new DataError(
        `The arm ${arm.name} predicts from ${unknown.join(', ')}, and is trained on ${known.join(', ')}.`,
      );
    }
    arms.push({ arm, training, folds: foldsOf(withRater(dataset, training.config.rater), experiment.folds) });
  }
  const runs = new Map<string, PlannedRun & { arms: string[]; results: PlannedResult[] }>();
  const cells: PlannedCell[] = [];
  for (const seed of experiment.seeds) {
    for (let index = 0; index < (arms[0]?.folds.length ?? 0); index++) {
      for (const { arm, training, folds } of arms) {
        const fold = folds[index];
        if (fold === undefined)
          throw new DataError(`The arm ${arm.name} has other folds than the first: give all one rater.`);
        const key = await keyOf({
          run: identityOf(training),
          seed,
          training: await digests.of(fold.split.training, training),
          heldOut: await digests.of(fold.split.validation, training),
        });
        const run = runs.get(key) ?? { key, label: '', training, seed, fold, arms: [], results: [] };
        runs.set(key, run);
        if (!run.arms.includes(arm.name)) run.arms.push(arm.name);
        const prediction = { ...experiment.prediction, ...arm.prediction };
        const { sequences = null } = arm;
        const result = await keyOf({ run: key, prediction, sequences });
        if (!run.results.some((own) => own.key === result)) run.results.push({ key: result, prediction, sequences });
        cells.push({ arm: arm.name, seed, fold: fold.name, run: key, result });
      }
    }
  }
  return {
    experiment,
    dataset,
    dataDigest: await digests.ofAll(),
    runs: [...runs.values()].map(({ arms: served, ...run }) => ({
      ...run,
      label: `${served.length > 3 ? `${served[0]} and ${served.length - 1} more` : served.join(', ')}; ${run.fold.name}, seed ${run.seed}`,
    })),
    cells,
  };
}

/** A dataset with some of its subjects, named by identifier or patient, with or without `sub-`. */
function withSubjects(dataset: Dataset, wanted: readonly string[] | undefined): Dataset {
  if (wanted === undefined) return dataset;
  const matches = ({ id, group }: Subject, name: string): boolean =>
    [id, group].some((own) => own === name || own === `sub-${name}`);
  const unknown = wanted.filter((name) => !dataset.subjects.some((subject) => matches(subject, name)));
  if (unknown.length > 0)
    throw new DataError(`subjects: the dataset ${dataset.name} has no subject ${unknown.join(', ')}.`);
  return { ...dataset, subjects: dataset.subjects.filter((subject) => wanted.some((name) => matches(subject, name))) };
}

/** Digests of what the scans hold, each computed once. */
class SubjectDigests {
  private readonly files: FileAccess;
  private readonly dataset: Dataset;
  private readonly known = new Map<string, Promise<string>>();

  constructor(files: FileAccess, dataset: Dataset) {
    this.files = files;
    this.dataset = dataset;
  }

  /** Identifiers with digests of the sequences that a training takes, and of the references. */
  async of(subjects: readonly Subject[], { config }: ArmTraining): Promise<(readonly [string, string])[]> {
    const modalities = modalitiesOf(this.dataset, config);
    const pairs: (readonly [string, string])[] = [];
    for (const subject of subjects) pairs.push([subject.id, await this.digest(subject, modalities)]);
    return pairs;
  }

  async ofAll(): Promise<string> {
    const pairs: (readonly [string, string])[] = [];
    for (const subject of this.dataset.subjects) {
      pairs.push([subject.id, await this.digest(subject, this.dataset.modalities)]);
    }
    return keyOf(pairs);
  }

  private digest(subject: Subject, modalities: readonly string[]): Promise<string> {
    const place = JSON.stringify([subject.id, subject.reference, modalities]);
    const digest = this.known.get(place) ?? this.compute(subject, modalities);
    this.known.set(place, digest);
    return digest;
  }

  private async compute(subject: Subject, modalities: readonly string[]): Promise<string> {
    const content = await contentOf(this.files, subject, modalities, this.dataset.labels);
    if (content !== null) return keyOf(content);
    throw new DataError(
      `${subject.id}: what its files hold cannot be told, so no result of it could be found again: it takes files that can be read and that ` +
        'do not name others (.mhd, .nhdr); convert them with `rarevox convert`.',
    );
  }
}
