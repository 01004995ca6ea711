import { withRater } from '../dataset/rater.ts';
import type { Split } from '../dataset/split.ts';
import { encodeSplits, SPLITS_FILE } from '../dataset/splits-file.ts';
import type { Dataset, FoldIds, Label, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError, UsageError } from '../errors.ts';
import { lossFunction } from '../loss/loss-description.ts';
import { needsVoxelCounts, resolveLoss } from '../loss/options.ts';
import { encodeModel, type Model } from '../model/model-file.ts';
import { choosePlan } from '../preprocess/choose-plan.ts';
import { type DatasetFingerprint, fingerprintDataset } from '../preprocess/fingerprint.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import { readableJson } from '../preprocess/readable-json.ts';
import type { BatchLayout } from './batch.ts';
import { inThisThread, type MakeBatchSource } from './batch-source.ts';
import { checkMemory, type MemoryDemand } from './check-memory.ts';
import { classVoxels } from './class-voxels.ts';
import { resolveNetwork, type TrainConfig } from './config.ts';
import { describeModel } from './describe-model.ts';
import { EVENT_FILE } from './event-file.ts';
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
import { RecipeDrawer } from './recipe.ts';
import { RUN_DESCRIPTION, type RunDescription, readRunDescription, runDescriptionSchema } from './run-description.ts';
import { eventsOf } from './run-events.ts';
import { CHECKPOINT, FINAL_CHECKPOINT, FINGERPRINT, MODEL, RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import { chooseSplit } from './split-choice.ts';
import { trainNetwork } from './train-network.ts';
import type { TrainingCase } from './training-case.ts';
import { type ParameterValues, TrainingSession } from './training-session.ts';
import { trainingWarnings } from './training-warnings.ts';
import type { ValidationCase, ValidationOptions } from './validation.ts';
import { prepareValidation } from './validation-cases.ts';
import { makeValidator } from './validator.ts';
import { warmStartParameters } from './warm-start.ts';

export interface TrainOptions extends ReadingOptions {
  readonly engine: Engine;
  /** The run's folder. */
  readonly out: string;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** The model that the configuration's `warmStart` names. */
  readonly warmStart?: Model | undefined;
  /** What cuts the patches, such as a pool of worker threads; the caller's own thread where it is not given. */
  readonly batchSource?: MakeBatchSource | undefined;
  /** Bytes that training may take; where it is given, a run that takes more on the CPU is refused. */
  readonly availableMemory?: number | undefined;
  /** Milliseconds since 1970, for the events that TensorBoard shows; without it there is no such file. */
  readonly clock?: (() => number) | undefined;
  /** Version of rarevox, for the model's card. */
  readonly version?: string | undefined;
  /** The command that starts the run, for RUN/config.json. */
  readonly command?: string | undefined;
  /** Called right before each checkpoint is written. */
  readonly onCheckpoint?: ((folder: RunFolder, log: RunLog) => Promise<void>) | undefined;
  /** Called with each prediction of a validation on the way: for pictures. */
  readonly onPrediction?: ValidationOptions['onPrediction'];
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
  // Faults of the loss, and too little memory, show before anything is read; which beta it is changes nothing there.
  const provisional = resolveLoss({ ...config, ...(needsVoxelCounts(config) && { beta: 1 }) }, classes, null);
  checkFits({ network, patch, batch: config.batch, loss: provisional }, options);
  const choices = { modalities, spacing: config.spacing, normalization: config.intensity };
  checkPlan({ version: 1, ...choices, spacing: null }, 'The preprocessing that the options ask for');
  const reading = openReading(options, missingModalitiesOf(config));
  const read = await readAll(reading, split, modalities, dataset, config);
  const subjects = read.training.map(({ fingerprint }) => fingerprint);
  const preprocess = choosePlan(subjects, choices);
  const prepared = await prepareAll(read, preprocess, dataset.labels, reading);
  const loss = resolveLoss(config, classes, classVoxels(prepared.training, dataset.labels));
  // Parsed for the order of its entries: a resumed run reads it back, and has to write the same model file.
  const description = runDescriptionSchema.parse({
    version: 2,
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
    loss,
    device: options.engine.device,
    ...(options.command !== undefined && { command: options.command }),
  });
  for (const warning of trainingWarnings(description)) options.onWarning?.(warning);
  const fingerprint = fingerprintDataset(dataset.name, dataset.labels, subjects);
  const beginning: Beginning = { kind: 'new', folds, fingerprint };
  return runTraining(folder, description, prepared, split.validation, beginning, options);
}

/** A length that a run is given anew when it goes on. */
export type Extension = Pick<TrainConfig, 'steps'> | Pick<TrainConfig, 'minutes'>;

/**
 * Continues a run from its last checkpoint, with the options that it was started with.
 *
 * @param data the same dataset
 * @param extension a new length for the run, in the unit that it was started with; it may be finished already. The learning
 *   rate goes on where the schedule is for the new length.
 * @throws DataError when the folder holds no run, or the data has changed; UsageError for an extension that is none
 */
export async function resumeTraining(
  data: Dataset,
  options: TrainOptions,
  extension: Extension | null = null,
): Promise<Run> {
  const folder = new RunFolder(options.files, options.out);
  if (!(await folder.has(RUN_DESCRIPTION))) {
    throw new DataError(`${options.out} holds no run to resume: start one without --resume.`);
  }
  const before = await readRunDescription(folder);
  if (before.device !== options.engine.device) {
    throw new UsageError(
      `The run in ${options.out} was started on the device ${before.device}, and stays there: resume it without --device.`,
    );
  }
  const description = extended(before, extension);
  const { warmStart } = description.config;
  if (warmStart !== null && options.warmStart === undefined && !(await folder.has(CHECKPOINT))) {
    throw new DataError(
      `The run in ${options.out} ended before its first checkpoint, and it starts from ${warmStart}: start it anew in the same folder, without --resume.`,
    );
  }
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
  const { config, network, patch, loss } = description;
  checkFits({ network, patch, loss, batch: config.batch }, options);
  const { training, validation } = description.dataset;
  const split = { training: find(training), validation: find(validation) };
  const reading = openReading(options, missingModalitiesOf(config));
  const read = await readAll(reading, split, description.preprocess.modalities, dataset, config);
  const prepared = await prepareAll(read, description.preprocess, dataset.labels, reading);
  const isExtended = lengthOf(description) > lengthOf(before);
  const beginning: Beginning = { kind: 'resumed', isExtended };
  return runTraining(folder, description, prepared, split.validation, beginning, options);
}

/** @throws DataError where the training step takes more memory than there is */
function checkFits(
  { loss, ...demand }: Omit<MemoryDemand, 'loss'> & Pick<RunDescription, 'loss'>,
  { availableMemory, engine }: TrainOptions,
): void {
  // A GPU's tensors lie in its own memory, of whose size the providers say nothing.
  if (availableMemory === undefined || engine.device !== 'cpu') return;
  const fault = checkMemory({ ...demand, loss: lossFunction(loss) }, availableMemory);
  if (fault !== null) throw fault;
}

/** A run's description with another length. */
function extended(description: RunDescription, extension: Extension | null): RunDescription {
  if (extension === null) return description;
  const { config } = description;
  const [unit, length] =
    'steps' in extension ? (['steps', extension.steps] as const) : (['minutes', extension.minutes] as const);
  const before = config[unit];
  if (before === null) {
    const other = unit === 'steps' ? 'minutes' : 'steps';
    throw new UsageError(`The run's length is ${config[other]} ${other}: extend it with --${other}.`);
  }
  if (length === null || length < before) {
    throw new UsageError(`The run's length is ${before} ${unit}: to extend it, give more than that.`);
  }
  return { ...description, config: { ...config, [unit]: length } };
}

function lengthOf({ config }: RunDescription): number {
  return config.steps ?? (config.minutes as number);
}

/** How a run begins: anew, with what is written down of its data, or from its last checkpoint. */
type Beginning =
  | { readonly kind: 'new'; readonly folds: readonly FoldIds[]; readonly fingerprint: DatasetFingerprint }
  | { readonly kind: 'resumed'; readonly isExtended: boolean };

async function runTraining(
  folder: RunFolder,
  description: RunDescription,
  prepared: PreparedSubjects,
  held: readonly Subject[],
  beginning: Beginning,
  options: TrainOptions,
): Promise<Run> {
  const { config, network, patch, loss, labels } = description;
  const { engine, clock, onCheckpoint, onPrediction } = options;
  await folder.removeUnfinished();
  const layout: BatchLayout = {
    patch,
    labelValues: labels.map(({ value }) => value),
    lossWithin: config.lossWithin,
  };
  const modelOf = (parameters: ParameterValues): Model => ({
    description: describeModel(description, options.version),
    parameters,
  });
  const session = new TrainingSession(engine, {
    network,
    patch,
    batch: config.batch,
    loss: lossFunction(loss),
    optimizer: config,
    seed: config.seed,
  });
  const isExtended = beginning.kind === 'resumed' && beginning.isExtended;
  const initial = warmStartParameters(options.warmStart, session, config.warmStart, options.onWarning);
  const drawer = new RecipeDrawer(prepared.training, { ...config, patch });
  const validator = makeValidator({ cases: prepared.validation, run: description, layout, onPrediction });
  // Last, since it may have threads that only the training itself ends again.
  const source = await (options.batchSource ?? inThisThread)(prepared.training, layout);
  const parameters = await trainNetwork(
    { config, session, drawer, source, validator, modelOf, isExtended, initial },
    {
      engine,
      folder,
      resume: beginning.kind === 'resumed',
      now: options.now,
      signal: options.signal,
      onEvent: options.onEvent,
      onStart: async () => {
        if (beginning.kind === 'new') {
          if (beginning.folds.length > 0) await folder.write(SPLITS_FILE, encodeSplits(beginning.folds));
          await folder.write(FINGERPRINT, readableJson(beginning.fingerprint));
        }
        // A run that is extended has another length from now on.
        await folder.writeJson(RUN_DESCRIPTION, description);
      },
      onCheckpoint: async (log) => {
        if (clock !== undefined) await folder.write(EVENT_FILE, eventsOf(log, labels, clock()));
        await onCheckpoint?.(folder, log);
      },
    },
  );
  const model = modelOf(parameters);
  try {
    await folder.write(MODEL, encodeModel(model));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const rest = `${folder.file(FINAL_CHECKPOINT)} is whole: --resume writes the model.`;
    throw new DataError(`${error.message} ${rest}`, { cause: error });
  }
  return { folder, description, model, validation: held };
}

/** Subjects that were read, or prepared, for both sides of the split. */
interface BothSides<Training, Validation> {
  readonly training: Training[];
  readonly validation: Validation[];
}
type PreparedSubjects = BothSides<TrainingCase, ValidationCase>;

/**
 * Reads the subjects, and reports the faults of all of them together: also of those held out, since a fault that shows after
 * hours of training comes too late. These are kept only where they are validated on the way.
 */
async function readAll(
  reading: Reading,
  { training, validation }: Split,
  modalities: readonly string[],
  dataset: Dataset,
  { validateEvery }: TrainConfig,
): Promise<BothSides<ReadSubject, ReadSubject>> {
  if (training.length === 0) {
    throw new DataError(
      `The dataset ${dataset.name} has no subject to train on: it needs images with a reference mask.`,
    );
  }
  const subjects = [...training, ...validation];
  const kept = validateEvery === null ? training : subjects;
  const read = await readSubjects(subjects, { modalities, labels: dataset.labels, kept }, reading);
  const held = validateEvery === null ? [] : read.slice(training.length);
  return { training: read.slice(0, training.length), validation: held };
}

async function prepareAll(
  { training, validation }: BothSides<ReadSubject, ReadSubject>,
  plan: PreprocessPlan,
  labels: readonly Label[],
  reading: Reading,
): Promise<PreparedSubjects> {
  return {
    training: await prepareSubjects(training, plan, labels, reading),
    validation: await prepareValidation(validation, plan, labels, reading),
  };
}
