import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import type { OperatingRule } from '../model/operating-point.ts';
import { chooseThreshold } from './choose-threshold.ts';
import { figuresAt } from './figures-at.ts';
import { subjectsNeeded } from './miss-rate.ts';
import { countsAt, type SubjectProbabilities, sortProbabilities } from './subject-probabilities.ts';

/** What test/reference/calibrate.py stored: how to make the subjects again, and what came of trying all thresholds in fractions. */
interface ReferenceCase {
  readonly name: string;
  readonly seed: number;
  readonly subjects: number;
  readonly voxels: number;
  readonly levels: number;
  readonly empty: readonly number[];
  readonly lost: number;
  readonly rules: readonly (OperatingRule & {
    readonly needed?: number;
    readonly level: number | null;
    readonly marked: number | null;
  })[];
  readonly figures: Readonly<
    Record<string, Record<'miss' | 'recall' | 'precision' | 'dice', readonly [number | null, number]>>
  >;
}

const cases = JSON.parse(
  readFileSync(new URL('../../test/reference/calibrate.json', import.meta.url), 'utf8'),
) as ReferenceCase[];

/** The same subjects as calibrate.py's `maps`, step by step. */
function makeSubjects(item: ReferenceCase): SubjectProbabilities[] {
  let state = item.seed;
  const below = (count: number): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return Math.floor((state * count) / 2 ** 32);
  };
  return Array.from({ length: item.subjects }, (_, s) => {
    const share = item.empty.includes(s) ? 0 : 1 + below(5);
    const probabilities = new Float32Array(item.voxels);
    const reference = new Uint8Array(item.voxels);
    for (let voxel = 0; voxel < item.voxels; voxel++) {
      const isLesion = below(10) < share;
      const one = below(item.levels + 1);
      const other = below(item.levels + 1);
      const isLost = isLesion && below(1000) < item.lost;
      const level = isLesion ? Math.max(one, other) : Math.min(one, other);
      probabilities[voxel] = isLost ? 0 : level / item.levels;
      reference[voxel] = isLesion ? 1 : 0;
    }
    return sortProbabilities(`s${s}`, probabilities, reference);
  });
}

describe.each(cases)('thresholds and figures by trying all thresholds: $name', (item) => {
  const subjects = makeSubjects(item);

  it.each(item.rules)('$kind $alpha$target$beta', ({ needed, level, marked, ...rule }) => {
    if (rule.kind === 'miss-rate') expect(subjectsNeeded(rule.alpha)).toBe(needed);
    if (level === null) {
      expect(() => chooseThreshold(subjects, rule)).toThrow(DataError);
      return;
    }
    const threshold = chooseThreshold(subjects, rule);
    const counts = subjects.map((subject) => countsAt(subject, threshold));
    expect(counts.reduce((sum, { TP, FP }) => sum + TP + FP, 0)).toBe(marked);
    // The lowest of the levels that mark the same is Python's for the precision, the highest, which some voxel has, is ours.
    if (rule.kind === 'precision') expect(threshold * item.levels).toBeGreaterThanOrEqual(level);
    else expect(threshold * item.levels).toBe(level);
  });

  it.each(Object.entries(item.figures))('level %s', (level, expected) => {
    const { missRate, recall, precision, dice } = figuresAt(subjects, Number(level) / item.levels);
    const [miss] = expected.miss;
    expect(missRate).toBeCloseTo(miss as number, 12);
    for (const [figure, [mean, undefined_]] of [
      [recall, expected.recall],
      [precision, expected.precision],
      [dice, expected.dice],
    ] as const) {
      expect(figure.undefined).toBe(undefined_);
      if (mean === null) expect(figure.mean).toBeNull();
      else expect(figure.mean).toBeCloseTo(mean, 12);
    }
  });
});
