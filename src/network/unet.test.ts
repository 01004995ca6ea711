import { describe, expect, it } from 'vitest';
import { buildNetwork, gigaflopsOf, parameterCount } from '../../test/network/build-network.ts';
import { elementCount, parametersOf } from '../graph/program.ts';
import { isDecayed, presetNetwork, presets, type UNetOptions } from './options.ts';

type Triple = readonly [number, number, number];

const small: UNetOptions = {
  architecture: 'unet',
  channels: 2,
  outputs: 1,
  initialFilters: 4,
  maximalFilters: 12,
  levels: 2,
  stemStride: [2, 2, 2],
  pooling: [],
  normalization: 'batch',
  groups: 2,
  dropout: 0,
  deepSupervision: false,
};
const unstrided: UNetOptions = { ...small, stemStride: [1, 1, 1] };

describe('the number of parameters of a U-Net', () => {
  // A normalization has a scale and a shift for each channel.
  const stem = 4 * 2 * 8 + 4;
  const encoder = 4 * 4 * 27 + 8 + (4 * 4 * 27 + 8) + (8 * 4 * 27 + 16) + (8 * 8 * 27 + 16);
  // 16 filters at the center, were it not for the limit.
  const center = 12 * 8 * 27 + 24 + (12 * 12 * 27 + 24);
  const lower = 12 * 8 * 8 + 8 + (8 * 16 * 27 + 16) + (8 * 8 * 27 + 16);
  const upper = 8 * 4 * 8 + 4 + (4 * 8 * 27 + 8) + (4 * 4 * 27 + 8);
  const head = 4 * 4 * 8 + 4 + (4 + 1);
  const sum = stem + encoder + center + lower + upper + head;

  it('is by hand 17801, and 144 moving statistics', () => {
    expect(sum).toBe(17_801);
    for (const mode of ['training', 'inference'] as const) {
      const { program } = buildNetwork(small, [16, 8, 8], mode);
      expect(parameterCount(program, 'weight')).toBe(sum);
      // A mean and a variance for each channel of ten normalizations.
      expect(parameterCount(program, 'statistic')).toBe(2 * (2 * 4 + 2 * 8 + 2 * 12 + 2 * 8 + 2 * 4));
    }
  });

  it('without stem stride lacks the stem and the head has its last convolution alone', () => {
    const { program } = buildNetwork(unstrided, [8, 4, 4]);
    // The first convolution sees the two sequences rather than four filters.
    expect(parameterCount(program, 'weight')).toBe(sum - stem - 2 * 4 * 27 - (4 * 4 * 8 + 4));
  });

  it('grows in training by the auxiliary kernels, and only in training', () => {
    const options = { ...small, deepSupervision: true };
    expect(parameterCount(buildNetwork(options, [16, 8, 8]).program, 'weight')).toBe(sum + 4);
    expect(parameterCount(buildNetwork(options, [16, 8, 8], 'inference').program, 'weight')).toBe(sum);
  });
});

describe('the presets of method section 2', () => {
  it.each([
    { preset: 'tiny', millions: '1.41', gigaflops: 4.1 },
    { preset: 'compact', millions: '9.91', gigaflops: 27.5 },
    { preset: 'paper', millions: '38.63', gigaflops: 235 },
  ] as const)('$preset: $millions million parameters, $gigaflops GFLOP', ({ preset, millions, gigaflops }) => {
    const changes = { channels: 3, outputs: 1 };
    const { patch } = presets[preset];
    const { program } = buildNetwork(presetNetwork(preset, { ...changes, architecture: 'unet' }), patch);
    const count = parameterCount(program, 'weight') + parameterCount(program, 'statistic');
    const dense = buildNetwork(presetNetwork(preset, changes), patch).program;
    expect((count / 1e6).toFixed(2)).toBe(millions);
    expect(Math.abs(gigaflopsOf(program) / gigaflops - 1)).toBeLessThan(0.015);
    expect(gigaflopsOf(program) / gigaflopsOf(dense)).toBeGreaterThan(0.85);
    expect(gigaflopsOf(program) / gigaflopsOf(dense)).toBeLessThan(1.15);
  });
});

