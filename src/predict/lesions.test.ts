import { describe, expect, it } from 'vitest';
import { PIL } from '../../test/synthetic-scan.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { removeSmallLesions } from './lesion-threshold.ts';
import { lesionsOf, maskLesionsOf } from './lesions.ts';

describe('lesionsOf', () => {
  it('measures two lesions of one class and one of another by hand', () => {
    const shape = [4, 2, 2] as const;
    const data = Uint8Array.of(2, 2, 0, 7, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 2, 0);
    const volume = (...values: number[]): ScalarVolume => ({
      kind: 'scalar',
      shape,
      affine: PIL,
      data: Float32Array.from(data, (value, voxel) => (value === 0 ? 1 : (values[voxel] ?? 0.5))),
    });
    const labels = [
      { value: 2, name: 'a' },
      { value: 7, name: 'b' },
    ];
    const probabilities = [volume(0.5, 0.75), volume(0, 0, 0, 0.25, 0, 0, 0, 0.75)];
    const lesions = lesionsOf({ mask: { shape, affine: PIL, data }, probabilities, voteSpread: null }, labels, 18);
    // A voxel of PIL has 1 x 1.25 x 2 mm; (i, j, k) lies at x = 30 - 2 k, y = 12 - i, z = -4 - 1.25 j.
    expect(lesions).toEqual([
      {
        ...{ label: labels[0], number: 1, voxels: 2, volume: 5, centroid: [30, 11.5, -4] },
        ...{ meanProbability: 0.625, maxProbability: 0.75, meanVoteSpread: null },
      },
      {
        ...{ label: labels[0], number: 2, voxels: 1, volume: 2.5, centroid: [28, 10, -5.25] },
        ...{ meanProbability: 0.5, maxProbability: 0.5, meanVoteSpread: null },
      },
      {
        ...{ label: labels[1], number: 1, voxels: 2, volume: 5, centroid: [30, 9, -4.625] },
        ...{ meanProbability: 0.5, maxProbability: 0.75, meanVoteSpread: null },
      },
    ]);
  });

  it('measures them without probabilities too', () => {
    const mask = { shape: [3, 1, 1], affine: PIL, data: Uint8Array.of(1, 0, 1) } as const;
    const label = { value: 1, name: 'lesion' };
    expect(maskLesionsOf(mask, [label], 6)).toEqual([
      { label, number: 1, voxels: 1, volume: 2.5, centroid: [30, 12, -4] },
      { label, number: 2, voxels: 1, volume: 2.5, centroid: [30, 10, -4] },
    ]);
  });

  it('finds none in an empty mask', () => {
    const grid = { shape: [2, 1, 1], affine: PIL } as const;
    const map: ScalarVolume = { kind: 'scalar', ...grid, data: new Float32Array(2) };
    const sources = { mask: { ...grid, data: new Uint8Array(2) }, probabilities: [map], voteSpread: null };
    expect(lesionsOf(sources, [{ value: 1, name: 'lesion' }], 6)).toEqual([]);
  });
});

describe('removeSmallLesions', () => {
  it('keeps a lesion of just the volume, for each class by itself, whatever the rounding of the affine', () => {
    const mask = Uint8Array.of(1, 1, 1, 2, 2, 0, 1, 2, 2, 2);
    const options = { leastVolume: 3, voxelVolume: Math.fround(1 - 5e-8), connectivity: 26 } as const;
    removeSmallLesions(mask, [10, 1, 1], [1, 2], options);
    expect([...mask]).toEqual([1, 1, 1, 0, 0, 0, 0, 2, 2, 2]);
  });
});
