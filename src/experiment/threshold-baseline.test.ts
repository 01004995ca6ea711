import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import type { Subject } from '../dataset/subject.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Grid } from '../volume/volume.ts';
import { CANDIDATES, diceAtCandidates, thresholdBaseline } from './threshold-baseline.ts';

const grid: Grid = { shape: [4, 3, 1], affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
const labels = [{ value: 1, name: 'lesion' }];

/** Two voxels of air, ten of brain: eight of 100, one of 160 and one of 200 (mean 116, deviation sqrt(1104)). */
const image = Float32Array.of(0, 0, 100, 100, 100, 100, 100, 100, 100, 100, 160, 200);
const deviation = Math.sqrt((8 * 16 ** 2 + 44 ** 2 + 84 ** 2) / 10);
const z = { middle: 44 / deviation, bright: 84 / deviation };

async function dataset(
  masks: Readonly<Record<string, readonly number[]>>,
  groups: Readonly<Record<string, string>> = {},
): Promise<{ files: MemoryFileAccess; subjects: Subject[] }> {
  const files = new MemoryFileAccess();
  const subjects: Subject[] = [];
  for (const [id, lesions] of Object.entries(masks)) {
    const reference = Uint8Array.from(image, (_, voxel) => (lesions.includes(voxel) ? 1 : 0));
    const scan = { kind: 'scalar', ...grid, data: image } as const;
    files.set(`${id}_FLAIR.nii`, await encodeNifti(scan, null, { gzip: false }));
    files.set(`${id}_mask.nii`, await encodeNifti({ kind: 'label', ...grid, data: reference }, null, { gzip: false }));
    const images = { FLAIR: `${id}_FLAIR.nii` };
    subjects.push({ id, group: groups[id] ?? id, images, reference: `${id}_mask.nii`, split: 'training' });
  }
  return { files, subjects };
}

describe('thresholdBaseline', () => {
  it('takes the threshold that was best for the other patients, the lowest of equally good ones', async () => {
    // For a both bright voxels are lesions: thresholds below 1.32; for b and c only the brightest: from there on.
    const { files, subjects } = await dataset({ a: [10, 11], b: [11], c: [11] });
    const { cases, thresholds } = await thresholdBaseline(files, subjects, labels, 'FLAIR');
    expect(z.middle).toBeCloseTo(1.3242, 4);
    // The others of a agree on the brightest; those of b and c do not, and Dice 1 + 2/3 is reached on either side.
    expect(thresholds).toEqual({ a: 1.35, b: 0.5, c: 0.5 });
    const figures = cases.map(({ subject, metrics }) => [subject, metrics['1']?.Dice]);
    expect(figures).toEqual([
      ['a', 2 / 3],
      ['b', 2 / 3],
      ['c', 2 / 3],
    ]);
    // The z-scores rank the lesions first whatever the threshold.
    expect(cases.map(({ metrics }) => metrics['1']?.APR)).toEqual([1, 1, 1]);
    expect(cases[0]?.counted['1']?.positives).toBe(2);
  });

  it('does not choose on other scans of the same patient', async () => {
    const { files, subjects } = await dataset({ a1: [11], a2: [11], b: [10, 11] }, { a1: 'a', a2: 'a' });
    const { thresholds } = await thresholdBaseline(files, subjects, labels, 'FLAIR');
    expect(thresholds).toEqual({ a1: 0.5, a2: 0.5, b: 1.35 });
  });

  it('refuses one patient, or several labels', async () => {
    const { files, subjects } = await dataset({ a: [10] });
    await expect(thresholdBaseline(files, subjects, labels, 'FLAIR')).rejects.toThrow(/it takes two that have/);
    const two = [...labels, { value: 2, name: 'other' }];
    await expect(thresholdBaseline(files, subjects, two, 'FLAIR')).rejects.toThrow(/one label from the rest, not 2/);
  });
});

describe('diceAtCandidates', () => {
  it('counts what lies above each candidate, and lesions that lie below all', () => {
    const dices = diceAtCandidates(Float32Array.of(1, 2, 3, 7, -1), Uint8Array.of(0, 0, 1, 1, 1), 1);
    expect(CANDIDATES.length).toBe(111);
    expect(CANDIDATES.at(-1)).toBe(6);
    const at = (threshold: number): number | undefined => dices[CANDIDATES.indexOf(threshold)];
    // Above 0.5: four voxels, two of the three lesions. A voxel of exactly the candidate's value does not pass.
    expect([at(0.5), at(1), at(2), at(3), at(6)]).toEqual([4 / 7, 4 / 6, 4 / 5, 2 / 4, 2 / 4]);
  });
});
