import { describe, expect, it } from 'vitest';
import { decodeLesions, encodeLesions } from './lesions-table.ts';

describe('the table of lesions', () => {
  it('is read as it was written', () => {
    const lesion = { number: 3, voxels: 7, volume: 10.5, centroid: [-1.25, 2, 30.5], maxProbability: 0.75 } as const;
    const table = encodeLesions('sub-01', [
      { ...lesion, label: { value: 2, name: 'a, "b"' }, meanProbability: 0.5, meanVoteSpread: null },
      { ...lesion, label: { value: 4, name: 'c' }, meanProbability: 0.625, meanVoteSpread: 0.125 },
    ]);
    expect(decodeLesions(table)).toEqual([
      { ...lesion, label: 2, name: 'a, "b"', meanProbability: 0.5, meanVoteSpread: null },
      { ...lesion, label: 4, name: 'c', meanProbability: 0.625, meanVoteSpread: 0.125 },
    ]);
    expect(decodeLesions(encodeLesions('sub-01', []))).toEqual([]);
  });
});
