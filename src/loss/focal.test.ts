import { describe, expect, it } from 'vitest';
import { lossOf } from '../../test/loss/loss-program.ts';

function focal(gamma: number, alpha: number) {
  return [{ name: 'focal', weight: 1, gamma, alpha } as const];
}

describe('the focal loss', () => {
  // One lesion voxel predicted at 0.8 and one background voxel at 0.4.
  const two = { logits: [Math.log(4), Math.log(2 / 3)], reference: [1, 0] };

  it.each([
    [2, 0.25],
    [0.5, 0.6],
    [0, 0.25],
  ])('with gamma %d and alpha %d weighs a voxel by (1 - p)^gamma', (gamma, alpha) => {
    const { loss } = lossOf([1, 1, 1, 1, 2], focal(gamma, alpha), two);
    const lesion = -alpha * 0.2 ** gamma * Math.log(0.8);
    const background = -(1 - alpha) * 0.4 ** gamma * Math.log(0.6);
    expect(loss).toBeCloseTo((lesion + background) / 2, 12);
  });

  it('with gamma 0 and alpha 1/2 is half of cross-entropy', () => {
    const entropy = lossOf([1, 1, 1, 1, 2], [{ name: 'cross-entropy', weight: 0.5, foregroundWeight: 1 }], two);
    expect(lossOf([1, 1, 1, 1, 2], focal(0, 0.5), two)).toEqual(entropy);
  });

  it('of several classes takes the p of the softmax and one alpha for every foreground class', () => {
    // Probabilities by voxel (0.5, 0.3, 0.2), (0.2, 0.2, 0.6) and (0.7, 0.2, 0.1) of the classes 1, 2 and background.
    const logits = [0.5, 0.2, 0.7, 0.3, 0.2, 0.2, 0.2, 0.6, 0.1].map(Math.log);
    const feeds = { logits, reference: [0, 0, 1, 1, 0, 0, 0, 1, 0] };
    const { loss } = lossOf([1, 3, 1, 1, 3], focal(2, 0.25), feeds);
    const foreground = -0.25 * (0.7 ** 2 * Math.log(0.3) + 0.4 ** 2 * Math.log(0.6));
    expect(loss).toBeCloseTo((foreground - 0.75 * 0.3 ** 2 * Math.log(0.7)) / 3, 12);
  });
});
