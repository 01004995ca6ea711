import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { scoreAgainstRaters } from './rater-scores.ts';

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

async function filesWith(maps: Readonly<Record<string, string>>): Promise<MemoryFileAccess> {
  const files = new MemoryFileAccess();
  for (const [path, row] of Object.entries(maps)) {
    const data = Uint8Array.from([...row], Number);
    files.set(
      path,
      await encodeNifti({ kind: 'label', shape: [row.length, 1, 1], affine: AFFINE, data }, null, { gzip: false }),
    );
  }
  return files;
}

const SCANS = {
  'p/a.nii': '1100',
  'p/b.nii': '1110',
  'r1/a.nii': '1100',
  'r1/b.nii': '1110',
  'r2/a.nii': '1000',
  'r2/b.nii': '1111',
};

const raters = new Map(
  ['r1', 'r2'].map((rater) => [rater, ['a', 'b'].map((subject) => ({ subject, path: `${rater}/${subject}.nii` }))]),
);

describe('scoreAgainstRaters', () => {
  it('averages the raters, and scales so that the second has 90 against the first', async () => {
    const result = await scoreAgainstRaters(await filesWith(SCANS), 'p', raters);
    // Against r2: Dice 2/3 and 6/7, PPV 1/2 and 1, every lesion found and true, volumes 2, 3 against 1, 4.
    const second = (2 / 3 + 6 / 7) / 2 / 8 + 0.75 / 8 + 3 / 4;
    expect(result.raters.r1?.score).toBeCloseTo(1, 12);
    expect(result.raters.r2?.score).toBeCloseTo(second, 12);
    expect(result.score).toBeCloseTo((1 + second) / 2, 12);
    // r2 as a prediction of r1: the same Dice, PPV 1 and 3/4.
    const between = (2 / 3 + 6 / 7) / 2 / 8 + 0.875 / 8 + 3 / 4;
    expect(result.second_rater?.score).toBeCloseTo(between, 12);
    expect(result.scaled_score).toBeCloseTo(100 - (10 * (1 - (1 + second) / 2)) / (1 - between), 9);
  });

  it('has no scale with one rater, and no score where one rater has none', async () => {
    const files = await filesWith({ ...SCANS, 'r2/b.nii': '1000' });
    const one = await scoreAgainstRaters(files, 'p', new Map([...raters].slice(0, 1)));
    expect(one).toMatchObject({ second_rater: null, scaled_score: null });
    expect(one.score).toBeCloseTo(1, 12);
    // The volumes of r2 do not vary: no correlation.
    expect(await scoreAgainstRaters(files, 'p', raters)).toMatchObject({
      score: null,
      raters: { r2: { score: null } },
    });
  });

  it('wants one label', async () => {
    const files = await filesWith({ ...SCANS, 'p/a.nii': '1200', 'r1/a.nii': '1200' });
    await expect(scoreAgainstRaters(files, 'p', raters)).rejects.toThrow(/--labels/);
  });
});
