import { describe, expect, it } from 'vitest';
import { buildNetwork, gigaflopsOf, parameterCount } from '../../test/network/build-network.ts';
import { elementCount, type Program, parametersOf } from '../graph/program.ts';
import { type FcDenseNetOptions, isDecayed, presetNames, presetNetwork, presets } from './options.ts';

type Triple = readonly [number, number, number];

describe('parameter counts of method section 2', () => {
  const larger = { growth: 16, layers: 5 };
  it.each([
    { channels: 2, changes: {}, total: 1_541_664, trained: 1_526_544 },
    { channels: 4, changes: {}, total: 1_542_432, trained: 1_527_312 },
    { channels: 5, changes: {}, total: 1_542_816, trained: null },
    { channels: 4, changes: larger, total: 3_404_686, trained: 3_376_812 },
  ])('$channels channels, $changes: $total', ({ channels, changes, total, trained }) => {
    const options = presetNetwork('paper', { channels, outputs: 1, ...changes });
    for (const mode of ['training', 'inference'] as const) {
      const { program } = buildNetwork(options, presets.paper.patch, mode);
      const weights = parameterCount(program, 'weight');
      expect(weights + parameterCount(program, 'statistic')).toBe(total);
      if (trained !== null) expect(weights).toBe(trained);
    }
  });

  it.each([
    { preset: 'tiny', millions: 0.17 },
    { preset: 'compact', millions: 0.38 },
    { preset: 'paper', millions: 1.54 },
  ] as const)('$preset with 3 channels: $millions million', ({ preset, millions }) => {
    const options = presetNetwork(preset, { channels: 3, outputs: 1, normalization: 'batch' });
    const { program } = buildNetwork(options, presets[preset].patch);
    const count = parameterCount(program, 'weight') + parameterCount(program, 'statistic');
    expect((count / 1e6).toFixed(2)).toBe(String(millions));
  });

  it.each([
    { preset: 'tiny', operations: 4.4 },
    { preset: 'compact', operations: 28.5 },
    { preset: 'paper', operations: 245 },
  ] as const)('$preset computes one patch in $operations GFLOP', ({ preset, operations }) => {
    const { program } = buildNetwork(presetNetwork(preset, { channels: 3, outputs: 1 }), presets[preset].patch);
    expect(Math.abs(gigaflopsOf(program) / operations - 1)).toBeLessThan(0.015);
  });
});

