import { describe, expect, it } from 'vitest';
import { networkOptionsSchema, patchFault, presetNames, presetNetwork, presets, totalStride } from './options.ts';

const tiny = presetNetwork('tiny', { channels: 1, outputs: 1 });

describe('presets', () => {
  it.each(presetNames)('%s are valid options and fit their own patch', (name) => {
    const options = presetNetwork(name, { channels: 3, outputs: 1 });
    expect(networkOptionsSchema.parse(options)).toEqual(options);
    expect(patchFault(options, presets[name].patch)).toBeNull();
  });

  it('give way to what is asked for', () => {
    const options = presetNetwork('paper', { channels: 4, outputs: 3, growth: 16, layers: 5, stemStride: [2, 2, 1] });
    expect(options).toMatchObject({ channels: 4, outputs: 3, growth: 16, layers: 5, levels: 5, stemStride: [2, 2, 1] });
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
