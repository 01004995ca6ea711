import { type Engine, type Feed, type HostTensor, scalar } from '../engine/engine.ts';
import { lowerProgram, type ParameterLayout } from '../engine/lower-program.ts';
import { parametersOf } from '../graph/program.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import type { NetworkOptions } from '../network/options.ts';
import { adamScalars } from '../optimizer/adam.ts';
import type { Triple } from '../volume/volume.ts';
import type { Batch } from './batch.ts';
import { initialValues } from './initialize.ts';
import { decayVector, type GradientProgram, gradientProgram, updateProgram } from './programs.ts';

/** The vectors that training carries from step to step; the engine keeps them. */
export const TRAINING_TENSORS = ['parameters', 'firstMoment', 'secondMoment', 'statistics'] as const;
export type TrainingTensors = Readonly<Record<(typeof TRAINING_TENSORS)[number], Float32Array>>;

/** What determines the two programs of training. */
export interface SessionOptions {
  readonly network: NetworkOptions;
  readonly patch: Triple;
  readonly batch: number;
  /** One for each foreground class. */
  readonly betas: readonly number[];
  readonly smoothing: number;
  readonly seed: number;
}

/** Training's two programs in an engine, with the weights and Adam's moments that live there between the steps. */
export class TrainingSession {
  private readonly engine: Engine;
  private readonly seed: number;
  private readonly gradients: GradientProgram;

  constructor(engine: Engine, { network, patch, batch, betas, smoothing, seed }: SessionOptions) {
    this.engine = engine;
    this.seed = seed;
    this.gradients = gradientProgram(network, (b, x) => asymmetricSimilarity(b, x, { betas, smoothing }), batch, patch);
  }

  /** Fresh weights and statistics, and moments of zero. */
  initialTensors(): TrainingTensors {
    const { program, weights, statistics } = this.gradients;
    return {
      parameters: initialValues(parametersOf(program, 'weight'), weights, this.seed),
      firstMoment: new Float32Array(weights.total),
      secondMoment: new Float32Array(weights.total),
      statistics: initialValues(parametersOf(program, 'statistic'), statistics, this.seed),
    };
  }

  /** Whether the vectors have this network's lengths, as those of a checkpoint must. */
  fits(tensors: Readonly<Record<string, Float32Array>>): tensors is TrainingTensors {
    const { weights, statistics } = this.gradients;
    return TRAINING_TENSORS.every(
      (name) => tensors[name]?.length === (name === 'statistics' ? statistics : weights).total,
    );
  }

  /** Loads both programs and stores the vectors. */
  async open(tensors: TrainingTensors): Promise<void> {
    const { engine } = this;
    const { program, weights, statistics } = this.gradients;
    const parameters = { kind: 'packed', layout: weights } as const;
    await engine.load('gradient', lowerProgram(program, { form: 'fast', parameters }), { optimize: false });
    const update = updateProgram(weights.total, statistics.total);
    await engine.load('update', lowerProgram(update, { form: 'fast', parameters }), { optimize: true });
    for (const name of TRAINING_TENSORS) await engine.store(name, vector(tensors[name]));
    await engine.store('decay', vector(decayVector(weights)));
  }

  /**
   * Runs the gradient program; its gradient waits in the engine for `update`.
   * @param step steps done before this one: it determines the dropout masks
   * @returns the loss
   */
  async gradient(batch: Batch, step: number): Promise<number> {
    const { masks, statistics } = this.gradients;
    const feeds: Record<string, Feed> = {
      image: { kind: 'tensor', tensor: batch.image },
      reference: { kind: 'tensor', tensor: batch.reference },
      weight: { kind: 'tensor', tensor: batch.weight },
      parameters: { kind: 'stored', name: 'parameters' },
    };
    for (const { name, shape, rate } of masks) {
      feeds[name] = { kind: 'keep-mask', shape, rate, keys: [this.seed, 'dropout', step, name] };
    }
    const stored = { gradients: 'gradients', ...(statistics.total > 0 ? { statistics: 'batchStatistics' } : {}) };
    const { loss } = await this.engine.run('gradient', { feeds, returned: ['loss'], stored });
    return loss.data[0];
  }

  /**
   * Takes one step of the optimizer.
   * @param step steps done before this one
   * @returns the Euclidean norm of the gradient, without the L2 term's share
   */
  async update(learningRate: number, step: number): Promise<number> {
    const hasStatistics = this.gradients.statistics.total > 0;
    const names = ['parameters', 'gradients', 'firstMoment', 'secondMoment', 'decay'];
    if (hasStatistics) names.push('statistics', 'batchStatistics');
    const { stepSize, rootCorrection } = adamScalars(learningRate, step + 1);
    const { gradientNorm } = await this.engine.run('update', {
      feeds: {
        ...Object.fromEntries(names.map((name): [string, Feed] => [name, { kind: 'stored', name }])),
        stepSize: scalar(stepSize),
        rootCorrection: scalar(rootCorrection),
      },
      returned: ['gradientNorm'],
      stored: {
        nextParameters: 'parameters',
        nextFirstMoment: 'firstMoment',
        nextSecondMoment: 'secondMoment',
        ...(hasStatistics ? { nextStatistics: 'statistics' } : {}),
      },
    });
    return gradientNorm.data[0];
  }

  /** The vectors as they stand. */
  async tensors(): Promise<TrainingTensors> {
    const entries: [string, Float32Array][] = [];
    for (const name of TRAINING_TENSORS) entries.push([name, await this.fetch(name)]);
    return Object.fromEntries(entries) as unknown as TrainingTensors;
  }

  /** The weights and moving statistics by parameter name, as the model file takes them. */
  async parameterValues(): Promise<ReadonlyMap<string, Float32Array>> {
    const { weights, statistics } = this.gradients;
    return new Map([
      ...unpack(await this.fetch('parameters'), weights),
      ...unpack(await this.fetch('statistics'), statistics),
    ]);
  }

  /** Gives the programs' memory back. */
  async close(): Promise<void> {
    await this.engine.unload('gradient');
    await this.engine.unload('update');
  }

  private async fetch(name: string): Promise<Float32Array> {
    return (await this.engine.fetch(name)).data as Float32Array;
  }
}

function vector(data: Float32Array): HostTensor {
  return { shape: [data.length], data };
}

function unpack(packed: Float32Array, { entries }: ParameterLayout): [string, Float32Array][] {
  return entries.map(({ name, offset, size }) => [name, packed.slice(offset, offset + size)]);
}
