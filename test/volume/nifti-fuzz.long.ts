import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AllocationWatch, fuzzedFiles, readFuzzed, watchAllocations } from './fuzzed-nifti.ts';

let allocations: AllocationWatch & { restore(): void };
beforeAll(() => {
  allocations = watchAllocations();
});
afterAll(() => allocations.restore());

it('10,000 damaged NIfTI files give a volume or a DataError, and take no more memory than they could hold', async () => {
  let read = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(await fuzzedFiles(), async (file) => {
      const { successes } = await readFuzzed(file, allocations);
      if (successes > 0) read++;
      else refused++;
    }),
    { seed: 4, numRuns: 10_000 },
  );
  expect(read).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(1000);
});
