import { describe, expect, it } from 'vitest';
import { runForms, runProgram } from '../../test/graph/run-program.ts';
import { lossOf, lossProgram } from '../../test/loss/loss-program.ts';

const generalized = { name: 'generalized-dice', weight: 1 } as const;

describe('the generalized Dice loss', () => {
  it('weighs background and foreground by the inverse square of their volumes', () => {
    // One lesion voxel at 0.8, two background voxels at 0.4 and 0.5: weights 1 and 1/4.
    const logits = [Math.log(4), Math.log(2 / 3), 0];
    const { loss } = lossOf([1, 1, 1, 1, 3], [generalized], { logits, reference: [1, 0, 0] });
    // Foreground: TP 0.8, sum p 1.7, sum g 1. Background: TP 0.6 + 0.5, sum p 0.2 + 0.6 + 0.5, sum g 2.
    expect(loss).toBeCloseTo(1 - (2 * (0.8 + 1.1 / 4)) / (2.7 + 3.3 / 4), 12);
  });

  it('of several classes is one quotient over all of them, the background among them', () => {
    // Probabilities by voxel (0.5, 0.3, 0.2), (0.2, 0.2, 0.6) and (0.7, 0.2, 0.1) of the classes 1, 2 and 2.
    const logits = [0.5, 0.2, 0.7, 0.3, 0.2, 0.2, 0.2, 0.6, 0.1].map(Math.log);
    const feeds = { logits, reference: [0, 0, 0, 1, 0, 0, 0, 1, 1] };
    const { loss } = lossOf([1, 3, 1, 1, 3], [generalized], feeds);
    // Volumes 0, 1, 2: the absent background has the largest weight, that of class 1. TP 0, 0.3, 0.7; sum p 1.4, 0.7, 0.9.
    expect(loss).toBeCloseTo(1 - (2 * (0.3 + 0.7 / 4)) / (1.4 + 1.7 + 2.9 / 4), 12);
  });

  it('without foreground is the mean predicted probability of foreground, and without background that of background', () => {
    const logits = [Math.log(4), Math.log(2 / 3), 0];
    expect(lossOf([1, 1, 1, 1, 3], [generalized], { logits, reference: [0, 0, 0] }).loss).toBeCloseTo(1.7 / 3, 12);
    expect(lossOf([1, 1, 1, 1, 3], [generalized], { logits, reference: [1, 1, 1] }).loss).toBeCloseTo(1.3 / 3, 12);
  });

  it.each(runForms)('keeps float32 exact where one voxel of 128^3 is foreground ($form)', async (form) => {
    // All at p = 1/4. Weights 1 and w = 1 / (V - 1)^2: 1 - 2 (1/4 + w 3/4 (V - 1)) / (1 + V / 4 + w (V - 1 + 3/4 V)).
    const volume = 128 ** 3;
    const reference = new Float32Array(volume);
    reference[12345] = 1;
    const feeds = { logits: new Float32Array(volume).fill(-Math.log(3)), reference };
    const { loss } = await runProgram(lossProgram([1, 1, 128, 128, 128], [generalized], false), feeds, form);
    const w = 1 / (volume - 1) ** 2;
    const expected = 1 - (2 * (0.25 + w * 0.75 * (volume - 1))) / (1 + volume / 4 + w * (volume - 1 + 0.75 * volume));
    expect(1 - loss[0]).toBeLessThan(1e-5);
    expect(loss[0]).toBeCloseTo(expected, 7);
  });
});