describe('a U-Net', () => {
  it.each<{ about: string; options: UNetOptions; patch: Triple; batch?: number }>([
    { about: 'small', options: small, patch: [16, 8, 24] },
    { about: 'no stem stride', options: unstrided, patch: [4, 8, 4], batch: 2 },
    { about: 'anisotropic', options: { ...small, stemStride: [2, 2, 1], pooling: [[1, 2, 2]] }, patch: [4, 16, 4] },
    { about: 'a level that does not pool', options: { ...small, pooling: [[1, 1, 1]] }, patch: [8, 4, 4] },
    { about: 'several outputs', options: { ...small, outputs: 4 }, patch: [8, 16, 8] },
    { about: 'group normalization', options: { ...small, normalization: 'group' }, patch: [8, 16, 8] },
    { about: 'a single level', options: { ...small, levels: 1 }, patch: [4, 4, 8] },
  ])('gives logits of the size of the patch: $about', ({ options, patch, batch = 1 }) => {
    for (const mode of ['training', 'inference'] as const) {
      const { logits } = buildNetwork(options, patch, mode, batch);
      expect(logits.shape).toEqual([batch, options.outputs, patch[2], patch[1], patch[0]]);
    }
  });

  it('doubles its filters from level to level up to the limit', () => {
    const { program } = buildNetwork({ ...small, levels: 4, maximalFilters: 20 }, [64, 32, 32]);
    const filters = (name: string) => parametersOf(program, 'weight').find(({ op }) => op.name === name)?.shape[0];
    const blocks = [0, 1, 2, 3].map((level) => `encoder.${level}`);
    expect([...blocks, 'center'].map((name) => filters(`${name}.convolution.1.weight`))).toEqual([4, 8, 16, 20, 20]);
    const back = [3, 2, 1, 0].map((level) => filters(`decoder.${level}.convolution.1.weight`));
    expect(back).toEqual([20, 16, 8, 4]);
  });

  it('has auxiliary logits at its coarser levels, the finest first, only in training with deep supervision', () => {
    const options: UNetOptions = { ...small, levels: 3, outputs: 3, deepSupervision: true };
    const shapes = buildNetwork(options, [32, 16, 16]).state.auxiliary.map(({ shape }) => shape);
    expect(shapes).toEqual([
      [1, 3, 8, 8, 16],
      [1, 3, 4, 4, 8],
    ]);
    expect(buildNetwork(options, [32, 16, 16], 'inference').state.auxiliary).toEqual([]);
    expect(buildNetwork({ ...options, deepSupervision: false }, [32, 16, 16]).state.auxiliary).toEqual([]);
    const finest = buildNetwork({ ...options, stemStride: [1, 1, 1] }, [32, 16, 16]).state.auxiliary;
    expect(finest.map(({ shape }) => shape)).toEqual([[1, 3, 8, 8, 16]]);
  });

  it('drops at each level in training, where asked to', () => {
    const { masks } = buildNetwork({ ...small, dropout: 0.25 }, [16, 8, 8]).state;
    expect(masks.map(({ name, shape, rate }) => [name, shape[1], rate])).toEqual([
      ['encoder.0.dropout', 4, 0.25],
      ['encoder.1.dropout', 8, 0.25],
      ['center.dropout', 12, 0.25],
      ['decoder.1.dropout', 8, 0.25],
      ['decoder.0.dropout', 4, 0.25],
    ]);
    expect(buildNetwork({ ...small, dropout: 0.25 }, [16, 8, 8], 'inference').state.masks).toEqual([]);
    expect(buildNetwork(small, [16, 8, 8]).state.masks).toEqual([]);
  });

  it('starts kernels by He and decays all of them but those that make logits', () => {
    const { program } = buildNetwork({ ...small, deepSupervision: true }, [16, 8, 8]);
    const weights = parametersOf(program, 'weight');
    for (const { op } of weights) {
      const initializer = op.name.endsWith('.weight')
        ? { kind: 'he-normal', fanIn: elementCount(op.shape.slice(1)) }
        : { kind: 'constant', value: op.name.endsWith('.scale') ? 1 : 0 };
      expect(op.initializer, op.name).toEqual(initializer);
    }
    const kernels = weights.map(({ op }) => op.name).filter((name) => name.endsWith('.weight'));
    const logits = ['head.weight', 'decoder.0.auxiliary.weight'];
    expect(kernels).toEqual(expect.arrayContaining(logits));
    expect(new Set(weights.map(({ op }) => op.name).filter(isDecayed))).toEqual(
      new Set(kernels.filter((name) => !logits.includes(name))),
    );
  });
});
