import { describe, expect, it } from 'vitest';
import type { Affine, LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { choosePlan } from './choose-plan.ts';
import { datasetFingerprintSchema, fingerprintCase, fingerprintDataset } from './fingerprint.ts';
import { readableJson } from './readable-json.ts';

/** i to posterior, j to superior, k to the left, at 2, 3 and 0.5 mm. */
const psl: Affine = [0, 0, -0.5, 9, -2, 0, 0, 8, 0, 3, 0, 7, 0, 0, 0, 1];
const shape: Triple = [4, 2, 1];
const scalar = (values: readonly number[]): ScalarVolume => ({
  kind: 'scalar',
  shape,
  affine: psl,
  data: Float32Array.from(values),
});
const label = (values: readonly number[]): LabelVolume => ({
  kind: 'label',
  shape,
  affine: psl,
  data: Uint8Array.from(values),
});
const labels = [
  { value: 1, name: 'lesion' },
  { value: 4, name: 'core' },
];

const flair = scalar([0, 1, 2, 3, 0, 4, 5, 0]);
const t1w = scalar([9, 10, 10, 10, 9, 20, 20, 9]);
const reference = label([0, 1, 1, 0, 0, 4, 1, 0]);

describe('fingerprintCase', () => {
  it('is what a hand would write for two images, with the voxels other than 0 as the brain', () => {
    const made = fingerprintCase('sub-1', { images: [flair, t1w], reference }, ['FLAIR', 'T1w'], labels);
    expect(made).toEqual({
      id: 'sub-1',
      orientation: 'PSL',
      shape: [1, 4, 2],
      spacing: [0.5, 2, 3],
      // 5 voxels of 3 mm3; they reach from 1 to 3 along i, 0 to 1 along j.
      brain: { from: 'voxels other than 0', voxels: 5, milliliters: 0.015, extent: [0.5, 6, 6], boxShare: 0.833333 },
      intensities: {
        // 1 … 5; positions 0.02, 0.2, 2, 3.8, 3.98
        FLAIR: {
          mean: 3,
          standardDeviation: Number(Math.SQRT2.toFixed(5)),
          percentiles: { 'p0.5': 1.02, p5: 1.2, p50: 3, p95: 4.8, 'p99.5': 4.98 },
        },
        // 10, 10, 10, 20, 20
        T1w: {
          mean: 14,
          standardDeviation: 4.89898,
          percentiles: { 'p0.5': 10, p5: 10, p50: 10, p95: 20, 'p99.5': 20 },
        },
      },
      labels: { '1': { voxels: 3, milliliters: 0.009 }, '4': { voxels: 1, milliliters: 0.003 } },
    });
  });

  it('measures within the mask where there is one', () => {
    const brainMask = label([1, 0, 0, 0, 1, 0, 0, 0]);
    const made = fingerprintCase('sub-1', { images: [t1w], brainMask }, ['T1w'], []);
    expect(made.brain).toMatchObject({ from: 'mask', voxels: 2, extent: [0.5, 2, 6], boxShare: 1 });
    expect(made.intensities.T1w).toMatchObject({ mean: 9, standardDeviation: 0 });
    expect(made.labels).toEqual({});
  });

  it('refuses an empty image as preparing it would', () => {
    expect(() => fingerprintCase('a', { images: [scalar(new Array(8).fill(0))] }, ['T1w'], [])).toThrow(
      'The T1w image is empty',
    );
  });
});

describe('fingerprintDataset', () => {
  const first = fingerprintCase('a', { images: [flair], reference }, ['FLAIR'], labels);
  const second = {
    ...first,
    id: 'b',
    shape: [3, 6, 2] as [number, number, number],
    labels: { '1': { voxels: 5, milliliters: 0.5 }, '4': { voxels: 2, milliliters: 1 } },
  };
  const third = { ...second, id: 'c', shape: [5, 1, 2] as [number, number, number] };

  it('takes the median of each number by itself, and reads back what was written', () => {
    const made = fingerprintDataset('Set', labels, [first, second, third]);
    expect(made.median).toMatchObject({ shape: [3, 4, 2], spacing: [0.5, 2, 3], brainMilliliters: 0.015 });
    expect(made.median.labels).toEqual({ '1': { voxels: 5, milliliters: 0.5 }, '4': { voxels: 2, milliliters: 1 } });
    expect(made.median.intensities.FLAIR).toEqual(first.intensities.FLAIR);
    const even = fingerprintDataset('Set', labels, [first, second]);
    expect(even.median).toMatchObject({ shape: [2, 5, 2], labels: { '1': { voxels: 4 }, '4': { voxels: 1.5 } } });
    const text = readableJson(made);
    expect(datasetFingerprintSchema.parse(JSON.parse(text))).toEqual(made);
    expect(text).toContain('"spacing": [0.5, 2, 3],\n');
  });
});

describe('choosePlan', () => {
  const spacings = [[0.9000000357627869, 1, 1] as const, [0.9000000357627869, 1, 1] as const];
  const subjects = spacings.map((spacing) => ({ spacing: [...spacing] as [number, number, number] }));
  const choices = { modalities: ['FLAIR'], normalization: 'mean' } as const;

  it('takes the spacing from the fingerprints, or as it is asked for', () => {
    expect(choosePlan(subjects, { ...choices, spacing: 'auto' })).toEqual({
      version: 1,
      modalities: ['FLAIR'],
      spacing: [0.9, 1, 1],
      normalization: 'mean',
    });
    expect(choosePlan(subjects, { ...choices, spacing: null }).spacing).toBeNull();
    expect(choosePlan(subjects, { ...choices, spacing: [1, 2, 3] }).spacing).toEqual([1, 2, 3]);
  });
});

describe('fingerprints of subjects that lack modalities', () => {
  it('have statistics of those they have, and medians over the subjects that have them', () => {
    const modalities = ['FLAIR', 'T1w'];
    const whole = fingerprintCase('a', { images: [flair, t1w], reference }, modalities, labels);
    const second = fingerprintCase(
      'b',
      { images: [null, t1w], brainMask: label([1, 1, 0, 0, 0, 0, 0, 0]) },
      modalities,
      [],
    );
    expect(Object.keys(second.intensities)).toEqual(['T1w']);
    expect(second.intensities.T1w.mean).toBe(9.5);
    const { median } = fingerprintDataset('d', [], [second, whole]);
    expect(median.intensities.FLAIR).toEqual(whole.intensities.FLAIR);
    // 14 over the first subject's brain, where FLAIR is not 0.
    expect(median.intensities.T1w.mean).toBe(11.75);
  });
});
