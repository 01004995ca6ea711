import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { type Figures, figuresOf } from './figures.ts';
import { holmCorrection } from './holm-correction.ts';
import { isbiScore, onIsbiScale } from './isbi-score.ts';
import { lesionSizeClasses } from './lesion-sizes.ts';
import { signedRankTest } from './signed-rank-test.ts';
import { volumeAgreement } from './volume-agreement.ts';

const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/statistics.json', import.meta.url), 'utf8'),
) as {
  wilcoxon: { a: number[]; b: number[]; statistic: number; p: number; method: 'exact' | 'approx' }[];
  correlation: { predicted: number[]; reference: number[]; Corr: number; bias: number; sd: number; lower: number }[];
};

describe('signedRankTest', () => {
  it.each(reference.wilcoxon.map((item) => [item.a.length, item.method, item] as const))(
    'agrees with scipy: %d pairs, %s',
    (_n, method, item) => {
      const result = signedRankTest(item.a, item.b);
      expect(Math.min(result.positive, result.negative)).toBe(item.statistic);
      expect(result.method).toBe(method === 'exact' ? 'exact' : 'normal');
      expect(Math.abs((result.p ?? 0) - item.p)).toBeLessThan(1e-9);
    },
  );

  it('counts sign patterns: three differences of one sign are 2 of 8', () => {
    expect(signedRankTest([2, 4, 6], [1, 2, 3])).toMatchObject({ n: 3, positive: 6, negative: 0, p: 0.25 });
  });

  it('leaves out equal and undefined pairs, and counts them', () => {
    const result = signedRankTest([1, 5, null, 3, 9], [1, 2, 3, null, 3]);
    expect(result).toMatchObject({ n: 2, n_equal: 1, n_undefined: 2, positive: 3, method: 'normal' });
    expect(signedRankTest([1, null], [1, 2])).toMatchObject({ n: 0, p: null, method: null });
    expect(() => signedRankTest([1], [])).toThrow(RangeError);
  });

  it('takes the scans of one patient as one pair, by the mean of their differences', () => {
    // p: (1 + 3) / 2 = 2, and q: 1; r: -2 + 2 = 0; s has no scan with both values.
    const patients = ['p', 'q', 'p', 'r', 's', 'r'];
    const grouped = signedRankTest([2, 2, 4, 1, null, 3], [1, 1, 1, 3, 1, 1], patients);
    expect(grouped).toMatchObject({ n: 2, n_equal: 1, n_undefined: 1, positive: 3, negative: 0 });
    const alone = signedRankTest([2, 2, 4], [1, 1, 1], ['p', 'q', 'p']);
    expect(alone).toEqual(signedRankTest([2, 1], [0, 0]));
    expect(() => signedRankTest([1], [2], [])).toThrow(RangeError);
  });

  it('has a far tail that is no rounding error', () => {
    // 200 differences of one sign without ties: z = (10050 - 0.5) / sqrt(200 * 201 * 401 / 24) = 12.26…
    const a = Array.from({ length: 200 }, (_, n) => n + 1);
    const p =
      signedRankTest(
        a,
        a.map(() => 0),
      ).p ?? 0;
    expect(p / 1.4470017348102398e-34).toBeCloseTo(1, 9);
  });
});

