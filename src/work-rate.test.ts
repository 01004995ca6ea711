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
