import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auroc } from './auroc.ts';

/** Made by test/reference/auroc.py with NumPy. */
const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'test', 'reference', 'auroc.json'), 'utf8'),
) as { cases: { scores: number[]; positive: number[]; auroc: number }[] };

describe('auroc', () => {
  it('counts pairs by hand', () => {
    const scores = Float32Array.of(0.1, 0.4, 0.35, 0.8, 0.4);
    // Of the six pairs of 0.4, 0.8 with 0.1, 0.35, 0.4 five are won and one is tied.
    expect(auroc(scores, Uint8Array.of(0, 1, 0, 1, 0))).toBe(5.5 / 6);
    expect(auroc(scores, Uint8Array.of(1, 0, 1, 0, 1))).toBe(0.5 / 6);
    expect(auroc(new Float32Array(5), Uint8Array.of(0, 1, 0, 1, 0))).toBe(0.5);
  });

  it.each(cases)('gives $auroc as NumPy does from all pairs', ({ scores, positive, auroc: expected }) => {
    expect(auroc(Float32Array.from(scores), Uint8Array.from(positive))).toBeCloseTo(expected, 12);
  });

  it('looks only where it is told to', () => {
    const scores = Float32Array.of(0.9, 0.1, 0.2, Number.NaN, 0.3);
    const positive = Uint8Array.of(0, 0, 1, 1, 0);
    expect(auroc(scores, positive, Uint8Array.of(0, 1, 1, 0, 1))).toBe(0.5);
    expect(() => auroc(scores, positive)).toThrow('the score 3 is NaN');
  });

  it('has no value without positives or negatives', () => {
    expect(auroc(Float32Array.of(1, 2), Uint8Array.of(1, 1))).toBeNull();
    expect(auroc(Float32Array.of(1, 2), Uint8Array.of(0, 0))).toBeNull();
    expect(auroc(new Float32Array(0), new Uint8Array(0))).toBeNull();
    expect(() => auroc(Float32Array.of(1, 2), Uint8Array.of(1))).toThrow(RangeError);
  });
});
