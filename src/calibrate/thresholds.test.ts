import { describe, expect, it } from 'vitest';
import { chooseThreshold } from './choose-threshold.ts';
import { figuresAt } from './figures-at.ts';
import { missRateThreshold, subjectsNeeded } from './miss-rate.ts';
import { countsAt, type SubjectProbabilities, sortProbabilities } from './subject-probabilities.ts';

/** A subject by the probabilities of its reference's voxels and of the others; multiples of 1/8 are exact in float32. */
function subject(reference: readonly number[], background: readonly number[] = [], name = 's'): SubjectProbabilities {
  const labels = [...reference.map(() => 1), ...background.map(() => 0)];
  return sortProbabilities(name, Float32Array.from([...reference, ...background]), Uint8Array.from(labels));
}

describe('sortProbabilities', () => {
  it('counts as the predictor marks: p >= t, and never a probability of 0', () => {
    const one = subject([0, 0.5, 1], [0, 0, 0.25, 0.5]);
    expect(countsAt(one, 0)).toEqual({ TP: 2, FP: 2, FN: 1 });
    expect(countsAt(one, 0.25)).toEqual({ TP: 2, FP: 2, FN: 1 });
    expect(countsAt(one, 0.5)).toEqual({ TP: 2, FP: 1, FN: 1 });
    expect(countsAt(one, 0.5 + 1e-9)).toEqual({ TP: 1, FP: 0, FN: 2 });
    expect(countsAt(one, 1)).toEqual({ TP: 1, FP: 0, FN: 2 });
  });

  it('refuses lengths that differ', () => {
    expect(() => sortProbabilities('s', new Float32Array(3), new Uint8Array(2))).toThrow(RangeError);
  });
});

describe('figuresAt', () => {
  it('counts an empty reference as missing nothing, and leaves what has no value out of the other means', () => {
    // Found 1 of 2 with a false alarm; missed wholly; nothing there and nothing found; a false alarm.
    const subjects = [subject([0.75, 0.25], [0.5]), subject([0.25]), subject([], [0.25]), subject([], [0.5])];
    expect(figuresAt(subjects, 0.5)).toEqual({
      threshold: 0.5,
      missRate: (0.5 + 1 + 0 + 0) / 4,
      recall: { mean: (0.5 + 0) / 2, undefined: 2 },
      precision: { mean: (0.5 + 0 + 0) / 3, undefined: 1 },
      dice: { mean: (2 / 4 + 0 + 0) / 3, undefined: 1 },
    });
  });
});

describe('missRateThreshold', () => {
  it('takes the largest threshold that keeps to alpha', () => {
    // n = 4: (sum of the miss rates + 1) / 5 <= alpha. Above 0.25 the sum is 1/2, above 0.5 it is 1, above 0.75 it is 2.
    const subjects = [subject([0.25, 0.75]), subject([0.5, 0.75]), subject([0.75]), subject([0.75])];
    expect(missRateThreshold(subjects, 0.2)).toBe(0.25);
    expect(missRateThreshold(subjects, 0.29)).toBe(0.25);
    expect(missRateThreshold(subjects, 0.3)).toBe(0.5);
    expect(missRateThreshold(subjects, 0.39)).toBe(0.5);
    expect(missRateThreshold(subjects, 0.4)).toBe(0.75);
    // Above 0.75 all four miss everything: (4 + 1) / 5 = 1.
    expect(missRateThreshold(subjects, 0.99)).toBe(0.75);
  });

  it('is 1 where even that keeps to alpha', () => {
    expect(missRateThreshold([subject([1]), subject([0.5]), subject([])], 0.5)).toBe(1);
  });

  it('lets an empty reference count with a miss rate of 0', () => {
    // With one lesion of three subjects missed, (1 + 1) / 4 = 0.5; without the empty ones it would be (1 + 1) / 2.
    expect(missRateThreshold([subject([0.5, 0.25]), subject([]), subject([])], 0.375)).toBe(0.5);
  });

  it('does not lose a tie to rounding', () => {
    // Nine subjects miss 4 of 9 voxels above 0.25: (9 * 4/9 + 1) / 10 = 1/2, and the sum of nine times 4/9 is above 4.
    const nine = Array.from({ length: 9 }, () => subject([...Array(4).fill(0.25), ...Array(5).fill(0.75)]));
    expect(missRateThreshold(nine, 0.5)).toBe(0.75);
    expect(missRateThreshold(nine, 0.5 - 1e-6)).toBe(0.25);
  });

  it.each([
    [0.5, 1],
    [0.4, 2],
    [0.2, 4],
    [0.1, 9],
    [0.05, 19],
    [0.01, 99],
    [0.001, 999],
  ])('needs for alpha %d at least %i subjects', (alpha, n) => {
    expect(subjectsNeeded(alpha)).toBe(n);
    const all = Array.from({ length: n }, () => subject([0.5]));
    expect(missRateThreshold(all, alpha)).toBe(0.5);
    if (n > 1) expect(() => missRateThreshold(all.slice(1), alpha)).toThrow(`takes at least ${n} calibration subjects`);
  });

  it('says how many subjects are missing', () => {
    expect(() => missRateThreshold([subject([0.5]), subject([0.5])], 0.1)).toThrow(
      'takes at least 9 calibration subjects (n >= 1/alpha - 1), and there are 2. Add 7 more, or ask for no less than 0.3334.',
    );
  });

  it('says what puts alpha out of reach', () => {
    const subjects = [...Array.from({ length: 8 }, () => subject([0.5])), subject([0, 0, 0, 0.5], [], 'sub-9')];
    // (3/4 + 1) / 10
    expect(missRateThreshold(subjects, 0.175)).toBe(0.5);
    expect(() => missRateThreshold(subjects, 0.17)).toThrow(
      /is 0.0833, and n\/\(n\+1\) R \+ 1\/\(n\+1\) is 0.175. .* found in 1 of 9 subjects: sub-9 \(3 of 4 voxels, 75.0 %\).*no less than 0.175,/,
    );
  });

  it('refuses to calibrate on empty references alone', () => {
    expect(() => missRateThreshold([subject([]), subject([])], 0.5)).toThrow(
      'No calibration subject has a reference voxel',
    );
  });
});