describe('the network', () => {
  it.each(presetNames)('%s has the channels of method section 2', (preset) => {
    const options = presetNetwork(preset, { channels: 3, outputs: 1 });
    const { growth, layers, levels, initialFilters } = options;
    const { program } = buildNetwork(options, presets[preset].patch);
    const shapeOf = (name: string) => parametersOf(program, 'weight').find(({ op }) => op.name === name)?.shape;
    let channels = initialFilters;
    for (let level = 0; level < levels; level++) {
      channels += layers * growth;
      const halved = Math.floor(channels / 2);
      expect(shapeOf(`encoder.${level}.transition.weight`)).toEqual([halved, channels, 1, 1, 1]);
      channels = halved;
    }
    for (let level = 0; level < levels; level++) {
      const made = layers * growth;
      expect(shapeOf(`decoder.${level}.upsample.weight`)).toEqual([made, made, 3, 3, 3]);
    }
    expect(shapeOf('head.weight')).toEqual([1, initialFilters, 1, 1, 1]);
  });

  it('of the paper has 48, 96 and 48 channels down, 96 at the center, 144 and 192 up', () => {
    const { program } = buildNetwork(presetNetwork('paper', { channels: 3, outputs: 1 }), presets.paper.patch);
    const widths = new Map<string, Set<number>>();
    for (const { op, scope, shape } of program.nodes) {
      if (op.kind !== 'concatenate') continue;
      widths.set(scope, (widths.get(scope) ?? new Set()).add(shape[1] as number));
    }
    for (let level = 0; level < 5; level++) {
      expect(Math.max(...(widths.get(`encoder.${level}`) ?? []))).toBe(96);
      expect([...(widths.get(`decoder.${level}`) ?? [])]).toEqual(expect.arrayContaining([144, 192]));
    }
    expect(Math.max(...(widths.get('center') ?? []))).toBe(96);
    expect(program.nodes.filter(({ op }) => op.kind === 'maxPool').map(({ shape }) => shape.slice(1))).toEqual(
      [32, 16, 8, 4, 2].map((side) => [48, side, side, side]),
    );
  });

  const base = presetNetwork('tiny', { channels: 2, outputs: 1, normalization: 'batch' });
  it.each<{ about: string; options: FcDenseNetOptions; patch: Triple; batch?: number }>([
    { about: 'tiny', options: base, patch: [32, 16, 48] },
    { about: 'compact', options: presetNetwork('compact', { channels: 1, outputs: 1 }), patch: [32, 64, 32] },
    { about: 'paper', options: presetNetwork('paper', { channels: 3, outputs: 1 }), patch: [64, 64, 128] },
    { about: 'stem stride 2, 2, 1', options: { ...base, stemStride: [2, 2, 1] }, patch: [32, 16, 8] },
    { about: 'no stem stride', options: { ...base, stemStride: [1, 1, 1] }, patch: [16, 8, 24], batch: 2 },
    {
      about: 'anisotropic pooling',
      options: {
        ...base,
        stemStride: [2, 2, 1],
        pooling: [
          [2, 2, 1],
          [1, 2, 2],
        ],
      },
      patch: [16, 32, 8],
    },
    { about: 'a level that does not pool', options: { ...base, pooling: [[1, 1, 1]] }, patch: [16, 8, 8] },
    { about: 'instance normalization', options: { ...base, normalization: 'instance' }, patch: [16, 16, 32] },
    { about: 'group normalization', options: { ...base, normalization: 'group', groups: 7 }, patch: [16, 16, 32] },
    { about: 'several outputs', options: { ...base, outputs: 4 }, patch: [16, 16, 32], batch: 2 },
    { about: 'a single level and layer', options: { ...base, levels: 1, layers: 1, growth: 1 }, patch: [4, 4, 8] },
  ])('gives logits of the size of the patch: $about', ({ options, patch, batch = 1 }) => {
    for (const mode of ['training', 'inference'] as const) {
      const { logits } = buildNetwork(options, patch, mode, batch);
      expect(logits.shape).toEqual([batch, options.outputs, patch[2], patch[1], patch[0]]);
    }
  });

  it('without stem stride has no strided stem and no transposed convolution in its head', () => {
    const names = parametersOf(buildNetwork({ ...base, stemStride: [1, 1, 1] }, [16, 16, 16]).program, 'weight').map(
      ({ op }) => op.name,
    );
    expect(names.filter((name) => name.startsWith('head.'))).toEqual(['head.weight']);
    expect(names.filter((name) => name.startsWith('stem.reduction'))).toEqual([]);
  });

  it('has one dropout mask for each dense layer in training, and none in inference', () => {
    const training = buildNetwork(base, [16, 16, 32]);
    const { layers, levels, growth } = base;
    expect(training.state.masks.length).toBe(layers * (2 * levels + 1));
    expect(new Set(training.state.masks.map(({ name }) => name)).size).toBe(training.state.masks.length);
    expect(training.state.masks.every(({ shape, rate }) => shape[1] === growth && rate === 0.2)).toBe(true);
    expect(buildNetwork(base, [16, 16, 32], 'inference').state.masks).toEqual([]);
    expect(buildNetwork({ ...base, dropout: 0 }, [16, 16, 32]).state.masks).toEqual([]);
  });

  it('collects the statistics of a batch in the order of the parameters that keep them', () => {
    const { program, state } = buildNetwork(base, [16, 16, 32]);
    const kept = parametersOf(program, 'statistic');
    expect(state.statistics.map(({ name }) => name)).toEqual(kept.map(({ op }) => op.name));
    expect(state.statistics.map(({ value }) => value.shape)).toEqual(kept.map(({ shape }) => shape));
    for (const normalization of ['instance', 'group'] as const) {
      const other = buildNetwork({ ...base, normalization }, [16, 16, 32]);
      expect(other.state.statistics).toEqual([]);
      expect(parametersOf(other.program, 'statistic')).toEqual([]);
    }
  });

  it('makes the same parameters in the same order for training and inference, and for all patches', () => {
    const names = (program: Program) => parametersOf(program, 'weight').map(({ op, shape }) => [op.name, shape]);
    const expected = names(buildNetwork(base, [16, 16, 32]).program);
    expect(names(buildNetwork(base, [32, 32, 32], 'inference', 2).program)).toEqual(expected);
  });

  it('starts kernels by He and everything else at its neutral value', () => {
    for (const { op } of parametersOf(buildNetwork(base, [16, 16, 32]).program, 'weight')) {
      if (op.name.endsWith('.weight')) {
        expect(op.initializer).toEqual({ kind: 'he-normal', fanIn: elementCount(op.shape.slice(1)) });
      } else {
        expect(op.initializer).toEqual({ kind: 'constant', value: op.name.endsWith('.scale') ? 1 : 0 });
      }
    }
  });

  it('decays all kernels but the dense 3x3x3 and the last, and nothing else', () => {
    const decayed = parametersOf(buildNetwork(base, [16, 16, 32]).program, 'weight')
      .map(({ op }) => op.name)
      .filter(isDecayed);
    const blocks = [...[0, 1, 2].map((n) => `encoder.${n}`), 'center', ...[0, 1, 2].map((n) => `decoder.${n}`)];
    expect(new Set(decayed)).toEqual(
      new Set([
        'stem.reduction.weight',
        ...[0, 1, 2].map((n) => `stem.convolution.${n}.weight`),
        ...blocks.flatMap((block) => [0, 1].map((n) => `${block}.layer.${n}.bottleneck.weight`)),
        ...[0, 1, 2].flatMap((n) => [`encoder.${n}.transition.weight`, `decoder.${n}.upsample.weight`]),
        'head.upsample.weight',
      ]),
    );
  });
});
