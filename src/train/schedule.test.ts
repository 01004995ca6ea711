import { describe, expect, it } from 'vitest';
import { learningRateAt, type Schedule } from './schedule.ts';

function schedule(changed: Partial<Schedule>): Schedule {
  return { learningRate: 0.01, schedule: 'constant', warmUp: 0, decayFactor: 0.95, decayEvery: 500, ...changed };
}

describe('learningRateAt', () => {
  it('falls by a power of the rest of the run', () => {
    const polynomial = schedule({ schedule: 'polynomial' });
    expect(learningRateAt(polynomial, 0, 0)).toBe(0.01);
    // 0.5^0.9 = 0.535886731
    expect(learningRateAt(polynomial, 50, 0.5)).toBeCloseTo(0.00535886731, 11);
    expect(learningRateAt(polynomial, 100, 1)).toBe(0);
    expect(learningRateAt(polynomial, 101, 1.2)).toBe(0);
  });

  it('falls along half a cosine', () => {
    const cosine = schedule({ schedule: 'cosine' });
    expect(learningRateAt(cosine, 0, 0)).toBe(0.01);
    // (1 + cos 60 degrees) / 2 = 0.75
    expect(learningRateAt(cosine, 0, 1 / 3)).toBeCloseTo(0.0075, 12);
    expect(learningRateAt(cosine, 0, 0.5)).toBeCloseTo(0.005, 12);
    expect(learningRateAt(cosine, 0, 2)).toBeCloseTo(0, 12);
  });

  it("falls in steps, the authors' code's unless told otherwise", () => {
    const steps = schedule({ schedule: 'step' });
    expect(learningRateAt(steps, 499, 0.9)).toBe(0.01);
    expect(learningRateAt(steps, 500, 0.1)).toBeCloseTo(0.0095, 12);
    expect(learningRateAt(steps, 1499, 0.1)).toBeCloseTo(0.01 * 0.95 ** 2, 12);
    // Salehi et al. 2017: times 0.9 every 1000 steps.
    const salehi = schedule({ schedule: 'step', decayFactor: 0.9, decayEvery: 1000 });
    expect(learningRateAt(salehi, 2000, 0)).toBeCloseTo(0.0081, 12);
  });

  it('stays', () => {
    expect(learningRateAt(schedule({}), 12345, 0.7)).toBe(0.01);
  });

  it('rises linearly to where the schedule is', () => {
    const warm = schedule({ schedule: 'polynomial', warmUp: 10 });
    expect(learningRateAt(warm, 0, 0)).toBeCloseTo(0.001, 12);
    expect(learningRateAt(warm, 4, 0.1)).toBeCloseTo(0.005 * 0.9 ** 0.9, 12);
    expect(learningRateAt(warm, 9, 0.2)).toBeCloseTo(0.01 * 0.8 ** 0.9, 12);
    expect(learningRateAt(warm, 10, 0.2)).toBeCloseTo(0.01 * 0.8 ** 0.9, 12);
  });
});
