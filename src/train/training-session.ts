import { type Engine, type Feed, type HostTensor, scalar } from '../engine/engine.ts';
import { formFor, lowerProgram, type ParameterLayout } from '../engine/lower-program.ts';
import { parametersOf } from '../graph/program.ts';
import type { NetworkOptions } from '../network/options.ts';
import type { OptimizerOptions } from '../optimizer/options.ts';
import type { Triple } from '../volume/volume.ts';
import type { Batch } from './batch.ts';
import type { SavedTensor } from './checkpoint.ts';
import { initialValues } from './initialize.ts';
import { type GradientProgram, gradientProgram, type LossFunction, lossProgram } from './programs.ts';
import {
  accumulationProgram,
  decayMask,
  type UpdateProgram,
  updateProgram,
  type VectorSizes,
} from './update-program.ts';

/** The vectors that training carries from step to step, by name; the engine keeps them. */
export type TrainingVectors = Readonly<Record<string, Float32Array>>;

/** Values by parameter name, as the model file takes them. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/** What determines the programs of training. */
export interface SessionOptions {
  readonly network: NetworkOptions;
  readonly patch: Triple;
  readonly batch: number;
  readonly loss: LossFunction;
  readonly optimizer: OptimizerOptions;
  readonly seed: number;
}

/** Training's programs in an engine, with the weights and the optimizer's state that live there between the steps. */
export class TrainingSession {
  private readonly engine: Engine;
  private readonly options: SessionOptions;
  private readonly gradients: GradientProgram;
  private readonly updates: UpdateProgram;
  private readonly sizes: VectorSizes;
  private hasLossProgram = false;

  constructor(engine: Engine, options: SessionOptions) {
    this.engine = engine;
    this.options = options;
    const { network, patch, batch, loss, optimizer } = options;
    this.gradients = gradientProgram(network, loss, batch, patch);
    this.sizes = { weights: this.gradients.weights.total, statistics: this.gradients.statistics.total };
    this.updates = updateProgram(this.sizes, optimizer);
  }

  get network(): NetworkOptions {
    return this.options.network;
  }

  /** Names and shapes of the network's parameters, moving statistics among them. */
  get parameters(): readonly { readonly name: string; readonly shape: readonly number[] }[] {
    return [...this.gradients.weights.entries, ...this.gradients.statistics.entries];
  }

  /**
   * Fresh weights and statistics, and everything else at its start.
   * @param given values that take the place of fresh ones, by parameter name
   */
  initialVectors(given: ParameterValues = new Map()): TrainingVectors {
    const { program, weights, statistics } = this.gradients;
    const { seed } = this.options;
    const fresh = (role: 'weight' | 'statistic', layout: ParameterLayout): Float32Array => {
      const values = initialValues(parametersOf(program, role), layout, seed);
      for (const { name, offset } of layout.entries) {
        const others = given.get(name);
        if (others !== undefined) values.set(others, offset);
      }
      return values;
    };
    const parameters = fresh('weight', weights);
    return Object.fromEntries(
      this.updates.vectors.map((name) => {
        if (name === 'parameters') return [name, parameters];
        if (name === 'averaged') return [name, parameters.slice()];
        if (name === 'statistics') return [name, fresh('statistic', statistics)];
        return [name, new Float32Array(weights.total)];
      }),
    );
  }

  /** The vectors as a checkpoint keeps them: each parameter's part of each vector as `VECTOR/PARAMETER`. */
  toTensors(vectors: TrainingVectors): Readonly<Record<string, SavedTensor>> {
    const tensors: Record<string, SavedTensor> = {};
    for (const vector of this.updates.vectors) {
      for (const { name, shape, offset, size } of this.layoutOf(vector).entries) {
        tensors[`${vector}/${name}`] = { shape, data: vectors[vector].subarray(offset, offset + size) };
      }
    }
    return tensors;
  }

  /** The vectors of a checkpoint; null where it is that of another network or optimizer. */
  fromTensors(tensors: Readonly<Record<string, SavedTensor>>): TrainingVectors | null {
    const vectors: Record<string, Float32Array> = {};
    let expected = 0;
    for (const vector of this.updates.vectors) {
      const { entries, total } = this.layoutOf(vector);
      const values = new Float32Array(total);
      for (const { name, shape, offset } of entries) {
        const saved = tensors[`${vector}/${name}`];
        if (saved === undefined || JSON.stringify(saved.shape) !== JSON.stringify(shape)) return null;
        values.set(saved.data, offset);
      }
      expected += entries.length;
      vectors[vector] = values;
    }
    return Object.keys(tensors).length === expected ? vectors : null;
  }

  /** Loads the programs and stores the vectors. */
  async open(vectors: TrainingVectors): Promise<void> {
    const { engine } = this;
    const { program, weights } = this.gradients;
    const packed = { kind: 'packed', vectors: { parameters: weights } } as const;
    const none = { kind: 'packed', vectors: {} } as const;
    const form = formFor(engine.device);
    const gradient = lowerProgram(program, { form, parameters: packed, ordered: true });
    await engine.load('gradient', gradient, { optimize: false });
    const update = lowerProgram(this.updates.program, { form, parameters: none });
    await engine.load('update', update, { optimize: true });
    if (this.options.optimizer.accumulate > 1) {
      const accumulation = lowerProgram(accumulationProgram(this.sizes), { form, parameters: none });
      await engine.load('accumulation', accumulation, { optimize: true });
    }
    for (const name of this.updates.vectors) await engine.store(name, flat(vectors[name]));
    await engine.store('decayed', flat(decayMask(weights)));
  }

