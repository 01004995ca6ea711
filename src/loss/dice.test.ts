import { describe, expect, it } from 'vitest';
import { lossOf } from '../../test/loss/loss-program.ts';

describe('the Dice loss', () => {
  // One lesion voxel predicted at 0.8 and one background voxel at 0.4: TP 0.8, sum p 1.2, sum g 1.
  const two = { logits: [Math.log(4), Math.log(2 / 3)], reference: [1, 0] };

  it.each([
    { smoothing: 0, overlap: 1.6 / 2.2 },
    { smoothing: 1, overlap: 2.6 / 3.2 },
  ])('of two voxels with smoothing $smoothing is by hand 1 - $overlap', ({ smoothing, overlap }) => {
    const { loss } = lossOf([1, 1, 1, 1, 2], [{ name: 'dice', weight: 1, smoothing }], two);
    expect(loss).toBeCloseTo(1 - overlap, 6);
  });

  it('of several classes is the mean over the foreground classes', () => {
    // Probabilities by voxel (0.5, 0.3, 0.2) and (0.2, 0.2, 0.6); the first voxel is class 1, the second class 2.
    const logits = [0.5, 0.2, 0.3, 0.2, 0.2, 0.6].map(Math.log);
    const feeds = { logits, reference: [0, 0, 1, 0, 0, 1] };
    const { loss } = lossOf([1, 3, 1, 1, 2], [{ name: 'dice', weight: 1, smoothing: 0 }], feeds);
    expect(loss).toBeCloseTo(1 - (0.6 / 1.5 + 1.2 / 1.8) / 2, 6);
  });
});
