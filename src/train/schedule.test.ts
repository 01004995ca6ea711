import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule.ts';

describe('learningRateAt', () => {
  it.each([
    ['polynomial', 0, 0, 0.01],
    // 0.01 * 0.5^0.9
    ['polynomial', 500, 0.5, 0.0053588673],
    ['polynomial', 1000, 1, 0],
    ['polynomial', 1001, 1.001, 0],
    ['step', 499, 0.9, 0.01],
    ['step', 500, 0.1, 0.0095],
    // 0.01 * 0.95^3
    ['step', 1999, 0.1, 0.00857375],
    ['constant', 12345, 0.99, 0.01],
  ] as const)('%s at step %d, progress %d', (schedule, step, progress, expected) => {
    expect(learningRateAt({ learningRate: 0.01, schedule }, step, progress)).toBeCloseTo(expected, 10);
  });
});
