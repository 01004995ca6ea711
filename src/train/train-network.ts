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
import type { LogEntry, RunFolder } from './run-folder.ts';
import { learningRateAt } from './schedule.ts';
import { TrainingSession } from './training-session.ts';

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
  /** Called with the whole log after each checkpoint: for pictures of the progress. */
  readonly onCheckpoint?: ((log: readonly LogEntry[]) => Promise<void>) | undefined;
}

/** Values by parameter name, as the model file takes them. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

const CHECKPOINT = 'checkpoint_latest.safetensors';
const FINAL_CHECKPOINT = 'checkpoint_final.safetensors';

const runStateSchema = z.strictObject({ step: z.number(), seconds: z.number(), selection: selectorStateSchema });
type RunState = z.infer<typeof runStateSchema>;

/**
 * Trains a network: draws patches, runs the gradient and the update program, writes checkpoints and the log into the
 * run's folder. The same input, seed and number of threads give the same bytes, also when the run is killed and resumed
 * any number of times (with a length in steps; a length in minutes depends on the machine).
 *
 * @returns the final parameters
 * @throws DataError when the loss stops being a finite number, naming the step and its subjects; an AbortError, after
 * writing a checkpoint, when the signal aborts
 */
export async function trainNetwork(input: TrainingInput, context: TrainingContext): Promise<ParameterValues> {
  const { config, network, patch, betas } = input;
  const { folder, now } = context;
  const { batch, smoothing, seed } = config;
  const session = new TrainingSession(context.engine, { network, patch, batch, betas, smoothing, seed });

  let state: RunState = { step: 0, seconds: 0, selection: { drawn: 0, pass: 0, visited: 0 } };
  let log: LogEntry[] = [];
  if (context.resume && (await folder.has(CHECKPOINT))) {
    const checkpoint = await folder.readCheckpoint(CHECKPOINT, runStateSchema);
    if (!session.fits(checkpoint.tensors)) {
      throw new DataError(
        `${folder.file(CHECKPOINT)} belongs to another network than ${folder.file('config.json')} describes: restore the file, or start the run anew in another folder.`,
      );
    }
    state = checkpoint.state;
    log = await folder.readLog(state.step);
    await session.open(checkpoint.tensors);
  } else {
    await session.open(session.initialTensors());
  }

  const selector = new PatchSelector(
    input.cases,
    patch,
    config.selection,
    new Random(seed, 'selection'),
    state.selection,
  );
  const draw = (): { samples: Sample[]; batch: Batch } => {
    const samples = Array.from({ length: batch }, (): Sample => {
      const { caseIndex, start, view } = selector.next();
      return { source: input.cases[caseIndex], start, view };
    });
    return { samples, batch: assembleBatch(samples, patch, network.channels, input.labelValues) };
  };

  const origin = now() - state.seconds * 1000;
  const progress = (): number => progressOf(config, state);
  const save = async (name: string): Promise<void> => {
    await folder.writeLog(log);
    await folder.writeCheckpoint(name, { state, tensors: await session.tensors() });
    await context.onCheckpoint?.(log);
  };

  let savedAt = now();
  let next = progress() < 1 ? draw() : null;
  while (next !== null) {
    if (context.signal?.aborted) {
      await save(CHECKPOINT);
      context.signal.throwIfAborted();
    }
    const { samples } = next;
    const learningRate = learningRateAt(config, state.step, progress());
    const running = session.gradient(next.batch, state.step);
    // The next batch is prepared while this one computes; what it draws comes after the state that this step leaves.
    const selection = selector.state;
    next = draw();
    const loss = await running;
    if (!Number.isFinite(loss)) {
      throw new DataError(
        `The loss became ${loss} at step ${state.step + 1} (patches of ${names(samples)}): train again with a smaller --learning-rate, or check these scans. ${folder.path} keeps the last checkpoint.`,
      );
    }
    const gradientNorm = await session.update(learningRate, state.step);
    const seconds = (now() - origin) / 1000;
    state = { step: state.step + 1, seconds, selection };
    log.push({
      step: state.step,
      loss,
      learningRate,
      gradientNorm,
      seconds: Math.round(seconds * 1000) / 1000,
      subjects: samples.map(({ source }) => source.id),
    });
    context.onEvent?.(progressEvent(config, state, log));
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
}

/** The share of the run that is over: by steps, or by the clock. */
function progressOf({ steps, minutes }: TrainConfig, { step, seconds }: RunState): number {
  return steps !== null ? step / steps : seconds / (60 * (minutes as number));
}

function progressEvent({ steps, minutes }: TrainConfig, { step, seconds }: RunState, log: LogEntry[]): ProgressEvent {
  const loss = `loss ${recentLoss(log).toFixed(3)}`;
  if (steps !== null) return { kind: 'progress', label: 'Training', done: step, total: steps, detail: loss };
  const total = Math.round(60 * (minutes as number));
  const done = Math.min(Math.round(seconds), total);
  return { kind: 'progress', label: 'Training', done, total, unit: 'seconds', detail: `step ${step}, ${loss}` };
}

function names(samples: readonly Sample[]): string {
  return [...new Set(samples.map(({ source }) => source.id))].join(', ');
}

/** The mean loss of the last 50 steps: single patches scatter. */
function recentLoss(log: readonly LogEntry[]): number {
  const recent = log.slice(-50);
  return recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length;
}
