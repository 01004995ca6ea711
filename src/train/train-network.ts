import { z } from 'zod';
import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import type { NetworkOptions } from '../network/options.ts';
import { PatchSelector, selectorStateSchema } from '../patch/selection.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { assembleBatch, type Batch, type Sample, type TrainingCase } from './batch.ts';
import type { TrainConfig } from './config.ts';
import { CHECKPOINT, FINAL_CHECKPOINT, type LogEntry, type RunFolder } from './run-folder.ts';
import { learningRateAt } from './schedule.ts';
import { TrainingSession, type TrainingTensors } from './training-session.ts';

/** What a training run is made of, once data and options are resolved. */
export interface TrainingInput {
  readonly cases: readonly TrainingCase[];
  readonly network: NetworkOptions;
  readonly patch: Triple;
  /** The foreground classes' label values and betas, in the order of the network's outputs. */
  readonly labelValues: readonly number[];
  readonly betas: readonly number[];
  readonly config: TrainConfig;
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
  /** Called with the whole log after each checkpoint: for pictures of the progress. */
  readonly onCheckpoint?: ((log: readonly LogEntry[]) => Promise<void>) | undefined;
}

/** Values by parameter name, as the model file takes them. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/** A checkpoint holds no time of day and no duration, so that the same run leaves the same bytes; the log has them. */
const runStateSchema = z.strictObject({ step: z.int().min(0), selection: selectorStateSchema });
type RunState = z.infer<typeof runStateSchema>;

/** Where a run begins or goes on. */
interface Start {
  readonly state: RunState;
  readonly tensors: TrainingTensors;
  readonly log: LogEntry[];
}

/** The training went astray: to continue it would not help. */
class DivergenceError extends DataError {}

/**
 * Trains a network: draws patches, runs the gradient and the update program, writes checkpoints and the log into the
 * run's folder. The same input, seed and number of threads give the same bytes, also when the run is killed and resumed
 * any number of times (with a length in steps; a length in minutes depends on the machine).
 *
 * @returns the final parameters
 * @throws DataError when the loss or a weight stops being a finite number, naming the step and its subjects, and when
 * the engine or the disk fails, saying which checkpoint remains; an AbortError, after writing a checkpoint, when the
 * signal aborts
 */
