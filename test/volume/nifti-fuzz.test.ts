import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AllocationWatch, fuzzedFiles, readFuzzed, watchAllocations } from './fuzzed-nifti.ts';

describe('damaged NIfTI files', () => {
  let allocations: AllocationWatch & { restore(): void };
  beforeEach(() => {
    allocations = watchAllocations();
  });
  afterEach(() => allocations.restore());

  it('give a volume or a DataError, and take no more memory than they could hold', async () => {
    let read = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(await fuzzedFiles(), async (file) => {
        const { successes } = await readFuzzed(file, allocations);
        if (successes > 0) read++;
        else refused++;
      }),
      { seed: 3, numRuns: 400 },
    );
    // Both happen, or nothing would have been tried.
    expect(read).toBeGreaterThan(40);
    expect(refused).toBeGreaterThan(40);
  });

  it('are watched for allocations', () => {
    new Float32Array(12345);
    expect(allocations.largest).toBe(4 * 12345);
    expect(new Uint8Array(3)).toBeInstanceOf(Uint8Array);
  });
});
