import { z } from 'zod';
import { withRater } from '../dataset/rater.ts';
import type { Split } from '../dataset/split.ts';
import { encodeSplits, SPLITS_FILE } from '../dataset/splits-file.ts';
import type { Dataset, FoldIds, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError, UsageError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { encodeModel, type Model } from '../model/model-file.ts';
import { trainedViews } from '../patch/selection-options.ts';
import { viewsOf } from '../patch/view.ts';
import { choosePlan } from '../preprocess/choose-plan.ts';
import { type DatasetFingerprint, fingerprintDataset } from '../preprocess/fingerprint.ts';
import { readableJson } from '../preprocess/readable-json.ts';
import type { TrainingCase } from './batch.ts';
import { betasOf, resolveNetwork, type TrainConfig } from './config.ts';
import { missingModalitiesOf, modalitiesOf } from './modalities.ts';
import { checkPlan } from './plan-file.ts';
import {
  openReading,
  prepareSubjects,
  type Reading,
  type ReadingOptions,
  type ReadSubject,
  readSubjects,
} from './prepare-subjects.ts';
import { RUN_DESCRIPTION, type RunDescription, runDescriptionSchema } from './run-description.ts';
import { CHECKPOINT, FINAL_CHECKPOINT, FINGERPRINT, type LogEntry, MODEL, RunFolder } from './run-folder.ts';
import { chooseSplit } from './split-choice.ts';
import { trainNetwork } from './train-network.ts';

export interface TrainOptions extends ReadingOptions {
  readonly engine: Engine;
  /** The run's folder. */
  readonly out: string;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Called with the whole log after each checkpoint. */
  readonly onCheckpoint?: ((folder: RunFolder, log: readonly LogEntry[]) => Promise<void>) | undefined;
}

export interface Run {
  readonly folder: RunFolder;
  readonly description: RunDescription;
  readonly model: Model;
  /** Subjects that were held out, with their files. */
  readonly validation: readonly Subject[];
}

/**
 * Trains a model on a dataset: RUN/config.json, checkpoints, log.jsonl, and at the end RUN/model.onnx.
 *
 * @throws DataError with every fault of the data, before the training starts; UsageError for options that don't fit it
 */
export async function train(data: Dataset, config: TrainConfig, options: TrainOptions): Promise<Run> {
  const dataset = withRater(data, config.rater);
  const folder = new RunFolder(options.files, options.out);
  if (await folder.has(CHECKPOINT)) {
    throw new UsageError(`${options.out} holds a run already: continue it with --resume, or choose another folder.`);
  }
  const { split, folds } = await chooseSplit(options.files, dataset, config);
  const modalities = modalitiesOf(dataset, config);
  const large = dataset.labels.find(({ value }) => value > 255);
  if (large !== undefined) {
    throw new DataError(`The label ${large.name} has the value ${large.value}: renumber the labels to 255 or less.`);
  }
  const classes = dataset.labels.length;
  const { network, patch } = resolveNetwork(config, modalities.length, classes);
  const betas = [...betasOf(config, classes)];
  const choices = { modalities, spacing: config.spacing, normalization: config.intensity };
  checkPlan({ version: 1, ...choices, spacing: null }, 'The preprocessing that the options ask for');
  const reading = openReading(options, missingModalitiesOf(config));
  const read = await readAll(reading, split, modalities, dataset);
  const subjects = read.map(({ fingerprint }) => fingerprint);
  const preprocess = choosePlan(subjects, choices);
  // Parsed for the order of its entries: a resumed run reads it back, and has to write the same model file.
  const description = runDescriptionSchema.parse({
    version: 1,
    config,
    dataset: {
      name: dataset.name,
      training: split.training.map(({ id }) => id),
      validation: split.validation.map(({ id }) => id),
    },
    labels: dataset.labels.map(({ value, name }) => ({ value, name })),
    preprocess,
    network,
    patch: [...patch],
    betas,
  });
  const cases = await prepareSubjects(read, preprocess, dataset.labels, reading);
  const fingerprint = fingerprintDataset(dataset.name, dataset.labels, subjects);
  return runTraining(folder, description, cases, split.validation, { folds, fingerprint }, options);
}

/**
 * Continues a run from its last checkpoint, with the options that it was started with.
 *
 * @param data the same dataset
 * @throws DataError when the folder holds no run, or the data has changed
 */
export async function resumeTraining(data: Dataset, options: TrainOptions): Promise<Run> {
  const folder = new RunFolder(options.files, options.out);
  if (!(await folder.has(RUN_DESCRIPTION))) {
    throw new DataError(`${options.out} holds no run to resume: start one without --resume.`);
  }
  const description = await folder.readJson(RUN_DESCRIPTION, runDescriptionSchema);
  const dataset = withRater(data, description.config.rater);
  const byId = new Map(dataset.subjects.map((subject) => [subject.id, subject]));
  const find = (ids: readonly string[]): Subject[] => {
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) {
      throw new DataError(
        `The run in ${options.out} uses subjects that the dataset lacks now: ${missing.join(', ')}. Put them back, or start a new run.`,
      );
    }
    return ids.map((id) => byId.get(id) as Subject);
  };
  const { training, validation } = description.dataset;
  const split = { training: find(training), validation: find(validation) };
  const reading = openReading(options, missingModalitiesOf(description.config));
  const read = await readAll(reading, split, description.preprocess.modalities, dataset);
  const cases = await prepareSubjects(read, description.preprocess, dataset.labels, reading);
  return runTraining(folder, description, cases, split.validation, null, options);
}

