import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import type { LabelVolume, Triple } from '../volume/volume.ts';
import { evaluateCase } from './evaluate-case.ts';

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Slices of rows, written as they lie in memory: digits are labels, a dot is background. */
function drawn(...slices: string[][]): LabelVolume {
  const rows = slices.flat();
  const shape: Triple = [rows[0]?.length ?? 0, slices[0]?.length ?? 0, slices.length];
  const data = Uint8Array.from([...rows.join('')].map((letter) => (letter === '.' ? 0 : Number(letter))));
  return { kind: 'label', shape, affine: IDENTITY, data };
}

describe('evaluateCase', () => {
  // Two voxels meet by an edge at (1,0,0)-(2,1,0) and by a corner at (2,1,0)-(3,2,1).
  const reference = drawn(['11....', '..1...', '......'], ['......', '......', '...1.1']);
  const prediction = drawn(['1.....', '......', '......'], ['....1.', '......', '...1..']);

  it.each([
    // Reference: {(0,0,0),(1,0,0)}, {(2,1,0)}, {(3,2,1)}, {(5,2,1)}; three touched? No: only the first and the third.
    [6, 4, 2 / 4],
    [18, 3, 2 / 3],
    [26, 2, 1 / 2],
  ] as const)('finds lesions by %d-connectivity', (connectivity, lesions, ltpr) => {
    const figures = evaluateCase(prediction, reference, { connectivity })['1'];
    expect(figures).toMatchObject({ lesions_ref: lesions, lesions_pred: 3, TP: 2, FP: 1, FN: 3, TN: 30 });
    expect(figures?.LTPR).toBeCloseTo(ltpr, 12);
    expect(figures?.LFPR).toBeCloseTo(1 / 3, 12);
  });

  it('takes 18-connectivity unless told otherwise', () => {
    expect(evaluateCase(prediction, reference)['1']?.lesions_ref).toBe(3);
  });

  it('scores each label against everything else', () => {
    const metrics = evaluateCase(drawn(['1122.']), drawn(['11222']));
    expect(Object.keys(metrics)).toEqual(['1', '2']);
    expect(metrics['1']).toMatchObject({ Dice: 1, TP: 2, FP: 0, FN: 0, TN: 3 });
    expect(metrics['2']).toMatchObject({ Dice: 4 / 5, TP: 2, FP: 0, FN: 1, TN: 2 });
    expect(Object.keys(evaluateCase(drawn(['1122.']), drawn(['11222']), { labels: [2] }))).toEqual(['2']);
  });

  it('has label 1 where both are empty', () => {
    expect(evaluateCase(drawn(['...']), drawn(['...']))).toMatchObject({ '1': { Dice: null, TN: 3 } });
  });

  it('refuses another grid, with both geometries', () => {
    const moved = { ...drawn(['11']), affine: [2, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    expect(() => evaluateCase(drawn(['111']), drawn(['11']))).toThrow(/3x1x1 voxels.*2x1x1 voxels/);
    expect(() => evaluateCase(moved, drawn(['11']))).toThrow(DataError);
    expect(() => evaluateCase(moved, drawn(['11']))).toThrow(
      '2x1x1 voxels of 2x1x1 mm from (5, 0, 0) mm against 2x1x1 voxels of 1x1x1 mm from (0, 0, 0) mm',
    );
  });
});
