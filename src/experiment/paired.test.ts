import { describe, expect, it } from 'vitest';
import { type Counts, madeUpOutcome } from '../../test/experiment-outcome.ts';
import type { Claim } from './config.ts';
import { judgedClaims, plannedComparisons, verdictOf } from './paired.ts';

/** Sensitivity n / 10, whatever else. */
const sensitivity = (tenths: number, falsePositives = 0): Counts => [tenths, falsePositives, 10 - tenths];

const better = {
  '0/fold 0': { 'sub-01': sensitivity(8), 'sub-02': sensitivity(7) },
  '0/fold 1': { 'sub-03': sensitivity(9), 'sub-04': sensitivity(6) },
};
const worse = {
  '0/fold 0': { 'sub-01': sensitivity(5), 'sub-02': sensitivity(5) },
  '0/fold 1': { 'sub-03': sensitivity(5), 'sub-04': sensitivity(5) },
};
const mixed = {
  '0/fold 0': { 'sub-01': sensitivity(9), 'sub-02': sensitivity(1) },
  '0/fold 1': { 'sub-03': sensitivity(9), 'sub-04': sensitivity(1) },
};

describe('plannedComparisons', () => {
  const figure = 'Sensitivity';

  it('takes differences by subject, with Holm over the comparisons that are planned', () => {
    const comparisons = [
      { first: 'better', second: 'worse', figure },
      { first: 'mixed', second: 'worse', figure },
    ] as const;
    const [first, second] = plannedComparisons(
      madeUpOutcome({ better, worse, mixed }, 2, { comparisons: [...comparisons] }),
    );
    // 0.3, 0.2, 0.4, 0.1: all four signs alike, 2 / 2^4.
    expect(first).toMatchObject({ n: 4, p: 0.125, holm: 0.25 });
    expect(first?.difference).toBeCloseTo(0.25, 12);
    expect(first?.lower).toBeGreaterThan(0.1);
    expect(first?.upper).toBeLessThan(0.4);
    // +0.4, -0.4, +0.4, -0.4: ranks all tied, sums equal.
    expect(second?.difference).toBeCloseTo(0, 12);
    expect(second?.p).toBe(1);
  });

  it('compares only the folds and seeds that both have', () => {
    const partly = { '0/fold 0': better['0/fold 0'], '1/fold 1': better['0/fold 1'] };
    const [of] = plannedComparisons(
      madeUpOutcome({ partly, worse }, 2, { comparisons: [{ first: 'partly', second: 'worse', figure }] }),
    );
    expect(of?.n).toBe(2);
    expect(of?.difference).toBeCloseTo(0.25, 12);
  });

  it('compares a baseline with whatever there is, and an arm without results with nothing', () => {
    const baseline = { '-': { ...worse['0/fold 0'], ...worse['0/fold 1'] } };
    const comparisons = [
      { first: 'better', second: 'threshold', figure },
      { first: 'none', second: 'better', figure },
    ] as const;
    const [first, second] = plannedComparisons(
      madeUpOutcome({ better: { '0/fold 0': better['0/fold 0'] }, threshold: baseline, none: {} }, 2, {
        comparisons: [...comparisons],
      }),
    );
    expect(first?.n).toBe(2);
    expect(second).toMatchObject({ n: 0, difference: null, lower: null, p: null, holm: null });
  });

  it('counts the mean over the seeds once a subject', () => {
    const seeds = {
      '0/fold 0': { 'sub-01': sensitivity(8), 'sub-02': sensitivity(8) },
      '1/fold 0': { 'sub-01': sensitivity(4), 'sub-02': sensitivity(6) },
    };
    const even = {
      '0/fold 0': { 'sub-01': sensitivity(5), 'sub-02': sensitivity(5) },
      '1/fold 0': { 'sub-01': sensitivity(5), 'sub-02': sensitivity(5) },
    };
    const [of] = plannedComparisons(
      madeUpOutcome({ seeds, even }, 2, { comparisons: [{ first: 'seeds', second: 'even', figure }] }),
    );
    // 0.6 and 0.7 against 0.5.
    expect(of?.n).toBe(2);
    expect(of?.difference).toBeCloseTo(0.15, 12);
  });
});

describe('judgedClaims', () => {
  const claim = (changed: Partial<Claim>): Claim => ({
    text: 'It is so',
    arm: 'better',
    than: ['worse'],
    figure: 'Sensitivity',
    expected: 'higher',
    ...changed,
  });
  const verdicts = (...claims: readonly Claim[]): string[] =>
    judgedClaims(madeUpOutcome({ better, worse, mixed }, 2, { claims: [...claims] })).map(({ verdict }) => verdict);

  it('confirms, contradicts or leaves open by the side of 0 on which the interval lies', () => {
    expect(
      verdicts(
        claim({}),
        claim({ expected: 'lower' }),
        claim({ arm: 'worse', than: ['better'] }),
        claim({ arm: 'worse', than: ['better'], expected: 'lower' }),
        claim({ arm: 'mixed' }),
      ),
    ).toEqual(['confirmed', 'not confirmed', 'not confirmed', 'confirmed', 'undecided']);
  });

  it('takes all arms together: one that is open leaves it open, one that contradicts decides', () => {
    expect(verdicts(claim({ than: ['worse', 'mixed'] }), claim({ arm: 'worse', than: ['mixed', 'better'] }))).toEqual([
      'undecided',
      'not confirmed',
    ]);
  });

  it('decides nothing at an end of 0, or without an interval', () => {
    expect(verdictOf({ lower: 0, upper: 0.4 }, 'higher')).toBe('undecided');
    expect(verdictOf({ lower: -0.4, upper: 0 }, 'lower')).toBe('undecided');
    expect(verdictOf({ lower: null, upper: null }, 'lower')).toBe('undecided');
  });
});
