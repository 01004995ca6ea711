import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProbabilities, thresholdCurve } from './threshold-curve.ts';

/** Made by test/reference/auroc.py with NumPy. */
const { cases } = JSON.parse(readFileSync(new URL('../../test/reference/auroc.json', import.meta.url), 'utf8')) as {
  cases: { scores: number[]; positive: number[]; auroc: number }[];
};

/** Average precision and ROC area by their definitions: every distinct value is a threshold, every pair is compared. */
function slowly(probabilities: Float32Array, reference: Uint8Array): { ap: number; auc: number } {
  const values = [...probabilities];
  const positives = values.filter((_, v) => reference[v] === 1);
  const negatives = values.filter((_, v) => reference[v] === 0);
  let ap = 0;
  let recall = 0;
  for (const threshold of [...new Set(values)].sort((a, b) => b - a)) {
    const tp = positives.filter((value) => value >= threshold).length;
    const fp = negatives.filter((value) => value >= threshold).length;
    ap += (tp / positives.length - recall) * (tp / (tp + fp));
    recall = tp / positives.length;
  }
  let wins = 0;
  for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0;
  return { ap, auc: wins / positives.length / negatives.length };
}

describe('thresholdCurve', () => {
  it("follows scikit-learn's example", () => {
    // average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.83, roc_auc_score 0.75: its documentation's numbers.
    const curve = thresholdCurve(Float32Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1));
    expect(curve.averagePrecision).toBeCloseTo(1 / 2 + (1 / 2) * (2 / 3), 12);
    expect(curve.rocArea).toBe(0.75);
    expect(curve.vertices.map(({ TP, FP }) => [TP, FP])).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
    ]);
  });

  it('takes ties together', () => {
    // All equal: one step to recall 1 with the precision of the whole, and a ROC area of a half.
    const curve = thresholdCurve(new Float32Array(8).fill(0.5), Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0));
    expect(curve).toMatchObject({ averagePrecision: 0.25, rocArea: 0.5, vertices: [{ threshold: 0.5, TP: 2, FP: 6 }] });
  });

  it('has thresholds that give the counts of its vertices', () => {
    const probabilities = Float32Array.of(0, 0, 0.2, 0.3, 0.3, 0.7, 0.9, 1);
    const reference = Uint8Array.of(1, 0, 0, 1, 0, 0, 1, 0);
    for (const { threshold, TP, FP } of thresholdCurve(probabilities, reference).vertices) {
      const passing = [...probabilities.keys()].filter((v) => probabilities[v] >= threshold);
      expect([TP, FP]).toEqual([1, 0].map((r) => passing.filter((v) => reference[v] === r).length));
    }
  });

  it('has no area without a reference voxel, and no ROC area without others', () => {
    const values = Float32Array.of(0.2, 0.4);
    expect(thresholdCurve(values, Uint8Array.of(0, 0))).toMatchObject({
      averagePrecision: null,
      rocArea: null,
      vertices: [],
    });
    expect(thresholdCurve(values, Uint8Array.of(1, 1))).toMatchObject({ averagePrecision: 1, rocArea: null });
  });

  it('takes -0 for 0', () => {
    const curve = thresholdCurve(Float32Array.of(-0, 0, -0, 0.5), Uint8Array.of(1, 1, 0, 0));
    expect(curve).toMatchObject({ averagePrecision: 0.5, rocArea: 0.25 });
  });

  it('leaves out what is outside the domain', () => {
    const values = Float32Array.of(0.9, 0.8, 0.7, 0.6);
    const curve = thresholdCurve(values, Uint8Array.of(0, 1, 0, 1), Uint8Array.of(0, 1, 1, 1));
    expect(curve).toMatchObject({ positives: 2, negatives: 1, averagePrecision: (1 + 2 / 3) / 2, rocArea: 0.5 });
  });

  it('agrees with the definitions, with many ties and none', () => {
    const voxel = fc.record({
      value: fc.constantFrom(0, 0, 0.1, 0.25, 0.3, 0.5, 0.75, 1),
      label: fc.constantFrom(0, 0, 1),
    });
    const noisy = fc.record({ value: fc.float({ min: 0, max: 1, noNaN: true }), label: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(fc.array(fc.oneof(voxel, noisy), { minLength: 2, maxLength: 60 }), (voxels) => {
        const probabilities = Float32Array.from(voxels, ({ value }) => value);
        const reference = Uint8Array.from(voxels, ({ label }) => label);
        const curve = thresholdCurve(probabilities, reference);
        fc.pre(curve.positives > 0 && curve.negatives > 0);
        const { ap, auc } = slowly(probabilities, reference);
        expect(curve.averagePrecision).toBeCloseTo(ap, 12);
        expect(curve.rocArea).toBeCloseTo(auc, 12);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it.each(cases)(
    'gives the area $auroc under the ROC curve as NumPy does from all pairs',
    ({ scores, positive, auroc }) => {
      // The area depends on the order alone.
      const lowest = Math.min(...scores);
      const range = Math.max(...scores) - lowest || 1;
      const probabilities = Float32Array.from(scores, (score) => (score - lowest) / range);
      expect(thresholdCurve(probabilities, Uint8Array.from(positive)).rocArea).toBeCloseTo(auroc, 12);
    },
  );

  it('refuses arrays of different lengths', () => {
    expect(() => thresholdCurve(new Float32Array(3), new Uint8Array(4))).toThrow(RangeError);
    expect(() => thresholdCurve(Float32Array.of(-1, 1), Uint8Array.of(1, 0))).toThrow(/values from -1 to -1/);
    expect(() => thresholdCurve(Float32Array.of(0.5, 1.5), Uint8Array.of(1, 0))).toThrow(/the value 1.5/);
    expect(() => thresholdCurve(Float32Array.of(0.5, Number.NaN), Uint8Array.of(1, 0))).toThrow(/the value NaN/);
  });
});

describe('checkProbabilities', () => {
  it.each([
    [1.5, '1.5'],
    [-0.25, '-0.25'],
    [Number.NaN, 'NaN'],
  ])('refuses %d, naming file and voxel', (value, text) => {
    expect(() => checkProbabilities(Float32Array.of(0, 1, value), 'p.nii.gz')).toThrow(
      `p.nii.gz holds ${text} (voxel 2`,
    );
  });
});
