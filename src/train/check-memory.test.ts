import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { asymmetricSimilarity } from '../loss/asymmetric-similarity.ts';
import { presetNetwork } from '../network/options.ts';
import type { Triple } from '../volume/volume.ts';
import { checkMemory, trainingMemory } from './check-memory.ts';
import type { LossFunction } from './programs.ts';

const loss: LossFunction = (b, x) => asymmetricSimilarity(b, x, { betas: [1.5], smoothing: 0 });
const demand = (patch: Triple, preset: 'tiny' | 'compact' = 'tiny') => ({
  network: presetNetwork(preset, { channels: 3, outputs: 1, normalization: 'batch' }),
  loss,
  patch,
  batch: 1,
});

describe('trainingMemory', () => {
  // Peaks of the compute process as bench/rarevox-step.mjs measured them.
  it.each([
    ['tiny', [32, 32, 32], 143e6],
    ['tiny', [64, 64, 64], 361e6],
    ['tiny', [96, 96, 96], 839e6],
    ['compact', [32, 32, 64], 222e6],
    ['compact', [64, 64, 64], 492e6],
    ['compact', [96, 96, 96], 1277e6],
  ] as const)('comes near the measured peak of %s with %j', (preset, patch, measured) => {
    const ratio = trainingMemory(demand(patch, preset)) / measured;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.3);
  });

  it('grows with the batch', () => {
    const one = demand([32, 32, 32]);
    expect(trainingMemory({ ...one, batch: 2 })).toBeGreaterThan(trainingMemory(one));
  });
});

describe('checkMemory', () => {
  it('finds nothing where the memory is enough', () => {
    expect(checkMemory(demand([64, 64, 64]), trainingMemory(demand([64, 64, 64])))).toBeNull();
  });

  it('names the largest patch of the same proportions that fits', () => {
    const available = trainingMemory(demand([32, 32, 64]));
    const fault = checkMemory(demand([64, 64, 128]), available);
    expect(fault).toBeInstanceOf(DataError);
    expect(fault?.message).toContain('is 32x32x64:');
    expect(checkMemory(demand([64, 64, 128]), available - 1)?.message).toContain('is 16x16x48:');
  });

  it('says so when none fits', () => {
    expect(checkMemory(demand([64, 64, 64]), 1e6)?.message).toContain('no smaller patch fits either');
  });
});
