import { describe, expect, it } from 'vitest';
import { RAS } from '../../test/synthetic-scan.ts';
import type { ScalarVolume } from '../volume/volume.ts';
import { labelMap } from './label-map.ts';
import type { DecisionSettings } from './options.ts';

const plain: DecisionSettings = {
  threshold: 0.5,
  hysteresis: null,
  fillHoles: false,
  lesionThreshold: 0,
  connectivity: 18,
};

describe('labelMap', () => {
  const volume = (...data: number[]): ScalarVolume => ({
    kind: 'scalar',
    shape: [data.length, 1, 1],
    affine: RAS,
    data: Float32Array.from(data),
  });

  it('marks one class from the threshold on, never where the probability is 0', () => {
    const probabilities = [volume(0, 0.2, 0.49, 0.5, 1)];
    expect([...labelMap(probabilities, [3], plain).data]).toEqual([0, 0, 0, 3, 3]);
    expect([...labelMap(probabilities, [3], { ...plain, threshold: 0 }).data]).toEqual([0, 3, 3, 3, 3]);
    expect([...labelMap(probabilities, [3], { ...plain, threshold: 1 }).data]).toEqual([0, 0, 0, 0, 3]);
  });

  it('takes the most probable of several classes where it beats the background', () => {
    // Backgrounds of 1, 0.5, 0.4, 0.2 and 0.
    const probabilities = [volume(0, 0.4, 0.5, 0.3, 0.2), volume(0, 0.1, 0.1, 0.5, 0.8)];
    expect([...labelMap(probabilities, [2, 7], plain).data]).toEqual([0, 0, 2, 7, 7]);
  });

  it('marks by hysteresis, then fills holes, then removes small lesions', () => {
    // A ring of 8 around a hole in the middle slice, a tail of 0.3 to the right, and a lesion of its own at the far end.
    const data = new Float32Array(9 * 5 * 3);
    const set = (i: number, j: number, p: number): void => {
      data[i + 9 * (j + 5)] = p;
    };
    for (const [i, j] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [1, 2],
      [3, 2],
      [1, 3],
      [2, 3],
      [3, 3],
    ])
      set(i, j, 0.6);
    set(4, 2, 0.3);
    set(7, 1, 0.6);
    set(7, 3, 0.3);
    // The hole is open to both sides of a single slice until these cover it.
    data[2 + 9 * 2] = 0.6;
    data[2 + 9 * (2 + 10)] = 0.6;
    const sizeWith = (changed: Partial<DecisionSettings>): number => {
      const map = labelMap([{ kind: 'scalar', shape: [9, 5, 3], affine: RAS, data }], [3], { ...plain, ...changed });
      expect(new Set(map.data)).toEqual(new Set([0, 3]));
      return map.data.filter((value) => value === 3).length;
    };
    expect(sizeWith({})).toBe(11);
    expect(sizeWith({ hysteresis: 0.3 })).toBe(12);
    expect(sizeWith({ hysteresis: 0.5 })).toBe(11);
    expect(sizeWith({ fillHoles: true })).toBe(12);
    expect(sizeWith({ lesionThreshold: 1 })).toBe(11);
    expect(sizeWith({ lesionThreshold: 2 })).toBe(10);
    // By faces the two covers are lesions of one voxel each, until the hole is filled.
    expect(sizeWith({ lesionThreshold: 2, connectivity: 6 })).toBe(8);
    expect(sizeWith({ lesionThreshold: 11, connectivity: 6, fillHoles: true })).toBe(11);
    expect(sizeWith({ lesionThreshold: 12, fillHoles: true, hysteresis: 0.3 })).toBe(12);
  });
});
