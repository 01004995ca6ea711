import { describe, expect, it } from 'vitest';
import { type EmptyPolicy, FIGURE_NAMES, figuresOf, undefinedFigures } from './figures.ts';

const NO_LESIONS = { reference: 0, referenceTouched: 0, predicted: 0, predictedTouching: 0 };

describe('figuresOf', () => {
  it('follows the formulas', () => {
    // 3 reference lesions, 2 touched; 4 predicted, 1 touching: LesionPPV 1/4, F1 = 2 (2/3)(1/4) / (11/12) = 4/11.
    const lesions = { reference: 3, referenceTouched: 2, predicted: 4, predictedTouching: 1 };
    const figures = figuresOf({ TP: 6, FP: 2, FN: 4, TN: 88 }, lesions, 'null');
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
      lesions_pred: 4,
      lesions_ref: 3,
    };
    expect(Object.keys(figures).sort()).toEqual(Object.keys(expected).sort());
    for (const name of FIGURE_NAMES) expect(figures[name], name).toBeCloseTo(expected[name], 12);
  });

  it('gives a missed case the worst value everywhere, under every policy', () => {
    const lesions = { ...NO_LESIONS, reference: 2 };
    for (const empty of ['null', 'one', 'zero'] satisfies EmptyPolicy[]) {
      expect(figuresOf({ TP: 0, FP: 0, FN: 5, TN: 95 }, lesions, empty)).toMatchObject({
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
      });
    }
  });

  it('has 0 for what a false alarm got wrong, and the policy for what it could not get right', () => {
    const counts = { TP: 0, FP: 5, FN: 0, TN: 95 };
    const lesions = { ...NO_LESIONS, predicted: 2 };
    const wrong = { Dice: 0, IoU: 0, PPV: 0, F2: 0, LFPR: 1, LesionPPV: 0, LesionF1: 0, Specificity: 0.95, VD: null };
    expect(figuresOf(counts, lesions, 'null')).toMatchObject({ ...wrong, Sensitivity: null, LTPR: null });
    expect(figuresOf(counts, lesions, 'one')).toMatchObject({ ...wrong, Sensitivity: 1, LTPR: 1 });
    expect(figuresOf(counts, lesions, 'zero')).toMatchObject({ ...wrong, Sensitivity: 0, LTPR: 0 });
  });

  it.each([
    ['null', null, null],
    ['one', 1, 0],
    ['zero', 0, 1],
  ] as const)('scores two empty masks by the policy %s', (empty, high, low) => {
    const figures = figuresOf({ TP: 0, FP: 0, FN: 0, TN: 7 }, NO_LESIONS, empty);
    for (const name of ['Dice', 'IoU', 'PPV', 'Sensitivity', 'F2', 'LTPR', 'LesionPPV', 'LesionF1'] as const) {
      expect(figures[name], name).toBe(high);
    }
    expect(figures).toMatchObject({ LFPR: low, VD: low, Specificity: 1, TN: 7, n_pred: 0, n_ref: 0 });
  });
});

describe('undefinedFigures', () => {
  it('has none for a missed case, so that missing a case never improves a mean', () => {
    expect(undefinedFigures({ TP: 0, FP: 0, FN: 5, TN: 95 })).toEqual([]);
  });

  it('has Specificity where the reference fills the volume', () => {
    expect(undefinedFigures({ TP: 3, FP: 0, FN: 5, TN: 0 })).toEqual(['Specificity']);
  });
});
