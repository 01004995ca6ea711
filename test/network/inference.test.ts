import { beforeAll, describe, expect, it } from 'vitest';
import { elementCount, inputsOf, parametersOf } from '../../src/graph/program.ts';
import { inferenceProgram } from '../../src/model/inference-program.ts';
import { type NetworkOptions, presetNetwork } from '../../src/network/options.ts';
import { Random } from '../../src/random.ts';
import { interpret } from '../graph/interpreter.ts';
import { randomValues } from '../graph/random-values.ts';
import { relativeDifference } from '../graph/relative-difference.ts';
import { runForms, runProgram } from '../graph/run-program.ts';
import { buildNetwork } from './build-network.ts';

type Triple = readonly [number, number, number];

const tiny = presetNetwork('tiny', { channels: 2, outputs: 1, normalization: 'batch' });
const unet = presetNetwork('tiny', {
  architecture: 'unet',
  channels: 2,
  outputs: 1,
  initialFilters: 6,
  maximalFilters: 16,
  dropout: 0.3,
});

const cases: readonly { about: string; options: NetworkOptions; patch: Triple }[] = [
  { about: 'tiny', options: tiny, patch: [32, 16, 16] },
  { about: 'tiny, without stem stride', options: { ...tiny, stemStride: [1, 1, 1] }, patch: [8, 8, 16] },
  {
    about: 'tiny, by instance, anisotropic',
    options: { ...tiny, normalization: 'instance', stemStride: [2, 2, 1], pooling: [[2, 2, 1]] },
    patch: [16, 16, 8],
  },
  {
    about: 'tiny, by group, three classes',
    options: { ...tiny, normalization: 'group', outputs: 4 },
    patch: [16, 32, 16],
  },
  { about: 'U-Net', options: unet, patch: [32, 16, 16] },
  {
    about: 'U-Net, without stem stride, by batch, three classes, anisotropic',
    options: { ...unet, normalization: 'batch', outputs: 4, stemStride: [1, 1, 1], pooling: [[2, 2, 1]] },
    patch: [8, 8, 8],
  },
];

describe.each(cases)('predictions of random weights: $about', ({ about, options, patch }) => {
  const program = inferenceProgram(options, [...patch]);
  const feeds: Record<string, Float64Array> = {
    image: randomValues(new Random(about, 'image'), 'normal', options.channels * elementCount(patch)),
  };
  for (const { op, shape } of [...parametersOf(program, 'weight'), ...parametersOf(program, 'statistic')]) {
    const random = new Random(about, op.name);
    const isPositive = op.name.endsWith('.variance') || op.name.endsWith('.scale');
    const values = randomValues(random, isPositive ? 'positive' : 'normal', elementCount(shape));
    const size = op.name.endsWith('.weight') ? Math.sqrt(2 / elementCount(shape.slice(1))) : isPositive ? 1 : 0.1;
    feeds[op.name] = values.map((value) => Math.fround(value * size));
  }
  let expected = new Float64Array();
  beforeAll(() => {
    expected = interpret(program, feeds).probabilities as Float64Array<ArrayBuffer>;
  });

  it('are probabilities that differ from voxel to voxel', () => {
    expect(Math.min(...expected)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...expected)).toBeLessThanOrEqual(1);
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.1);
    if (options.outputs === 1) return;
    const voxels = elementCount(patch);
    for (let voxel = 0; voxel < voxels; voxel += 97) {
      const sum = Array.from({ length: options.outputs }, (_, output) => expected[output * voxels + voxel] as number);
      expect(sum.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 12);
    }
  });

  it.each(runForms)('are those of the definition ($form, optimized: $optimize)', async (form) => {
    const { probabilities } = await runProgram(program, feeds, form);
    expect(relativeDifference(probabilities as Float32Array, expected)).toBeLessThan(1e-4);
  });
});

describe.each(['fc-densenet', 'unet'] as const)('a %s that normalizes by instance', (architecture) => {
  it('computes the same in training without dropout as in inference, with deep supervision or not', () => {
    for (const deepSupervision of [false, true]) {
      const changes = { architecture, deepSupervision, channels: 1, outputs: 1, levels: 2, initialFilters: 3 };
      const options = presetNetwork('tiny', { ...changes, normalization: 'instance', dropout: 0 });
      const [training, inference] = (['training', 'inference'] as const).map((mode) => {
        const { program } = buildNetwork(options, [16, 8, 8], mode);
        const feeds: Record<string, Float64Array> = {};
        for (const { op, shape } of [...inputsOf(program), ...parametersOf(program, 'weight')]) {
          feeds[op.name] = randomValues(new Random('modes', op.name), 'normal', elementCount(shape));
        }
        return interpret(program, feeds).logits;
      });
      expect(new Set(training).size).toBeGreaterThan(100);
      expect(training).toEqual(inference);
    }
  });
});
