import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { elementCount, inputsOf, type Program, parametersOf } from '../../src/graph/program.ts';
import { asymmetricSimilarity } from '../../src/loss/asymmetric-similarity.ts';
import { network } from '../../src/network/network.ts';
import type { FcDenseNetOptions, NetworkOptions, UNetOptions } from '../../src/network/options.ts';
import { networkState } from '../../src/network/state.ts';
import { Random } from '../../src/random.ts';
import { deeplySupervised } from '../../src/train/deep-supervision.ts';
import type { LossFunction } from '../../src/train/programs.ts';
import { interpret } from '../graph/interpreter.ts';
import { randomValues } from '../graph/random-values.ts';
import { runForms, runProgram } from '../graph/run-program.ts';

const shared = {
  channels: 2,
  outputs: 1,
  initialFilters: 4,
  levels: 1,
  stemStride: [2, 2, 2],
  pooling: [],
  normalization: 'batch',
  groups: 2,
  dropout: 0.2,
  deepSupervision: false,
} satisfies Partial<NetworkOptions>;
const smallest: FcDenseNetOptions = { ...shared, architecture: 'fc-densenet', growth: 2, layers: 1 };
const smallestUNet: UNetOptions = { ...shared, architecture: 'unet', initialFilters: 2, maximalFilters: 3 };

/** The network with its loss and the loss's gradient in every weight, and random values for everything. */
function lossProgram(options: NetworkOptions, patch: readonly [number, number, number], batch: number) {
  const b = new GraphBuilder();
  const spatial = [patch[2], patch[1], patch[0]];
  const image = b.input('image', [batch, options.channels, ...spatial]);
  const reference = b.input('reference', [batch, options.outputs, ...spatial]);
  const weight = b.input('weight', [batch, 1, ...spatial]);
  const state = networkState('training', options);
  const logits = network(b, image, state);
  const betas = Array.from({ length: Math.max(1, options.outputs - 1) }, (_, index) => 1.5 + index);
  const similarity: LossFunction = (_, input) => asymmetricSimilarity(b, input, { betas, smoothing: 0.1 });
  const loss = deeplySupervised(b, similarity, { logits, reference, weight }, state.auxiliary);
  const weights = parametersOf(b.program({}), 'weight');
  const gradients = gradient(b, loss, weights);
  const outputs = weights.map(({ op }, index) => [`gradient of ${op.name}`, gradients[index] as Value] as const);
  return {
    program: b.program({ loss, logits, ...Object.fromEntries(outputs) }),
    names: weights.map(({ op }) => op.name),
  };
}

function randomFeeds(program: Program, seed: string): Record<string, Float64Array> {
  const feeds: Record<string, Float64Array> = {};
  for (const { op, shape } of [...inputsOf(program), ...parametersOf(program, 'weight')]) {
    const isBinary = op.kind === 'input' && op.name !== 'image';
    const values = randomValues(new Random(seed, op.name), isBinary ? 'mask' : 'normal', elementCount(shape));
    // Scales and shifts away from 0 keep the values off the kinks of ReLU; kernels of about He's size keep them near 1.
    const size = op.name.endsWith('.weight') ? Math.sqrt(2 / elementCount(shape.slice(1))) : 1;
    feeds[op.name] = values.map((value) => Math.fround(value * size));
  }
  return feeds;
}

const cases: readonly {
  about: string;
  options: NetworkOptions;
  patch: readonly [number, number, number];
  batch: number;
}[] = [
  { about: 'batch normalization', options: smallest, patch: [8, 4, 4], batch: 1 },
  { about: 'two in a batch', options: smallest, patch: [4, 4, 8], batch: 2 },
  { about: 'instance normalization', options: { ...smallest, normalization: 'instance' }, patch: [8, 8, 4], batch: 2 },
  { about: 'group normalization', options: { ...smallest, normalization: 'group' }, patch: [8, 4, 8], batch: 2 },
  {
    about: 'three classes, anisotropic strides, two levels',
    options: { ...smallest, outputs: 3, levels: 2, layers: 2, stemStride: [2, 2, 1], pooling: [[2, 2, 1]] },
    patch: [8, 8, 4],
    batch: 1,
  },
  { about: 'no stem stride', options: { ...smallest, stemStride: [1, 1, 1] }, patch: [4, 4, 6], batch: 1 },
  {
    about: 'deep supervision',
    options: { ...smallest, levels: 2, stemStride: [2, 2, 1], pooling: [[2, 1, 1]], deepSupervision: true },
    patch: [8, 8, 4],
    batch: 1,
  },
  { about: 'U-Net', options: smallestUNet, patch: [8, 4, 8], batch: 2 },
  {
    about: 'U-Net, deep supervision, three classes, instance normalization',
    options: {
      ...smallestUNet,
      outputs: 3,
      levels: 2,
      stemStride: [2, 1, 1],
      pooling: [[1, 2, 1]],
      normalization: 'instance',
      deepSupervision: true,
    },
    patch: [8, 8, 4],
    batch: 1,
  },
  {
    about: 'U-Net, deep supervision, anisotropic, no stem stride, group normalization',
    options: {
      ...smallestUNet,
      levels: 3,
      stemStride: [1, 1, 1],
      pooling: [
        [2, 2, 1],
        [2, 1, 1],
      ],
      normalization: 'group',
      deepSupervision: true,
    },
    patch: [8, 4, 4],
    batch: 1,
  },
];

describe.each(cases)('the gradient of the loss of a small network: $about', ({ about, options, patch, batch }) => {
  const { program, names } = lossProgram(options, patch, batch);
  const feeds = randomFeeds(program, about);
  const expected = interpret(program, feeds);
  const all = names.flatMap((name) => [...(expected[`gradient of ${name}`] as Float64Array)]);
  const usual = Math.sqrt(all.reduce((sum, element) => sum + element * element, 0) / all.length);

  it('in every weight tensor is that of central differences in float64', () => {
    const forward: Program = { ...program, outputs: { loss: program.outputs.loss as number } };
    const random = new Random('chosen elements', about);
    for (const name of names) {
      const values = feeds[name] as Float64Array;
      const position = random.integer(values.length);
      const lossAt = (change: number): number => {
        const moved = values.slice();
        moved[position] = (values[position] as number) + change;
        return interpret(forward, { ...feeds, [name]: moved }).loss?.[0] as number;
      };
      // A step this small meets the kinks of ReLU and max-pool too seldom to matter with these seeds.
      const step = 1e-6;
      const found = (lossAt(step) - lossAt(-step)) / (2 * step);
      const analytic = expected[`gradient of ${name}`]?.[position] as number;
      expect(Math.abs(found - analytic) / Math.max(Math.abs(analytic), usual), `${name}[${position}]`).toBeLessThan(
        1e-5,
      );
    }
  });

  it.each(runForms)('is the same when run ($form, optimized: $optimize)', async (form) => {
    const found = await runProgram(program, feeds, form);
    for (const [name, values] of Object.entries(expected)) {
      // Where normalization cancels a tensor's influence, its gradient is zero or rounding: the usual size is the measure.
      const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), usual);
      const differences = values.map((value, at) => Math.abs(value - (found[name]?.[at] as number)));
      expect(Math.max(...differences) / size, name).toBeLessThan(1e-3);
    }
  });
});
