import { z } from 'zod';
import { type Engine, type Feed, type HostTensor, scalar } from '../engine/engine.ts';
import { lowerProgram } from '../engine/lower-program.ts';
import { DataError } from '../errors.ts';
import { parametersOf } from '../graph/program.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import type { NetworkOptions } from '../network/options.ts';
import { adamScalars } from '../optimizer/adam.ts';
import { PatchSelector, selectorStateSchema } from '../patch/selection.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { Random } from '../random.ts';
import type { Triple } from '../volume/volume.ts';
import { assembleBatch, type Sample, type TrainingCase } from './batch.ts';
import type { TrainConfig } from './config.ts';
import { initialValues } from './initialize.ts';
import { decayVector, gradientProgram, updateProgram } from './programs.ts';
import type { LogEntry, RunFolder } from './run-folder.ts';
import { learningRateAt } from './schedule.ts';

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

/** The engine's names of what it keeps between the two programs. */
const KEPT = ['parameters', 'firstMoment', 'secondMoment', 'statistics'] as const;

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
  const { config, network, patch } = input;
  const { engine, folder, now } = context;
  const loss = { betas: input.betas, smoothing: config.smoothing };
  const gradients = gradientProgram(network, (b, x) => asymmetricSimilarity(b, x, loss), config.batch, patch);
  const { weights, statistics } = gradients;
  const hasStatistics = statistics.total > 0;
  const update = updateProgram(weights.total, statistics.total);
  let state: RunState = { step: 0, seconds: 0, selection: { drawn: 0, pass: 0, visited: 0 } };
  let log: LogEntry[] = [];
  let kept: Record<string, Float32Array>;
  if (context.resume && (await folder.has(CHECKPOINT))) {
    const checkpoint = await folder.readCheckpoint(CHECKPOINT, runStateSchema);
    state = checkpoint.state;
    kept = checkpoint.tensors;
    log = await folder.readLog(state.step);
    if (kept.parameters?.length !== weights.total || kept.statistics?.length !== statistics.total) {
      throw new DataError(
        `${folder.file(CHECKPOINT)} belongs to another network than ${folder.file('config.json')} describes: restore the file, or start the run anew in another folder.`,
      );
    }
  } else {
    kept = {
      parameters: initialValues(parametersOf(gradients.program, 'weight'), weights, config.seed),
      firstMoment: new Float32Array(weights.total),
      secondMoment: new Float32Array(weights.total),
      statistics: initialValues(parametersOf(gradients.program, 'statistic'), statistics, config.seed),
    };
  }

  const packed = { kind: 'packed', layout: weights } as const;
  await engine.load('gradient', lowerProgram(gradients.program, { form: 'fast', parameters: packed }), {
    optimize: false,
  });
  await engine.load('update', lowerProgram(update, { form: 'fast', parameters: packed }), { optimize: true });
  for (const name of KEPT) await engine.store(name, vector(kept[name] as Float32Array));
  await engine.store('decay', vector(decayVector(weights)));

  const random = new Random(config.seed, 'selection');
  const selector = new PatchSelector(input.cases, patch, config.selection, random, state.selection);
  const draw = (step: number): { samples: Sample[]; feeds: Record<string, Feed> } => {
    const samples = Array.from({ length: config.batch }, (): Sample => {
      const { caseIndex, start, view } = selector.next();
      return { source: input.cases[caseIndex] as TrainingCase, start, view };
    });
    const batch = assembleBatch(samples, patch, network.channels, input.labelValues);
    const feeds: Record<string, Feed> = {
      image: { kind: 'tensor', tensor: batch.image },
      reference: { kind: 'tensor', tensor: batch.reference },
      weight: { kind: 'tensor', tensor: batch.weight },
      parameters: { kind: 'stored', name: 'parameters' },
    };
    for (const { name, shape, rate } of gradients.masks) {
      feeds[name] = { kind: 'keep-mask', shape, rate, keys: [config.seed, 'dropout', step, name] };
    }
    return { samples, feeds };
  };

  const origin = now() - state.seconds * 1000;
  const elapsed = (): number => (now() - origin) / 1000;
  const progressAt = (step: number, seconds: number): number =>
    config.steps !== null ? step / config.steps : seconds / (60 * (config.minutes as number));

  const save = async (name: string): Promise<void> => {
    const tensors: Record<string, Float32Array> = {};
    for (const key of KEPT) tensors[key] = (await engine.fetch(key)).data as Float32Array;
    await folder.writeLog(log);
    await folder.writeCheckpoint(name, { state, tensors });
    await context.onCheckpoint?.(log);
  };

  let savedAt = now();
  let next = progressAt(state.step, state.seconds) < 1 ? draw(state.step) : null;
  while (next !== null) {
    if (context.signal?.aborted) {
      await save(CHECKPOINT);
      context.signal.throwIfAborted();
    }
    const { samples, feeds } = next;
    const learningRate = learningRateAt(config, state.step, progressAt(state.step, state.seconds));
    const running = engine.run('gradient', {
      feeds,
      returned: ['loss'],
      stored: { gradients: 'gradients', ...(hasStatistics ? { statistics: 'batchStatistics' } : {}) },
    });
    // The next batch is prepared while this one computes; what it drew belongs to the state after this step.
    const selection = selector.state;
    next = draw(state.step + 1);
    const value = first((await running).loss);
    if (!Number.isFinite(value)) {
      throw new DataError(
        `The loss became ${value} at step ${state.step + 1} (patches of ${names(samples)}): resume from ${folder.file(CHECKPOINT)} with a smaller --learning-rate, or check these scans.`,
      );
    }

    const scalars = adamScalars(learningRate, state.step + 1);
    const stored = (name: string): Feed => ({ kind: 'stored', name });
    const updated = await engine.run('update', {
      feeds: {
        parameters: stored('parameters'),
        gradients: stored('gradients'),
        firstMoment: stored('firstMoment'),
        secondMoment: stored('secondMoment'),
        decay: stored('decay'),
        stepSize: scalar(scalars.stepSize),
        rootCorrection: scalar(scalars.rootCorrection),
        ...(hasStatistics ? { statistics: stored('statistics'), batchStatistics: stored('batchStatistics') } : {}),
      },
      returned: ['gradientNorm'],
      stored: {
        nextParameters: 'parameters',
        nextFirstMoment: 'firstMoment',
        nextSecondMoment: 'secondMoment',
        ...(hasStatistics ? { nextStatistics: 'statistics' } : {}),
      },
    });
    const seconds = elapsed();
    state = { step: state.step + 1, seconds, selection };
    log.push({
      step: state.step,
      loss: value,
      learningRate,
      gradientNorm: first(updated.gradientNorm),
      seconds: Math.round(seconds * 1000) / 1000,
      subjects: samples.map(({ source }) => source.id),
    });
    context.onEvent?.({
      kind: 'progress',
      label: 'Training',
      done:
        config.steps !== null ? state.step : Math.min(Math.round(seconds), Math.round((config.minutes as number) * 60)),
      total: config.steps ?? Math.round((config.minutes as number) * 60),
      detail: `${config.steps !== null ? '' : `step ${state.step}, `}loss ${recentLoss(log).toFixed(3)}`,
    });
    if (progressAt(state.step, seconds) >= 1) next = null;
    else if (now() - savedAt >= config.checkpointSeconds * 1000) {
      await save(CHECKPOINT);
      savedAt = now();
    }
  }
  await save(CHECKPOINT);
  await save(FINAL_CHECKPOINT);

  const values = new Map<string, Float32Array>();
  for (const [name, layout] of [
    ['parameters', weights],
    ['statistics', statistics],
  ] as const) {
    const all = (await engine.fetch(name)).data as Float32Array;
    for (const entry of layout.entries) values.set(entry.name, all.slice(entry.offset, entry.offset + entry.size));
  }
  await engine.unload('gradient');
  await engine.unload('update');
  return values;
}

function vector(data: Float32Array): HostTensor {
  return { shape: [data.length], data };
}

function first(tensor: HostTensor | undefined): number {
  return tensor?.data[0] ?? Number.NaN;
}

function names(samples: readonly Sample[]): string {
  return [...new Set(samples.map(({ source }) => source.id))].join(', ');
}

/** The mean loss of the last 50 steps: single patches scatter. */
function recentLoss(log: readonly LogEntry[]): number {
  const recent = log.slice(-50);
  return recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length;
}