describe('thresholds for a wanted mean', () => {
  it('takes the largest threshold of a recall', () => {
    const subjects = [subject([0.25, 0.75]), subject([0.5]), subject([], [0.9])];
    // Means over two subjects: 1 up to 0.25, 0.75 up to 0.5, 0.25 up to 0.75.
    expect(chooseThreshold(subjects, { kind: 'recall', target: 1 })).toBe(0.25);
    expect(chooseThreshold(subjects, { kind: 'recall', target: 0.75 })).toBe(0.5);
    expect(chooseThreshold(subjects, { kind: 'recall', target: 0.7 })).toBe(0.5);
    expect(chooseThreshold(subjects, { kind: 'recall', target: 0.25 })).toBe(0.75);
    expect(() => chooseThreshold([subject([0, 0.5])], { kind: 'recall', target: 0.6 })).toThrow(
      'No threshold has a mean recall of 0.6: it is 0.500 even',
    );
  });

  it('takes the smallest threshold of a precision, past a dip, down to the background voxel that breaks it', () => {
    // From the top: 0.875 FP (0), 0.75 TP (1/2), 0.625 TP TP TP (4/5), 0.5 FP (4/6), 0.375 FP (4/7), 0.25 TP (5/8), 0.125 FP FP (5/10).
    const one = [subject([0.75, 0.625, 0.625, 0.625, 0.25], [0.875, 0.5, 0.375, 0.125, 0.125])];
    const at = (target: number): number => chooseThreshold(one, { kind: 'precision', target });
    expect(at(0.8)).toBe(0.625);
    expect(at(0.7)).toBe(0.625);
    expect(at(2 / 3)).toBe(0.5);
    // 4/7 < 0.6 at 0.375, but 5/8 at 0.25.
    expect(at(0.6)).toBe(0.25);
    expect(at(0.5)).toBe(0.125);
    expect(() => at(0.81)).toThrow(
      'No threshold has a mean precision of 0.81: the greatest is 0.800, at the threshold 0.625.',
    );
  });

  it('takes the greatest mean F-beta, of several the largest threshold', () => {
    // F1 at 0.75: 2/4 (1 of 3); at 0.5: 4/6 with one FP (TP 2, FP 1, FN 1); at 0.25: 6/9 (TP 3, FP 3): equal.
    const one = [subject([0.75, 0.5, 0.25], [0.5, 0.25, 0.25])];
    expect(chooseThreshold(one, { kind: 'f-beta', beta: 1 })).toBe(0.5);
    // F2: 5/(5+8), 10/(10+4+1), 15/(15+3).
    expect(chooseThreshold(one, { kind: 'f-beta', beta: 2 })).toBe(0.25);
    // F0.5: 1.25/(1.25+0.5), 2.5/(2.5+0.25+1), 3.75/(3.75+3).
    expect(chooseThreshold(one, { kind: 'f-beta', beta: 0.5 })).toBe(0.75);
  });

  it('refuses predictions that find nothing, and no predictions', () => {
    expect(() => chooseThreshold([subject([0, 0], [0.5])], { kind: 'f-beta', beta: 1 })).toThrow(
      'No reference voxel of any calibration subject has a probability above 0',
    );
    expect(() => chooseThreshold([], { kind: 'f-beta', beta: 1 })).toThrow('one subject at least');
  });
});
