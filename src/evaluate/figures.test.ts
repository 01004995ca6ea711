import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { EMPTY_POLICIES, type EmptyPolicy, FIGURE_NAMES, FIGURES, figuresOf, undefinedFigures } from './figures.ts';

const NO_LESIONS = { reference: 0, referenceTouched: 0, predicted: 0, predictedTouching: 0 };

describe('figuresOf', () => {
  it('follows the formulas', () => {
    // 3 reference lesions, 2 touched; 4 predicted, 1 touching: LesionPPV 1/4, F1 = 2 (2/3)(1/4) / (11/12) = 4/11.
    const lesions = { reference: 3, referenceTouched: 2, predicted: 4, predictedTouching: 1 };
    // By Anima's rules 2 of 2 and 1 of 3: F1 = 2 (1)(1/3) / (4/3) = 1/2.
    const anima = { reference: 2, referenceDetected: 2, predicted: 3, predictedDetected: 1 };
    const distances = { assd: 1.5, hd: 7, hd95: 6 };
    const curve = { averagePrecision: 0.625, rocArea: 0.875 };
    const measures = madeUpMeasures({ TP: 6, FP: 2, FN: 4, TN: 88 }, lesions, { anima, distances, curve });
    const figures = figuresOf(measures, 'null');
    const expected = {
      Dice: 12 / 18,
      IoU: 6 / 12,
      TP: 6,
      FP: 2,
      FN: 4,
      TN: 88,
      n_pred: 8,
      n_ref: 10,
      PPV: 6 / 8,
      Sensitivity: 6 / 10,
      Specificity: 88 / 90,
      F2: 30 / 48,
      LTPR: 2 / 3,
      LFPR: 3 / 4,
      LesionPPV: 1 / 4,
      LesionF1: 4 / 11,
      VD: 2 / 10,
      APR: 0.625,
      AUC: 0.875,
      ASSD: 1.5,
      HD: 7,
      HD95: 6,
      SensL: 1,
      PPVL: 1 / 3,
      F1_score: 1 / 2,
      lesions_pred: 4,
      lesions_ref: 3,
      lesions_pred_anima: 3,
      lesions_ref_anima: 2,
      volume_pred: 16,
      volume_ref: 20,
    };
    expect(Object.keys(figures).sort()).toEqual(Object.keys(expected).sort());
    for (const name of FIGURE_NAMES) expect(figures[name], name).toBeCloseTo(expected[name], 12);
  });

  it('gives a missed case the worst value everywhere, under every policy', () => {
    const lesions = { ...NO_LESIONS, reference: 2 };
    for (const empty of ['null', 'one', 'zero'] satisfies EmptyPolicy[]) {
      expect(figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 5, TN: 95 }, lesions), empty)).toMatchObject({
        Dice: 0,
        IoU: 0,
        PPV: 0,
        Sensitivity: 0,
        F2: 0,
        LTPR: 0,
        LFPR: 1,
        LesionPPV: 0,
        LesionF1: 0,
        VD: 1,
        Specificity: 1,
        ASSD: 20,
        HD: 20,
        HD95: 20,
        SensL: 0,
        PPVL: 0,
        F1_score: 0,
      });
    }
  });

  it('has 0 for what a false alarm got wrong, and the policy for what it could not get right', () => {
    const counts = { TP: 0, FP: 5, FN: 0, TN: 95 };
    const lesions = { ...NO_LESIONS, predicted: 2 };
    const wrong = {
      Dice: 0,
      IoU: 0,
      PPV: 0,
      F2: 0,
      LFPR: 1,
      LesionPPV: 0,
      LesionF1: 0,
      Specificity: 0.95,
      VD: null,
      HD: 20,
    };
    expect(figuresOf(madeUpMeasures(counts, lesions), 'null')).toMatchObject({
      ...wrong,
      Sensitivity: null,
      LTPR: null,
      SensL: null,
    });
    expect(figuresOf(madeUpMeasures(counts, lesions), 'one')).toMatchObject({
      ...wrong,
      Sensitivity: 1,
      LTPR: 1,
      SensL: 1,
    });
    expect(figuresOf(madeUpMeasures(counts, lesions), 'zero')).toMatchObject({
      ...wrong,
      Sensitivity: 0,
      LTPR: 0,
      SensL: 0,
    });
  });

  it.each([
    ['null', null, null, null],
    ['one', 1, 0, 0],
    ['zero', 0, 1, 20],
  ] as const)('scores two empty masks by the policy %s', (empty, high, low, distance) => {
    const curve = { averagePrecision: null, rocArea: null };
    const figures = figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 0, TN: 7 }, NO_LESIONS, { curve }), empty);
    const highIsGood = FIGURES.filter(({ name, better }) => better === 'higher' && name !== 'Specificity');
    for (const { name } of highIsGood) expect(figures[name], name).toBe(high);
    for (const name of ['ASSD', 'HD', 'HD95'] as const) expect(figures[name], name).toBe(distance);
    expect(figures).toMatchObject({ LFPR: low, VD: low, Specificity: 1, TN: 7, n_pred: 0, volume_ref: 0 });
  });

  it.each(EMPTY_POLICIES)('has no areas without a probability map, under the policy %s', (empty) => {
    const figures = figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 0, TN: 7 }, NO_LESIONS), empty);
    expect(figures).toMatchObject({ APR: null, AUC: null });
  });
});

describe('undefinedFigures', () => {
  const undefinedOf = (...parameters: Parameters<typeof madeUpMeasures>): readonly string[] =>
    undefinedFigures(figuresOf(madeUpMeasures(...parameters), 'null'));
  const curve = { averagePrecision: 0.5, rocArea: 0.5 };
  const lesion = { ...NO_LESIONS, reference: 1 };

  it('has none for a missed case, so that missing a case never improves a mean', () => {
    expect(undefinedOf({ TP: 0, FP: 0, FN: 5, TN: 95 }, lesion, { curve })).toEqual([]);
  });

  it('has Specificity and AUC where the reference fills the volume', () => {
    const full = { curve: { averagePrecision: 1, rocArea: null } };
    expect(undefinedOf({ TP: 3, FP: 0, FN: 5, TN: 0 }, lesion, full)).toEqual(['Specificity', 'AUC']);
  });

  it("has Anima's where every lesion of the reference is too small, and all of them where the prediction's are too", () => {
    const counts = { TP: 1, FP: 0, FN: 1, TN: 9 };
    const small = { reference: 0, referenceDetected: 0, predicted: 0, predictedDetected: 0 };
    expect(undefinedOf(counts, lesion, { curve, anima: { ...small, predicted: 1 } })).toEqual(['SensL']);
    expect(undefinedOf(counts, lesion, { curve, anima: small })).toEqual(['SensL', 'PPVL', 'F1_score']);
  });
});
