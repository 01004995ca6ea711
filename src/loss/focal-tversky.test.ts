import { describe, expect, it } from 'vitest';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { lossOf, lossProgram } from '../../test/loss/loss-program.ts';

function focalTversky(gamma: number) {
  const sides = { falsePositiveWeight: 0.3, falseNegativeWeight: 0.7, smoothing: 0 };
  return [{ name: 'focal-tversky', weight: 1, ...sides, gamma } as const];
}

describe('the focal Tversky loss', () => {
  // One lesion voxel predicted at 0.8 and one background voxel at 0.4: TP 0.8, FN 0.2, FP 0.4.
  const two = { logits: [Math.log(4), Math.log(2 / 3)], reference: [1, 0] };
  const shortfall = 1 - 0.8 / (0.8 + 0.3 * 0.4 + 0.7 * 0.2);

  it.each([4 / 3, 0.75, 1])('of two voxels with gamma %d is by hand (1 - TI)^(1 / gamma)', (gamma) => {
    const { loss } = lossOf([1, 1, 1, 1, 2], focalTversky(gamma), two);
    expect(loss).toBeCloseTo(shortfall ** (1 / gamma), 6);
  });

  it('of several classes is the mean of their powers, not the power of their mean', () => {
    // Two voxels at (0.5, 0.3, 0.2) and (0.2, 0.2, 0.6), of the classes 1 and 2.
    const logits = [0.5, 0.2, 0.3, 0.2, 0.2, 0.6].map(Math.log);
    const feeds = { logits, reference: [0, 0, 1, 0, 0, 1] };
    const { loss } = lossOf([1, 3, 1, 1, 2], focalTversky(4 / 3), feeds);
    const first = 1 - 0.3 / (0.3 + 0.3 * 0.2 + 0.7 * 0.7);
    const second = 1 - 0.6 / (0.6 + 0.3 * 0.2 + 0.7 * 0.4);
    expect(loss).toBeCloseTo((first ** 0.75 + second ** 0.75) / 2, 6);
  });

  it.each(runForms)(
    'has a small value and a finite gradient where the index reaches 1 ($form, $optimize)',
    async (form) => {
      const reference = [1, 0, 1, 0, 0, 0, 0, 1];
      for (const size of [2, 5, 8, 12, 16, 17, 18, 20, 30, 100]) {
        for (const gamma of [4 / 3, 3, 0.5]) {
          const logits = reference.map((label) => (label === 1 ? size : -size));
          const program = lossProgram([1, 1, 2, 2, 2], focalTversky(gamma), false);
          const { loss, gradient } = await runProgram(program, { logits, reference }, form);
          expect(loss[0]).toBeGreaterThanOrEqual(0);
          if (size >= 30) expect(loss[0]).toBeLessThan(1.1 * 2e-7 ** (1 / gamma));
          expect(gradient.every((value) => Math.abs(value) < 0.2)).toBe(true);
        }
      }
    },
  );

  it.each(runForms)('stays finite where float32 rounds the index to above 1 ($form, $optimize)', async (form) => {
    // 0.1 * 3 + 0.9 * 3 in float32 is 1.2e-7 less than 3 relative to it, more than the 1e-7 that the power adds.
    const [term] = focalTversky(4 / 3);
    const program = lossProgram(
      [1, 1, 1, 1, 3],
      [{ ...term, falsePositiveWeight: 0.1, falseNegativeWeight: 0.9 }],
      false,
    );
    const { loss, gradient } = await runProgram(program, { logits: [100, 100, 100], reference: [1, 1, 1] }, form);
    expect(loss[0]).toBeCloseTo(1e-7 ** 0.75, 6);
    expect([...gradient].map(Math.abs)).toEqual([0, 0, 0]);
  });
});
