import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('fillNormal', () => {
  it('gives numbers with the moments and the tails of the normal distribution', () => {
    const count = 200_001;
    const values = new Float32Array(count);
    new Random('normal').fillNormal(values);
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / count;
    // Each within 4 standard errors: the variance of x^n is E x^2n - (E x^n)^2.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
    const beyond = values.filter((value) => Math.abs(value) > 1.959964).length / count;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / count));
    // The two numbers of a pair are independent.
    let product = 0;
    for (let n = 0; n + 1 < count; n += 2) product += values[n] * values[n + 1];
    expect(Math.abs(product / (count / 2))).toBeLessThan(4 / Math.sqrt(count / 2));
  });

  it('repeats itself, and fills an odd length', () => {
    const [a, b] = [new Float32Array(7), new Float32Array(8)];
    new Random(3).fillNormal(a);
    new Random(3).fillNormal(b);
    expect([...a]).toEqual([...b.subarray(0, 7)]);
    expect(a.every((value) => value !== 0 && Number.isFinite(value))).toBe(true);
  });
});
