import { describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import type { CaseMetrics } from '../evaluate/evaluate-case.ts';
import { figuresOf } from '../evaluate/figures.ts';
import { rankCases } from './case-articles.ts';

/** A case whose Dice is 2 TP / (TP + 10) for each label; null: both masks are empty. */
function caseOf(...found: (number | null)[]): CaseMetrics {
  const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
  const entries = found.map((TP, index) => {
    const counts = TP === null ? { TP: 0, FP: 0, FN: 0, TN: 9 } : { TP, FP: 0, FN: 10 - TP, TN: 9 };
    return [String(index + 1), figuresOf(madeUpMeasures(counts, lesions), 'null')] as const;
  });
  return Object.fromEntries(entries);
}

describe('rankCases', () => {
  it('ranks half of the cases as worst, half as best, and those without a Dice as neither', () => {
    const cases = [caseOf(8), caseOf(null), caseOf(2), caseOf(5)];
    expect(rankCases(cases)).toEqual(['best', 'between', 'worst', 'between']);
    expect(rankCases([caseOf(5)])).toEqual(['between']);
  });

  it('goes by the lowest Dice of several labels, and names six of each at most', () => {
    expect(rankCases([caseOf(9, 1), caseOf(4, 4)])).toEqual(['worst', 'best']);
    const ranks = rankCases(Array.from({ length: 40 }, (_, index) => caseOf(index / 4)));
    expect(ranks.slice(0, 6)).toEqual(new Array(6).fill('worst'));
    expect(ranks.slice(6, 34)).toEqual(new Array(28).fill('between'));
    expect(ranks.slice(34)).toEqual(new Array(6).fill('best'));
  });
});
