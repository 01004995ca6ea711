import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import type { Model } from '../model/model-file.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { BatchQueue } from './batch-queue.ts';
import type { BatchSource } from './batch-source.ts';
import type { TrainConfig } from './config.ts';
import { DivergenceError, divergence, stall } from './divergence.ts';
import type { RecipeDrawer, SampleRecord } from './recipe.ts';
import { BEST_CHECKPOINT, CHECKPOINT, FINAL_CHECKPOINT, type RunFolder } from './run-folder.ts';
import { type LogEntry, type RunLog, recentLoss, type StepFigures, type ValidationEntry } from './run-log.ts';
import { type RunState, runStateSchema } from './run-state.ts';
import { learningRateAt } from './schedule.ts';
import type { ParameterValues, TrainingSession, TrainingVectors } from './training-session.ts';
import type { Validator } from './validator.ts';

/** What a training run is made of, once data and options are resolved. */
export interface TrainingInput {
  readonly config: TrainConfig;
  readonly session: TrainingSession;
  /** Draws the patches of each step. */
  readonly drawer: RecipeDrawer;
  /** Cuts them. */
  readonly source: BatchSource;
  /** Null where nothing is validated on the way. */
  readonly validator: Validator | null;
  /** The model with given parameters. */
  readonly modelOf: (parameters: ParameterValues) => Model;
  /** Whether the run was given another length: one that its patience ended early goes on then. */
  readonly isExtended: boolean;
  /** Parameters to start from in place of fresh ones, by name. */
  readonly initial?: ParameterValues | undefined;
}

export interface TrainingContext {
  readonly engine: Engine;
  readonly folder: RunFolder;
  /** Continue from checkpoint_latest instead of starting anew. */
  readonly resume: boolean;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called once the data and the engine have proved fit for training. */
  readonly onStart?: (() => Promise<void>) | undefined;
  /** Called with the log right before each checkpoint and after each validation: for pictures of the progress. */
  readonly onCheckpoint?: ((log: RunLog) => Promise<void>) | undefined;
}

/**
 * Trains a network: draws patches, runs the gradient and the update program, validates, and writes checkpoints and the log
 * into the run's folder. The same input, seed and number of threads give the same bytes, also when the run is killed and
 * resumed any number of times (with a length in steps; a length in minutes depends on the machine).
 *
 * @returns the final parameters
 * @throws DataError when the loss or a weight stops being a finite number, naming the step and its patches, and when
 * the engine or the disk fails, saying which checkpoint remains; an AbortError, after writing a checkpoint, when the
 * signal aborts
 */
export async function trainNetwork(input: TrainingInput, context: TrainingContext): Promise<ParameterValues> {
  try {
    const loop = await TrainingLoop.begin(input, context);
    return await loop.run().catch((error: unknown): never => {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`${error.message} ${loop.whatRemains(error)}`, { cause: error });
    });
  } finally {
    await input.source.close();
  }
}

/** Between two appends to the log while no checkpoint is due: whoever watches the run sees it move. */
const LOG_MILLISECONDS = 2000;

/** Steps whose batches are prepared while another one computes. */
export const PREPARED_AHEAD = 2;

class TrainingLoop {
  private readonly input: TrainingInput;
  private readonly context: TrainingContext;
  private readonly vectors: TrainingVectors;
  private readonly steps: StepFigures[];
  private readonly validations: ValidationEntry[];
  /** Entries that the log file does not have yet. */
  private unwritten: LogEntry[] = [];
  private lastSamples: readonly SampleRecord[] = [];
  private state: RunState;
  private readonly origin: number;
  /** Where checkpoint_latest stands; null where there is none. */
  private savedStep: number | null;
  private savedAt: number;
  private loggedAt = Number.NEGATIVE_INFINITY;