  /**
   * Runs the gradient program on each batch; the summed gradients wait in the engine for `update`.
   * @param batches as many as `accumulate` says
   * @param step steps done before this one: it determines the dropout masks
   * @returns the mean loss
   */
  async gradient(batches: readonly Batch[], step: number): Promise<number> {
    let sum = 0;
    for (const [index, batch] of batches.entries()) sum += await this.gradientOf(batch, step, index);
    return sum / batches.length;
  }

  private async gradientOf(batch: Batch, step: number, index: number): Promise<number> {
    const { engine, sizes, options } = this;
    const feeds = feedsOf(batch);
    feeds.parameters = stored('parameters');
    for (const { name, shape, rate } of this.gradients.masks) {
      feeds[name] = { kind: 'keep-mask', shape, rate, keys: [options.seed, 'dropout', step, index, name] };
    }
    const isFirst = index === 0;
    const { loss } = await engine.run('gradient', {
      feeds,
      returned: ['loss'],
      stored: {
        gradients: isFirst ? 'gradients' : 'moreGradients',
        ...(sizes.statistics > 0 ? { statistics: isFirst ? 'batchStatistics' : 'moreBatchStatistics' } : {}),
      },
    });
    if (!isFirst) {
      const names = ['gradients', 'moreGradients'];
      if (sizes.statistics > 0) names.push('batchStatistics', 'moreBatchStatistics');
      await engine.run('accumulation', {
        feeds: Object.fromEntries(names.map((name) => [name, stored(name)])),
        returned: [],
        stored: {
          'next.gradients': 'gradients',
          ...(sizes.statistics > 0 ? { 'next.batchStatistics': 'batchStatistics' } : {}),
        },
      });
    }
    return loss.data[0];
  }

  /**
   * Takes one step of the optimizer.
   * @param step steps done before this one
   * @returns the Euclidean norm of the gradient, before clipping and without the L2 term's share
   */
  async update(learningRate: number, step: number): Promise<number> {
    const { vectors, scalarsAt } = this.updates;
    const names = [...vectors, 'gradients', 'decayed'];
    if (this.sizes.statistics > 0) names.push('batchStatistics');
    const scalars = Object.entries(scalarsAt(learningRate, step + 1));
    const { gradientNorm } = await this.engine.run('update', {
      feeds: {
        ...Object.fromEntries(names.map((name) => [name, stored(name)])),
        ...Object.fromEntries(scalars.map(([name, value]) => [name, scalar(value)])),
      },
      returned: ['gradientNorm'],
      stored: Object.fromEntries(vectors.map((name) => [`next.${name}`, name])),
    });
    return gradientNorm.data[0];
  }

  /** The loss of a batch with the weights that the model would have now, without dropout. */
  async loss(batch: Batch): Promise<number> {
    const { engine, options } = this;
    const { weights, statistics } = this.gradients;
    if (!this.hasLossProgram) {
      const program = lossProgram(options.network, options.loss, options.batch, options.patch);
      const parameters = { kind: 'packed', vectors: { parameters: weights, statistics } } as const;
      const lowered = lowerProgram(program, { form: formFor(engine.device), parameters });
      await engine.load('loss', lowered, { optimize: false });
      this.hasLossProgram = true;
    }
    const feeds = feedsOf(batch);
    feeds.parameters = stored(this.modelVector);
    if (statistics.total > 0) feeds.statistics = stored('statistics');
    const { loss } = await engine.run('loss', { feeds, returned: ['loss'] });
    return loss.data[0];
  }

  /** The vectors as they stand. */
  async vectors(): Promise<TrainingVectors> {
    const entries: [string, Float32Array][] = [];
    for (const name of this.updates.vectors) entries.push([name, await this.fetch(name)]);
    return Object.fromEntries(entries);
  }

  /** The model's parameters as they would be now: the averaged weights where an average is kept, and the statistics. */
  async parameterValues(): Promise<ParameterValues> {
    const { weights, statistics } = this.gradients;
    return new Map([
      ...unpack(await this.fetch(this.modelVector), weights),
      ...(statistics.total > 0 ? unpack(await this.fetch('statistics'), statistics) : []),
    ]);
  }

  /** Gives the programs' memory back. */
  async close(): Promise<void> {
    for (const name of ['gradient', 'update', 'accumulation', 'loss']) await this.engine.unload(name);
  }

  /** The weights that are reported. */
  private get modelVector(): string {
    return modelVectorOf(this.updates.vectors);
  }

  private layoutOf(vector: string): ParameterLayout {
    return vector === 'statistics' ? this.gradients.statistics : this.gradients.weights;
  }

  private async fetch(name: string): Promise<Float32Array> {
    return (await this.engine.fetch(name)).data as Float32Array;
  }
}

/** Which of a run's vectors holds the model's weights. */
export function modelVectorOf(vectors: readonly string[]): string {
  return vectors.includes('averaged') ? 'averaged' : 'parameters';
}

function feedsOf({ image, reference, weight }: Batch): Record<string, Feed> {
  const entries = Object.entries({ image, reference, weight });
  return Object.fromEntries(entries.map(([name, tensor]) => [name, { kind: 'tensor', tensor }]));
}

function stored(name: string): Feed {
  return { kind: 'stored', name };
}

function flat(data: Float32Array): HostTensor {
  return { shape: [data.length], data };
}

function unpack(packed: Float32Array, { entries }: ParameterLayout): [string, Float32Array][] {
  return entries.map(({ name, offset, size }) => [name, packed.slice(offset, offset + size)]);
}
