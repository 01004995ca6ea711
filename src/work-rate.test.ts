import { expect, test } from 'vitest';
import { WorkRate } from './work-rate.ts';

test('the rate is that of the last minute, and none before something was done', () => {
  const rate = new WorkRate();
  expect(rate.perMillisecond).toBeNull();
  rate.observe(0, 1000);
  expect(rate.perMillisecond).toBeNull();
  rate.observe(0, 2000);
  expect(rate.perMillisecond).toBeNull();
  rate.observe(10, 3000);
  expect(rate.perMillisecond).toBe(10 / 2000);
  // What is older than a minute no longer counts: 60 units from 3000 on, in 61 s.
  rate.observe(40, 40_000);
  rate.observe(70, 64_000);
  expect(rate.perMillisecond).toBe((70 - 40) / 24_000);
});

test('of slow work that goes side by side, the rate is that of several units', () => {
  const rate = new WorkRate();
  rate.observe(0, 0);
  // Two processes, each of which ends a unit every 100 s, a second apart.
  for (let round = 1; round <= 20; round++) {
    rate.observe(2 * round - 1, 100_000 * round);
    rate.observe(2 * round - 1, 100_000 * round);
    rate.observe(2 * round, 100_000 * round + 1000);
    if (round > 5) expect(Math.abs((rate.perMillisecond as number) - 2 / 100_000)).toBeLessThan(0.1 * (2 / 100_000));
  }
  // Without progress it falls.
  const before = rate.perMillisecond as number;
  for (let second = 0; second < 300; second++) rate.observe(40, 2_001_000 + 1000 * second);
  expect(rate.perMillisecond).toBeLessThan(0.7 * before);
});