export async function trainNetwork(input: TrainingInput, context: TrainingContext): Promise<ParameterValues> {
  const { config, network, patch, betas } = input;
  const { folder, now } = context;
  const { batch, smoothing, seed } = config;
  const session = new TrainingSession(context.engine, { network, patch, batch, betas, smoothing, seed });

  const start = await startOf(session, context);
  const { log } = start;
  let { state } = start;
  // Before anything is written, since it refuses data with nothing to learn.
  const selector = new PatchSelector(
    input.cases,
    patch,
    config.selection,
    new Random(seed, 'selection'),
    state.selection,
  );
  const draw = (): { samples: Sample[]; batch: Batch } => {
    const samples = Array.from({ length: batch }, (): Sample => {
      const { caseIndex, start: corner, view } = selector.next();
      return { source: input.cases[caseIndex], start: corner, view };
    });
    return { samples, batch: assembleBatch(samples, patch, network.channels, input.labelValues) };
  };

  let seconds = log.at(-1)?.seconds ?? 0;
  const origin = now() - seconds * 1000;
  const progress = (): number => progressOf(config, state.step, seconds);
  let savedStep = context.resume && state.step > 0 ? state.step : null;
  const save = async (name: string): Promise<void> => {
    const tensors = await session.tensors();
    if (!areFinite(tensors)) throw divergence('A weight', state.step, log.at(-1)?.subjects ?? []);
    await folder.writeLog(log);
    await folder.writeCheckpoint(name, { state, tensors });
    savedStep = state.step;
    await context.onCheckpoint?.(log);
  };

  try {
    await session.open(start.tensors);
    await context.onStart?.();
    let savedAt = now();
    let next = progress() < 1 ? draw() : null;
    while (next !== null) {
      if (context.signal?.aborted) {
        await save(CHECKPOINT);
        context.signal.throwIfAborted();
      }
      const subjects = next.samples.map(({ source }) => source.id);
      const learningRate = learningRateAt(config, state.step, progress());
      const running = session.gradient(next.batch, state.step);
      // The next batch is prepared while this one computes; what it draws comes after the state that this step leaves.
      const selection = selector.state;
      next = draw();
      const loss = await running;
      if (!Number.isFinite(loss)) throw divergence('The loss', state.step + 1, subjects);
      const gradientNorm = await session.update(learningRate, state.step);
      if (!Number.isFinite(gradientNorm)) throw divergence('The gradient', state.step + 1, subjects);
      seconds = Math.round(now() - origin) / 1000;
      state = { step: state.step + 1, selection };
      log.push({ step: state.step, loss, learningRate, gradientNorm, seconds, subjects });
      context.onEvent?.(progressEvent(config, log));
      if (progress() >= 1) next = null;
      else if (now() - savedAt >= config.checkpointSeconds * 1000) {
        await save(CHECKPOINT);
        savedAt = now();
      }
    }
    await save(CHECKPOINT);
    await save(FINAL_CHECKPOINT);
    const values = await session.parameterValues();
    await session.close();
    return values;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${error.message} ${whatRemains(folder, savedStep, error)}`, { cause: error });
  }
}

/** The last checkpoint where one is asked for and there is one, else a fresh start. */
async function startOf(session: TrainingSession, { resume, folder }: TrainingContext): Promise<Start> {
  if (!resume || !(await folder.has(CHECKPOINT))) {
    const state = { step: 0, selection: { drawn: 0, pass: 0, visited: 0 } };
    return { state, tensors: session.initialTensors(), log: [] };
  }
  const { state, tensors } = await folder.readCheckpoint(CHECKPOINT, runStateSchema);
  if (!session.fits(tensors)) {
    throw new DataError(
      `${folder.file(CHECKPOINT)} belongs to another network than ${folder.file('config.json')} describes: restore the file, or start the run anew in another folder.`,
    );
  }
  return { state, tensors, log: await folder.readLog(state.step) };
}

function divergence(what: string, step: number, subjects: readonly string[]): DataError {
  return new DivergenceError(
    `${what} stopped being a finite number at step ${step} (patches of ${[...new Set(subjects)].join(', ')}): train again in another folder with a smaller --learning-rate, or check these scans.`,
  );
}

function whatRemains(folder: RunFolder, savedStep: number | null, error: DataError): string {
  if (savedStep === null) return 'There is no checkpoint yet.';
  const checkpoint = `${folder.file(CHECKPOINT)} holds the run up to step ${savedStep}`;
  return error instanceof DivergenceError ? `${checkpoint}.` : `${checkpoint}: continue it with --resume.`;
}

function areFinite(tensors: TrainingTensors): boolean {
  for (const values of Object.values(tensors)) {
    for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  }
  return true;
}

/** The share of the run that is over: by steps, or by the clock. */
function progressOf({ steps, minutes }: TrainConfig, step: number, seconds: number): number {
  return steps !== null ? step / steps : seconds / (60 * (minutes as number));
}

function progressEvent({ steps, minutes }: TrainConfig, log: readonly LogEntry[]): ProgressEvent {
  const { step, seconds } = log.at(-1) as LogEntry;
  const loss = `loss ${recentLoss(log).toFixed(3)}`;
  if (steps !== null) return { kind: 'progress', label: 'Training', done: step, total: steps, detail: loss };
  const length = 60 * (minutes as number);
  const total = Math.ceil(length);
  const done = seconds < length ? Math.floor(seconds) : total;
  return { kind: 'progress', label: 'Training', done, total, unit: 'seconds', detail: `step ${step}, ${loss}` };
}

/** The mean loss of the last 50 steps: single patches scatter. */
function recentLoss(log: readonly LogEntry[]): number {
  const recent = log.slice(-50);
  return recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length;
}