  /** A fresh start, or the last checkpoint where one is asked for and there is one. */
  static async begin(input: TrainingInput, context: TrainingContext): Promise<TrainingLoop> {
    const { session, drawer } = input;
    const { folder, resume } = context;
    if (!resume || !(await folder.has(CHECKPOINT))) {
      const state: RunState = {
        step: 0,
        drawing: drawer.state,
        validation: { step: 0, best: null, waited: 0 },
      };
      return new TrainingLoop(input, context, state, session.initialVectors(input.initial), null);
    }
    const { state, tensors } = await folder.readCheckpoint(CHECKPOINT, runStateSchema);
    const vectors = session.fromTensors(tensors);
    if (vectors === null) {
      throw new DataError(
        `${folder.file(CHECKPOINT)} belongs to another network than ${folder.file('config.json')} describes: restore the file, or start the run anew in another folder.`,
      );
    }
    const log = await folder.openLog({ step: state.step, validation: state.validation.step });
    const { patience } = input.config;
    const hasGivenUp = patience !== null && state.validation.waited >= patience;
    if (!(input.isExtended && hasGivenUp)) return new TrainingLoop(input, context, state, vectors, log);
    const renewed = { ...state, validation: { ...state.validation, waited: 0 } };
    // At once, so that a kill does not bring the end back: the new length alone would not tell of the extension.
    await folder.writeCheckpoint(CHECKPOINT, { state: renewed, tensors });
    return new TrainingLoop(input, context, renewed, vectors, log);
  }

  private constructor(
    input: TrainingInput,
    context: TrainingContext,
    state: RunState,
    vectors: TrainingVectors,
    log: RunLog | null,
  ) {
    this.input = input;
    this.context = context;
    this.state = state;
    this.vectors = vectors;
    this.steps = [...(log?.steps ?? [])];
    this.validations = [...(log?.validations ?? [])];
    this.savedStep = log === null ? null : state.step;
    const before = Math.max(this.steps.at(-1)?.seconds ?? 0, this.validations.at(-1)?.seconds ?? 0);
    this.origin = context.now() - before * 1000;
    this.savedAt = context.now();
  }

  async run(): Promise<ParameterValues> {
    const { input, context } = this;
    const { config, session, drawer, source } = input;
    await session.open(this.vectors);
    await context.onStart?.();
    if (this.savedStep === null) await context.folder.openLog(null);
    const queue = new BatchQueue({
      drawer: drawer.from(this.state.drawing),
      source,
      count: config.accumulate,
      ahead: PREPARED_AHEAD,
      now: context.now,
    });
    for (;;) {
      await this.validateIfDue();
      if (this.isFinished()) break;
      if (context.signal?.aborted) {
        await this.save(CHECKPOINT);
        context.signal.throwIfAborted();
      }
      await this.step(queue);
      const now = context.now();
      if (now - this.savedAt >= config.checkpointSeconds * 1000) await this.save(CHECKPOINT);
      else if (now - Math.max(this.savedAt, this.loggedAt) >= LOG_MILLISECONDS) {
        await this.writeLog();
        this.loggedAt = now;
      }
    }
    // The last validation has saved it already, if there was one.
    if (this.savedStep !== this.state.step) await this.save(CHECKPOINT);
    await this.save(FINAL_CHECKPOINT);
    const values = await session.parameterValues();
    await session.close();
    return values;
  }

  /** What of a failed run is left. */
  whatRemains(error: DataError): string {
    if (this.savedStep === null) return 'There is no checkpoint yet.';
    const checkpoint = `${this.context.folder.file(CHECKPOINT)} holds the run up to step ${this.savedStep}`;
    return error instanceof DivergenceError ? `${checkpoint}.` : `${checkpoint}: continue it with --resume.`;
  }

  private async step(queue: BatchQueue): Promise<void> {
    const { config, session } = this.input;
    const { step } = this.state;
    const { batches, samples, drawing, waited } = await queue.next();
    this.lastSamples = samples;
    const learningRate = learningRateAt(config, step, this.progress());
    const loss = await session.gradient(batches, step);
    if (!Number.isFinite(loss)) throw divergence('The loss', step + 1, samples);
    const gradientNorm = await session.update(learningRate, step);
    if (!Number.isFinite(gradientNorm)) throw divergence('The gradient', step + 1, samples);
    this.state = { ...this.state, step: step + 1, drawing };
    const figures = {
      step: step + 1,
      loss,
      learningRate,
      gradientNorm,
      seconds: this.seconds(),
      dataSeconds: rounded(waited / 1000),
    };
    this.steps.push(figures);
    this.unwritten.push({ kind: 'step', ...figures, samples: [...samples] });
    this.context.onEvent?.(this.progressEvent());
    const stalled = stall(this.steps);
    if (stalled !== null) throw stalled;
  }