/** @param start what a new run begins with; null to resume one */
async function runTraining(
  folder: RunFolder,
  description: RunDescription,
  cases: readonly TrainingCase[],
  validation: readonly Subject[],
  start: { readonly folds: readonly FoldIds[]; readonly fingerprint: DatasetFingerprint } | null,
  options: TrainOptions,
): Promise<Run> {
  const { onCheckpoint } = options;
  await folder.removeUnfinished();
  const parameters = await trainNetwork(
    {
      cases,
      network: description.network,
      patch: description.patch,
      labelValues: description.labels.map(({ value }) => value),
      betas: description.betas,
      config: description.config,
    },
    {
      engine: options.engine,
      folder,
      resume: start === null,
      now: options.now,
      signal: options.signal,
      onEvent: options.onEvent,
      onStart:
        start === null
          ? undefined
          : async () => {
              if (start.folds.length > 0) await folder.write(SPLITS_FILE, encodeSplits(start.folds));
              await folder.write(FINGERPRINT, readableJson(start.fingerprint));
              await folder.writeJson(RUN_DESCRIPTION, description);
            },
      onCheckpoint: onCheckpoint && ((log) => onCheckpoint(folder, log)),
    },
  );
  const model: Model = { description: describeModel(description), parameters };
  try {
    await folder.write(MODEL, encodeModel(model));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const rest = `${folder.file(FINAL_CHECKPOINT)} is whole: --resume writes the model.`;
    throw new DataError(`${error.message} ${rest}`, { cause: error });
  }
  return { folder, description, model, validation };
}

/**
 * Reads the subjects, and reports the faults of all of them together: also of those held out, which are read and dropped,
 * since a fault that shows after hours of training comes too late.
 *
 * @returns those to train on
 */
async function readAll(
  reading: Reading,
  { training, validation }: Split,
  modalities: readonly string[],
  dataset: Dataset,
): Promise<ReadSubject[]> {
  if (training.length === 0) {
    throw new DataError(
      `The dataset ${dataset.name} has no subject to train on: it needs images with a reference mask.`,
    );
  }
  const request = { modalities, labels: dataset.labels, kept: training };
  return (await readSubjects([...training, ...validation], request, reading)).slice(0, training.length);
}

/** The most views that a prediction may average, of which training showed the network every one. */
function viewCountOf({ selection }: TrainConfig): 1 | 2 | 4 {
  const shown = new Set(trainedViews(selection).map(({ view }) => view));
  const counts = [4, 2, 1] as const;
  return counts.find((count) => viewsOf(count).every(({ name }) => shown.has(name))) ?? 1;
}

/** What the model file says of a run. */
function describeModel(run: RunDescription): ModelDescription {
  return {
    version: 1,
    network: run.network,
    preprocess: run.preprocess,
    missingModalities: missingModalitiesOf(run.config),
    labels: run.labels,
    patch: run.patch,
    prediction: {
      overlap: 0.5,
      window: 'spline',
      padding: 'fit',
      views: viewCountOf(run.config),
      threshold: 0.5,
    },
    card: {
      name: `${run.dataset.name} (${run.config.preset})`,
      task: `segmentation of ${run.labels.map(({ name }) => name).join(', ')} in ${run.preprocess.modalities.join(', ')}`,
      created_by: 'rarevox train',
      intended_use: 'Research only. Not a medical device: not for diagnosis or treatment.',
      training: {
        dataset: run.dataset.name,
        subjects: run.dataset.training,
        held_out: run.dataset.validation,
        config: z.json().parse(run.config),
      },
      references: [
        'Hashemi et al. 2019, Asymmetric Loss Functions and Deep Densely-Connected Networks for Highly-Imbalanced Medical Image Segmentation: Application to Multiple Sclerosis Lesion Detection, IEEE Access 7:1721-1735, doi 10.1109/ACCESS.2018.2886371',
      ],
    },
  };
}
