import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { bootstrapMean } from './bootstrap.ts';

const random = (): Random => new Random(0, 'bootstrap test');

describe('bootstrapMean', () => {
  it('has no width where all values are the same', () => {
    const interval = bootstrapMean([0.25, 0.25, 0.25], { random: random() });
    expect(interval).toEqual({ mean: 0.25, lower: 0.25, upper: 0.25, n: 3, n_groups: 3, n_undefined: 0 });
  });

  it('has no interval for one value, or for several of one group', () => {
    const none = { lower: null, upper: null };
    expect(bootstrapMean([0.5], { random: random() })).toMatchObject({ mean: 0.5, ...none, n: 1, n_groups: 1 });
    const grouped = bootstrapMean([0.5, 0.7], { groups: ['a', 'a'], random: random() });
    expect(grouped).toMatchObject({ mean: 0.6, ...none, n: 2, n_groups: 1 });
    const empty = bootstrapMean([null, null], { random: random() });
    expect(empty).toEqual({ mean: null, ...none, n: 0, n_groups: 0, n_undefined: 2 });
  });

  it('leaves values out that are not defined, and counts them', () => {
    const values = [0.1, null, 0.9, 0.4, null];
    const { n_undefined, ...rest } = bootstrapMean(values, { random: random() });
    expect(n_undefined).toBe(2);
    expect({ ...rest, n_undefined: 0 }).toEqual(bootstrapMean([0.1, 0.9, 0.4], { random: random() }));
  });

  // Two values 0 and 1: means 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4, so the tails of 2.5 % are 0 and 1.
  it('reaches from one value to the other where there are two', () => {
    expect(bootstrapMean([0, 1], { random: random() })).toMatchObject({ mean: 0.5, lower: 0, upper: 1 });
    expect(bootstrapMean([0, 1], { level: 0.4, random: random() })).toMatchObject({ lower: 0.5, upper: 0.5 });
  });

  it('gives the same interval for the same seed, and another for another', () => {
    const values = Array.from({ length: 9 }, (_, index) => Math.sin(index));
    const interval = (seed: number) => bootstrapMean(values, { random: new Random(seed), resamples: 1000 });
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1).lower).not.toBe(interval(2).lower);
  });

  it('refuses options out of range', () => {
    const fails = (options: object) => () => bootstrapMean([1, 2], { random: random(), ...options });
    expect(fails({ groups: ['a'] })).toThrow(/1 groups for 2 values/);
    expect(fails({ resamples: 0 })).toThrow(RangeError);
    expect(fails({ level: 1 })).toThrow(RangeError);
  });
});

interface ReferenceCase {
  readonly name: string;
  readonly values: readonly number[];
  readonly groups: readonly string[];
  readonly mean: number;
  readonly interval: readonly [number, number];
}

const cases = JSON.parse(
  readFileSync(new URL('../../test/reference/bootstrap.json', import.meta.url), 'utf8'),
) as ReferenceCase[];

describe('intervals by enumeration and by scipy', () => {
  it.each(cases.map((item) => [item.name, item] as const))('%s', (_, { values, groups, mean, interval }) => {
    const found = bootstrapMean(values, { groups, resamples: 100_000, random: random() });
    expect(found.mean).toBeCloseTo(mean, 12);
    // A percentile of 100,000 draws scatters by some hundredths of the interval's width.
    const tolerance = 0.02 * (interval[1] - interval[0]);
    expect(Math.abs((found.lower as number) - interval[0])).toBeLessThan(tolerance);
    expect(Math.abs((found.upper as number) - interval[1])).toBeLessThan(tolerance);
  });
});