  private async validateIfDue(): Promise<void> {
    const { validator, modelOf, session } = this.input;
    const { step, validation } = this.state;
    if (validator === null || step === validation.step) return;
    if (step % validator.interval !== 0 && !this.isFinished()) return;
    const began = this.context.now();
    const scores = await validator
      .run(modelOf(await session.parameterValues()), session, this.context)
      .catch(async (error: unknown): Promise<never> => {
        // An interruption: what was trained so far is kept, and the validation is done again.
        if (this.context.signal?.aborted) await this.save(CHECKPOINT);
        throw error;
      });
    if (scores.loss !== null && !Number.isFinite(scores.loss)) {
      throw divergence('The validation loss', step, this.lastSamples);
    }
    const validationSeconds = rounded((this.context.now() - began) / 1000);
    const entry: ValidationEntry = { kind: 'validation', step, ...scores, seconds: this.seconds(), validationSeconds };
    this.validations.push(entry);
    this.unwritten.push(entry);
    const { best, waited } = validation;
    const { meanDice } = scores;
    const isBest = meanDice !== null && (best === null || meanDice > best.meanDice);
    this.state = {
      ...this.state,
      validation: isBest ? { step, best: { step, meanDice }, waited: 0 } : { step, best, waited: waited + 1 },
    };
    if (isBest) await this.save(BEST_CHECKPOINT);
    await this.save(CHECKPOINT);
  }

  /** Whether all steps are done, or the validations have not become better for as long as the patience goes. */
  private isFinished(): boolean {
    const { patience } = this.input.config;
    return this.progress() >= 1 || (patience !== null && this.state.validation.waited >= patience);
  }

  private async save(name: string): Promise<void> {
    const { folder, now, onCheckpoint } = this.context;
    const { session } = this.input;
    const vectors = await session.vectors();
    if (!areFinite(vectors)) throw divergence('A weight', this.state.step, this.lastSamples);
    // Before the checkpoint: what the log has beyond it is dropped when the run is resumed; what it lacks could not be had.
    await this.writeLog();
    // So are the pictures: a run that is killed right after the checkpoint of its last validation draws no more.
    if (name === CHECKPOINT) await onCheckpoint?.({ steps: this.steps, validations: this.validations });
    await folder.writeCheckpoint(name, { state: this.state, tensors: session.toTensors(vectors) });
    if (name !== CHECKPOINT) return;
    this.savedStep = this.state.step;
    this.savedAt = now();
  }

  private async writeLog(): Promise<void> {
    await this.context.folder.appendToLog(this.unwritten);
    this.unwritten = [];
  }

  private seconds(): number {
    return rounded((this.context.now() - this.origin) / 1000);
  }

  /** The share of the run that is over: by steps, or by the clock. */
  private progress(): number {
    const { steps, minutes } = this.input.config;
    if (steps !== null) return this.state.step / steps;
    const seconds = Math.max(this.steps.at(-1)?.seconds ?? 0, this.validations.at(-1)?.seconds ?? 0);
    return seconds / (60 * (minutes as number));
  }

  private progressEvent(): ProgressEvent {
    const { steps, minutes } = this.input.config;
    const { step, seconds } = this.steps.at(-1) as StepFigures;
    const dice = this.validations.at(-1)?.meanDice;
    const figures = [`loss ${recentLoss(this.steps).toFixed(3)}`];
    if (dice !== undefined && dice !== null) figures.push(`validation Dice ${dice.toFixed(3)}`);
    if (steps !== null)
      return { kind: 'progress', label: 'Training', done: step, total: steps, detail: figures.join(', ') };
    const length = 60 * (minutes as number);
    const total = Math.ceil(length);
    const done = seconds < length ? Math.floor(seconds) : total;
    const detail = [`step ${step}`, ...figures].join(', ');
    return { kind: 'progress', label: 'Training', done, total, unit: 'seconds', detail };
  }
}

function areFinite(vectors: TrainingVectors): boolean {
  for (const values of Object.values(vectors)) {
    for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  }
  return true;
}

/** To milliseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
