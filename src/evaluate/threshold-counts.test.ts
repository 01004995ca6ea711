import { describe, expect, it } from 'vitest';
import { COUNT_THRESHOLDS, countAtThresholds, poolCounts, pooledPoint } from './threshold-counts.ts';

const first = countAtThresholds(Float32Array.of(0.75, 0.5, 0.25, 0.125), Uint8Array.of(1, 0, 1, 0));
const second = countAtThresholds(Float32Array.of(0.5, 0.25, 0), Uint8Array.of(1, 0, 0));
const HALF = COUNT_THRESHOLDS.indexOf(0.5);

describe('countAtThresholds', () => {
  it('counts voxels of at least each threshold, equal ones too', () => {
    expect(HALF).toBe(128);
    expect([first.TP[HALF], first.FP[HALF]]).toEqual([1, 1]);
    expect([first.TP[HALF - 1], first.FP[HALF - 1]]).toEqual([1, 0]);
    expect([second.TP[HALF], second.FP[HALF]]).toEqual([1, 0]);
    expect([first.TP.at(-1), first.FP.at(-1), first.positives]).toEqual([2, 2, 2]);
    // A probability of 0 reaches no threshold.
    expect([second.FP.at(-1), second.positives]).toEqual([1, 1]);
  });

  it('agrees with counting one by one', () => {
    const probabilities = Float32Array.from({ length: 500 }, (_, v) => ((v * 7919) % 4999) / 4998);
    const reference = Uint8Array.from({ length: 500 }, (_, v) => (v % 3 === 0 ? 1 : 0));
    const { TP, FP } = countAtThresholds(probabilities, reference);
    for (const [n, threshold] of COUNT_THRESHOLDS.entries()) {
      const passed = [...probabilities.keys()].filter((v) => probabilities[v] >= threshold);
      expect(TP[n]).toBe(passed.filter((v) => reference[v] === 1).length);
      expect(FP[n]).toBe(passed.filter((v) => reference[v] === 0).length);
    }
  });
});

describe('poolCounts', () => {
  it('gives at each threshold what all voxels together have', () => {
    // By hand over the seven voxels, of which three belong to the label: at 0.5 two of them pass, and one other.
    const at = poolCounts([first, second]).find(({ threshold }) => threshold === 0.5);
    expect(at).toEqual({ threshold: 0.5, precision: 2 / 3, recall: 2 / 3 });
  });

  it('leaves out cases without the label, and thresholds that nothing reaches', () => {
    const empty = countAtThresholds(Float32Array.of(0.9), Uint8Array.of(0));
    expect(poolCounts([empty])).toEqual([]);
    expect(poolCounts([first, empty])).toEqual(poolCounts([first]));
    expect(poolCounts([first])[0]?.threshold).toBeLessThanOrEqual(0.75);
  });
});

describe('pooledPoint', () => {
  it('sums voxels over the cases that hold the label', () => {
    const cases = [
      { TP: 3, FP: 1, FN: 1 },
      { TP: 1, FP: 0, FN: 3 },
      { TP: 0, FP: 9, FN: 0 },
    ];
    expect(pooledPoint(cases)).toEqual({ precision: 4 / 5, recall: 4 / 8 });
    expect(pooledPoint([{ TP: 0, FP: 0, FN: 2 }])).toBeNull();
  });
});
