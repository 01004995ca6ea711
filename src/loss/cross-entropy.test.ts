import { describe, expect, it } from 'vitest';
import { lossOf } from '../../test/loss/loss-program.ts';

function crossEntropy(foregroundWeight: number) {
  return [{ name: 'cross-entropy', weight: 1, foregroundWeight } as const];
}

describe('cross-entropy', () => {
  // One lesion voxel predicted at 0.8 and one background voxel at 0.4.
  const two = { logits: [Math.log(4), Math.log(2 / 3)], reference: [1, 0] };

  it.each([1, 10])('with foreground weight %d is a mean over the number of voxels', (factor) => {
    const { loss, gradient } = lossOf([1, 1, 1, 1, 2], crossEntropy(factor), two);
    expect(loss).toBeCloseTo(-(factor * Math.log(0.8) + Math.log(0.6)) / 2, 12);
    // d/dlogit is (p - g) / 2, times the factor on foreground.
    expect(gradient[0]).toBeCloseTo((-0.2 * factor) / 2, 12);
    expect(gradient[1]).toBeCloseTo(0.4 / 2, 12);
  });

  it('does not count masked voxels in the mean', () => {
    const feeds = { logits: [...two.logits, 7], reference: [1, 0, 0], weight: [1, 1, 0] };
    const { loss, gradient } = lossOf([1, 1, 1, 1, 3], crossEntropy(1), feeds);
    expect(loss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12);
    expect(Math.abs(gradient[2])).toBe(0);
  });

  it('of several classes weighs every foreground class alike', () => {
    // Probabilities by voxel (0.5, 0.3, 0.2), (0.2, 0.2, 0.6) and (0.7, 0.2, 0.1) of the classes 1, 2 and background.
    const logits = [0.5, 0.2, 0.7, 0.3, 0.2, 0.2, 0.2, 0.6, 0.1].map(Math.log);
    const feeds = { logits, reference: [0, 0, 1, 1, 0, 0, 0, 1, 0] };
    const { loss } = lossOf([1, 3, 1, 1, 3], crossEntropy(4), feeds);
    expect(loss).toBeCloseTo(-(4 * Math.log(0.3) + 4 * Math.log(0.6) + Math.log(0.7)) / 3, 12);
  });
});
