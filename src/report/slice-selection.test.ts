import { describe, expect, it } from 'vitest';
import { intensityWindow } from './intensity-window.ts';
import { lesionProfile, selectSlices } from './slice-selection.ts';

describe('lesionProfile', () => {
  it('counts voxels of either map along each axis', () => {
    const shape = [3, 2, 2] as const;
    const prediction = [1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0];
    const reference = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    expect([...lesionProfile(prediction, reference, shape, 0)]).toEqual([1, 1, 1]);
    expect([...lesionProfile(prediction, reference, shape, 1)]).toEqual([2, 1]);
    expect([...lesionProfile(prediction, reference, shape, 2)]).toEqual([2, 1]);
  });
});

describe('selectSlices', () => {
  it('takes the slices with most lesion, apart from each other, in order', () => {
    expect(selectSlices([0, 1, 5, 6, 5, 0, 2, 3, 0], 3, 2)).toEqual([1, 3, 7]);
    expect(selectSlices([0, 1, 5, 6, 5, 0, 2, 3, 0], 2, 1)).toEqual([2, 3]);
  });

  it('never takes a slice without lesion, except the middle one where there is none', () => {
    expect(selectSlices([0, 4, 0, 0], 3, 1)).toEqual([1]);
    expect(selectSlices([0, 0, 0, 0, 0], 3, 1)).toEqual([2]);
  });
});

describe('intensityWindow', () => {
  it('spans the voxels that are not 0, without the extremes', () => {
    const data = new Float32Array(3000);
    for (let v = 0; v < 2000; v++) data[v] = 100 + v / 2;
    data[10] = Number.NaN;
    data[11] = Number.POSITIVE_INFINITY;
    const { low, high } = intensityWindow(data);
    expect(Math.abs(low - 105)).toBeLessThan(1);
    expect(Math.abs(high - 1094.5)).toBeLessThan(1);
  });

  it('is a window also for images of one value or none', () => {
    expect(intensityWindow(new Float32Array(5))).toEqual({ low: 0, high: 1 });
    expect(intensityWindow(Float32Array.of(0, 7, 7))).toEqual({ low: 0, high: 7 });
    expect(intensityWindow(Float32Array.of(-3, 0))).toEqual({ low: -3, high: 0 });
  });
});
