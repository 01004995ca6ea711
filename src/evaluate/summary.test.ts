import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { encodeCasesTable } from './cases-table.ts';
import { type EmptyPolicy, FIGURES, type FigureName, type Figures, figuresOf } from './figures.ts';
import { type EvaluatedCase, encodeSummary, summarize } from './summary.ts';

const NO_LESIONS = { reference: 0, referenceTouched: 0, predicted: 0, predictedTouching: 0 };
const FOUND = figuresOf(
  madeUpMeasures(
    { TP: 3, FP: 1, FN: 1, TN: 5 },
    { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 },
  ),
  'null',
);
const MISSED = figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 4, TN: 6 }, { ...NO_LESIONS, reference: 1 }), 'null');
const EMPTY = figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 0, TN: 10 }, NO_LESIONS), 'null');

function cases(...metrics: Record<string, Figures>[]): EvaluatedCase[] {
  return metrics.map((of, n) => ({
    subject: `sub-${n}`,
    predictionFile: `p${n}.nii`,
    referenceFile: `r${n}.nii`,
    metrics: of,
  }));
}

describe('summarize', () => {
  it("has nnU-Net's shape", () => {
    const summary = summarize(cases({ '1': FOUND, '2': MISSED }));
    expect(summary.metric_per_case[0]).toMatchObject({
      prediction_file: 'p0.nii',
      reference_file: 'r0.nii',
      metrics: { '1': { Dice: 0.75 }, '2': { Dice: 0 } },
    });
    expect(summary.mean).toMatchObject({ '1': { Dice: 0.75, TP: 3 }, '2': { Dice: 0, TP: 0 } });
    expect(summary.foreground_mean).toMatchObject({ Dice: 0.375, n_ref: 4 });
    expect(JSON.parse(encodeSummary(summary))).toEqual(summary);
  });

  it('leaves undefined figures out of the mean and counts them; a missed case stays in', () => {
    const summary = summarize(cases({ '1': FOUND }, { '1': MISSED }, { '1': EMPTY }));
    expect(summary.mean['1']).toMatchObject({ Dice: 0.375, PPV: 0.375, LFPR: 0.5, VD: 0.5 });
    expect(summary.mean['1']?.TN).toBeCloseTo(7, 12);
    expect(summary.n_undefined.mean['1']).toMatchObject({ Dice: 1, PPV: 1, LFPR: 1, VD: 1, TN: 0, Specificity: 0 });
    expect(summary.n_missed).toEqual({ '1': 1 });
    expect(summary.n_cases).toBe(3);
  });

  it('counts undefined figures also where the policy replaced them', () => {
    const scored = figuresOf(madeUpMeasures({ TP: 0, FP: 0, FN: 0, TN: 10 }, NO_LESIONS), 'one');
    const summary = summarize(cases({ '1': FOUND }, { '1': scored }));
    expect(summary.mean['1']?.Dice).toBe(0.875);
    expect(summary.n_undefined.mean['1']?.Dice).toBe(1);
  });

  it('has a null mean where no case has a value, and leaves it out of the foreground mean', () => {
    const summary = summarize(cases({ '1': FOUND, '2': EMPTY }));
    expect(summary.mean['2']).toMatchObject({ Dice: null, Specificity: 1 });
    expect(summary.foreground_mean.Dice).toBe(0.75);
    expect(summary.n_undefined.foreground_mean.Dice).toBe(1);
    expect(summarize([])).toMatchObject({ mean: {}, foreground_mean: { Dice: null }, n_cases: 0 });
  });

  it('never has a better mean for a case that is missed, whatever was predicted instead', () => {
    const score = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        score,
        score,
        fc.integer({ min: 1, max: 9 }),
        score,
        fc.constantFrom<EmptyPolicy>('null', 'one', 'zero'),
        (tp, fp, present, touching, empty) => {
          const TP = Math.min(tp, present);
          const predicted = TP + fp > 0 ? 9 : 0;
          const lesions = {
            reference: 1,
            referenceTouched: TP > 0 ? 1 : 0,
            predicted,
            predictedTouching: TP > 0 ? Math.min(predicted, Math.max(1, touching)) : 0,
          };
          const counts = { TP, FP: fp, FN: present - TP, TN: 50 };
          const tried = summarize(cases({ '1': FOUND }, { '1': figuresOf(madeUpMeasures(counts, lesions), empty) }))
            .mean['1'];
          const missed = summarize(cases({ '1': FOUND }, { '1': MISSED })).mean['1'];
          for (const { name, better } of FIGURES) {
            // A false positive costs Specificity and VD, so these may rise; probabilities are the same for both.
            if (better === null || ['Specificity', 'VD', 'APR', 'AUC'].includes(name)) continue;
            const [low, high] = better === 'higher' ? [missed, tried] : [tried, missed];
            expect(definedValue(low, name), name).toBeLessThanOrEqual(definedValue(high, name));
          }
        },
      ),
      { seed: 7 },
    );
  });
});

describe('encodeCasesTable', () => {
  it('has a row a case and label, empty cells for undefined figures, and quotes names', () => {
    const [first] = cases({ '1': EMPTY, '2': FOUND });
    const summary = summarize([{ ...(first as EvaluatedCase), predictionFile: 'a, "b".nii' }]);
    const lines = encodeCasesTable(summary).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^subject,label,prediction_file,reference_file,Dice,IoU,TP,FP,FN,TN,n_pred,n_ref,PPV,/);
    expect(lines[1]).toMatch(/^sub-0,1,"a, ""b"".nii",r0.nii,,,0,0,0,10,0,0,,,1,/);
    expect(lines[2]).toMatch(/^sub-0,2,"a, ""b"".nii",r0.nii,0.75,0.6,3,1,1,5,4,4,0.75,0.75,/);
    expect(lines[3]).toBe('');
  });
});

function definedValue(figures: Figures | undefined, name: FigureName): number {
  const value = figures?.[name];
  if (value === null || value === undefined) throw new Error(`${name} has no value`);
  return value;
}