describe('holmCorrection', () => {
  it('multiplies the smallest by all, the next by one fewer, and never falls', () => {
    expect(holmCorrection([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holmCorrection([0.6, 0.5])).toEqual([1, 1]);
    expect(holmCorrection([0.2, null, 0.02])).toEqual([0.2, null, 0.04]);
  });
});

describe('volumeAgreement', () => {
  it.each(reference.correlation.map((item) => [item.reference.length, item] as const))(
    'agrees with scipy: %d scans',
    (n, item) => {
      const result = volumeAgreement(item.predicted, item.reference);
      expect(result.n).toBe(n);
      expect(result.Corr).toBeCloseTo(item.Corr, 10);
      for (const name of ['bias', 'sd', 'lower'] as const) expect((result[name] ?? 0) / item[name]).toBeCloseTo(1, 10);
    },
  );

  it('has no correlation where nothing varies, and no spread for one scan', () => {
    expect(volumeAgreement([1, 2, 3], [0.1, 0.1, 0.1]).Corr).toBeNull();
    expect(volumeAgreement([5], [3])).toEqual({ n: 1, Corr: null, bias: 2, sd: null, lower: null, upper: null });
    expect(volumeAgreement([], [])).toMatchObject({ n: 0, bias: null });
  });
});

describe('isbiScore', () => {
  const scan = (TP: number, FP: number, FN: number): Figures => {
    const lesions = { reference: 4, referenceTouched: 1, predicted: 2, predictedTouching: 1 };
    return figuresOf(madeUpMeasures({ TP, FP, FN, TN: 100 }, lesions), 'null');
  };

  it('weighs the means and the correlation', () => {
    // Dice 2/3 and 1/2, PPV 1 and 1/2; LFPR 1/2 and LTPR 1/4 in both; volumes 1, 4 against 2, 4: correlation 1.
    const result = isbiScore([scan(1, 0, 1), scan(2, 2, 2)]);
    const expected = (2 / 3 + 1 / 2) / 2 / 8 + 0.75 / 8 + 0.5 / 4 + 0.25 / 4 + 1 / 4;
    expect(result.score).toBeCloseTo(expected, 12);
    expect(result).toMatchObject({ n: 2, n_undefined: 0, PPV: 0.75, LFPR: 0.5, LTPR: 0.25 });
  });

  it('is 1 for perfect scans, and has no value without a correlation', () => {
    const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
    const perfect = (TP: number): Figures => figuresOf(madeUpMeasures({ TP, FP: 0, FN: 0, TN: 9 }, lesions), 'null');
    expect(isbiScore([perfect(3), perfect(5)]).score).toBeCloseTo(1, 12);
    expect(isbiScore([perfect(3)])).toMatchObject({ score: null, Dice: 1, Corr: null });
    const empty = figuresOf(
      madeUpMeasures(
        { TP: 0, FP: 0, FN: 0, TN: 9 },
        { reference: 0, referenceTouched: 0, predicted: 0, predictedTouching: 0 },
      ),
      'null',
    );
    expect(isbiScore([perfect(3), perfect(5), empty])).toMatchObject({ n: 2, n_undefined: 1 });
    expect(isbiScore([empty])).toMatchObject({ score: null, n: 0, Dice: null });
  });

  it('has a scale with the second rater at 90 and perfection at 100', () => {
    expect(onIsbiScale(0.6, 0.6)).toBe(90);
    expect(onIsbiScale(1, 0.6)).toBe(100);
    expect(onIsbiScale(0.8, 0.6)).toBeCloseTo(95, 12);
    expect(onIsbiScale(0.8, 1)).toBeNull();
  });
});

describe('lesionSizeClasses', () => {
  it('puts lesions into classes with closed upper ends, pooled over cases', () => {
    const cases = [
      { reference: [3, 3.5, 2000].map((volume) => ({ volume, touched: volume > 3 })), predicted: [] },
      { reference: [{ volume: 10, touched: false }], predicted: [{ volume: 12, touched: false }] },
    ];
    const classes = lesionSizeClasses(cases);
    expect(classes.map(({ from, to, n_ref, n_ref_touched }) => [from, to, n_ref, n_ref_touched])).toEqual([
      [0, 3, 1, 0],
      [3, 10, 2, 1],
      [10, 30, 0, 0],
      [30, 100, 0, 0],
      [100, 300, 0, 0],
      [300, 1000, 0, 0],
      [1000, null, 1, 1],
    ]);
    expect(classes.map(({ LTPR }) => LTPR)).toEqual([0, 0.5, null, null, null, null, 1]);
    expect(classes[2]).toMatchObject({ n_pred: 1, n_pred_false: 1, LFPR: 1 });
  });
});
