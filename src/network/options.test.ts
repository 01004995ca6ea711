import { describe, expect, it } from 'vitest';
import { auxiliaryLevels, supervisionFault } from './auxiliary-head.ts';
import {
  ARCHITECTURES,
  type NetworkOptions,
  networkOptionsSchema,
  networkOverridesSchema,
  patchFault,
  presetNames,
  presetNetwork,
  presets,
  totalStride,
} from './options.ts';

const tiny = presetNetwork('tiny', { channels: 1, outputs: 1 });

describe('presets', () => {
  const all = presetNames.flatMap((name) => ARCHITECTURES.map((architecture) => ({ name, architecture })));
  it.each(all)('$name, $architecture, is made of valid options and fits its own patch', ({ name, architecture }) => {
    const options = presetNetwork(name, { channels: 3, outputs: 1, architecture });
    expect(options.architecture).toBe(architecture);
    expect(networkOptionsSchema.parse(options)).toEqual(options);
    expect(patchFault(options, presets[name].patch)).toBeNull();
  });

  it('give way to what is asked for', () => {
    const options = presetNetwork('paper', { channels: 4, outputs: 3, growth: 16, layers: 5, stemStride: [2, 2, 1] });
    expect(options).toMatchObject({ channels: 4, outputs: 3, growth: 16, layers: 5, levels: 5, stemStride: [2, 2, 1] });
    const unet = { architecture: 'unet', channels: 4, outputs: 3, maximalFilters: 64, deepSupervision: true } as const;
    expect(presetNetwork('tiny', unet)).toMatchObject({ ...unet, initialFilters: 16, levels: 3, dropout: 0 });
  });

  it('keep their value where a change is undefined', () => {
    expect(presetNetwork('tiny', { channels: 1, outputs: 1, architecture: undefined, growth: undefined })).toEqual(
      tiny,
    );
  });
});

describe('the options', () => {
  it.each([
    { channels: 0 },
    { outputs: 1.5 },
    { stemStride: [3, 2, 2] },
    { stemStride: [2, 2] },
    { pooling: [[2, 2, 4]] },
    { normalization: 'layer' },
    { dropout: 1 },
    { unknown: 1 },
  ])('refuse %s', (change) => {
    expect(networkOptionsSchema.safeParse({ ...tiny, ...change }).success).toBe(false);
  });
});

describe('options of the time before there was a choice', () => {
  const { architecture, deepSupervision, ...old } = tiny;

  it('are those of an FC-DenseNet without deep supervision', () => {
    expect([architecture, deepSupervision]).toEqual(['fc-densenet', false]);
    expect(networkOptionsSchema.parse(old)).toEqual(tiny);
  });

  it.each([
    { about: 'an unknown architecture', input: { ...tiny, architecture: 'transformer' } },
    { about: 'a U-Net with growth', input: { ...tiny, architecture: 'unet' } },
    { about: 'an FC-DenseNet with maximal filters', input: { ...old, maximalFilters: 320 } },
    { about: 'null', input: null },
    { about: 'a list', input: [tiny] },
    { about: 'an architecture without the word on deep supervision', input: { ...old, architecture } },
  ])('are not $about', ({ input }) => {
    expect(networkOptionsSchema.safeParse(input).success).toBe(false);
  });
});

describe('overrides', () => {
  it.each([
    {},
    { architecture: 'unet', maximalFilters: 64, initialFilters: 8, deepSupervision: true },
    { architecture: 'fc-densenet', growth: 4, layers: 1 },
    { growth: 4 },
  ])('may be %j', (input) => {
    expect(networkOverridesSchema.parse(input)).toEqual(input);
  });

  it.each([
    { input: { architecture: 'unet', growth: 4, layers: 2 }, paths: ['growth', 'layers'], refused: 'unet' },
    { input: { maximalFilters: 64 }, paths: ['maximalFilters'], refused: 'fc-densenet' },
  ])('are refused where the architecture has no such option: $input', ({ input, paths, refused }) => {
    const issues = networkOverridesSchema.safeParse(input).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual(paths);
    for (const { message } of issues) expect(message).toBe(`the architecture ${refused} has no such option`);
  });

  it.each([{ channels: 2 }, { outputs: 1 }, { architecture: 'vnet' }, { dropout: 1 }, { growht: 4 }])(
    'are refused: %j',
    (input) => {
      expect(networkOverridesSchema.safeParse(input).success).toBe(false);
    },
  );
});

describe('deep supervision', () => {
  const one: NetworkOptions['stemStride'] = [1, 1, 1];
  it.each([
    { change: { levels: 3 }, expected: [0, 1] },
    { change: { levels: 2 }, expected: [0] },
    { change: { levels: 1 }, expected: [] },
    { change: { levels: 3, stemStride: one }, expected: [1] },
    { change: { levels: 2, stemStride: one }, expected: [] },
    { change: { levels: 1, stemStride: one }, expected: [] },
    { change: { levels: 5, stemStride: [1, 1, 2] as NetworkOptions['stemStride'] }, expected: [0, 1, 2, 3] },
  ])('has outputs at the levels $expected with $change', ({ change, expected }) => {
    const options = { ...tiny, ...change, deepSupervision: true };
    expect(auxiliaryLevels(options)).toEqual(expected);
    expect(supervisionFault({ ...options, deepSupervision: false })).toBeNull();
    if (expected.length > 0) expect(supervisionFault(options)).toBeNull();
    else
      expect(supervisionFault(options)).toMatch(/^deep supervision needs .* with levels \d and stem stride \d, \d, \d/);
  });
});

describe('the total stride', () => {
  it.each([
    { change: {}, stride: [16, 16, 16] },
    { change: { stemStride: [2, 2, 1] as [2, 2, 1] }, stride: [16, 16, 8] },
    {
      change: {
        pooling: [
          [2, 1, 1],
          [1, 1, 1],
        ] as [[2, 1, 1], [1, 1, 1]],
      },
      stride: [8, 4, 4],
    },
    { change: { levels: 1, stemStride: [1, 1, 1] as [1, 1, 1] }, stride: [2, 2, 2] },
  ])('is $stride with $change', ({ change, stride }) => {
    expect(totalStride({ ...tiny, ...change })).toEqual(stride);
  });
});

describe('a patch', () => {
  it.each([
    [32, 32, 32],
    [32, 16, 16],
    [16, 16, 32],
    [48, 160, 16],
  ] as const)('of %d, %d, %d fits', (...patch) => {
    expect(patchFault(tiny, patch)).toBeNull();
  });

  it('with other sides is refused, with the nearest that fits', () => {
    expect(patchFault(tiny, [60, 32, 5])).toBe(
      'the patch 60x32x5 must have sides that are multiples of 16, 16, 16 (stem stride times pooling), such as 64x32x16',
    );
    expect(patchFault({ ...tiny, stemStride: [2, 2, 1] }, [32, 32, 12])).toBe(
      'the patch 32x32x12 must have sides that are multiples of 16, 16, 8 (stem stride times pooling), such as 32x32x16',
    );
  });

  it.each([
    [0, 16, 16],
    [-16, 16, 16],
    [16.5, 16, 16],
    [Number.NaN, 16, 16],
  ] as const)('of %d, %d, %d is refused', (...patch) => {
    expect(patchFault(tiny, patch)).toMatch(/must have sides that are multiples of 16, 16, 16/);
  });

  it('that leaves a single voxel at the center is refused', () => {
    expect(patchFault(tiny, [16, 16, 16])).toBe(
      "the patch 16x16x16 leaves a single voxel at the network's center, where normalization needs more: take twice the size along an axis",
    );
  });

  it('that is proposed in place of a refused one fits', () => {
    const sides = [1, 8, 9, 15, 17, 31, 100, Number.NaN];
    for (const patch of sides.flatMap((a) => sides.map((b): [number, number, number] => [a, b, 17]))) {
      const fault = patchFault(tiny, patch) ?? 'none';
      const proposed = fault.slice(fault.lastIndexOf(' ') + 1).split('x');
      expect(patchFault(tiny, proposed.map(Number) as [number, number, number]), fault).toBeNull();
    }
  });
});
