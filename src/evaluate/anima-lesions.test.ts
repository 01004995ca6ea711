import { describe, expect, it } from 'vitest';
import { animaLesions } from './anima-lesions.ts';

/** One row of voxels of 1 mm3; anything but a dot belongs to the mask. Lesions are runs: what a gap of one dot parts. */
function detect(prediction: string, reference: string, voxelVolume = 1): number[] {
  const maskOf = (row: string): Uint8Array => Uint8Array.from([...row], (letter) => (letter === '.' ? 0 : 1));
  const found = animaLesions(maskOf(prediction), maskOf(reference), [reference.length, 1, 1], voxelVolume);
  return [found.reference, found.referenceDetected, found.predicted, found.predictedDetected];
}

const run = (length: number): string => 'x'.repeat(length);
const gap = (length: number): string => '.'.repeat(length);

describe('animaLesions', () => {
  it('counts lesions strictly larger than 3 mm3', () => {
    expect(detect('xxx.xxxx', 'xxx.xxxx')).toEqual([1, 1, 1, 1]);
    // Voxels of 1.5 mm3: two are 3 mm3, not larger; three are.
    expect(detect('xx.xxx', 'xx.xxx', 1.5)).toEqual([1, 1, 1, 1]);
    // A single voxel of 4 mm3 counts.
    expect(detect('x.x', 'x..', 4)).toEqual([1, 1, 2, 1]);
  });

  it('parts lesions that meet by an edge', () => {
    const corner = Uint8Array.from([1, 1, 0, 0, 0, 0, 1, 1]);
    expect(animaLesions(corner, corner, [4, 2, 1], 2)).toMatchObject({ reference: 2, referenceDetected: 2 });
  });

  it('asks for more than alpha of a lesion', () => {
    // 4 of 40 voxels are exactly 10 %: not enough; 5 of 40 are. With the roles swapped, most of the 40 lies outside.
    expect(detect(run(4) + gap(36), run(40))).toEqual([1, 0, 1, 0]);
    expect(detect(run(5) + gap(35), run(40))).toEqual([1, 1, 1, 0]);
  });

  it('refuses a lesion whose cover lies mostly outside', () => {
    // The prediction has 20 voxels, 6 on the lesion: 14/20 = 70 % outside is allowed; 21 voxels with 15 outside are not.
    expect(detect(run(20), gap(14) + run(6))).toEqual([1, 1, 1, 1]);
    expect(detect(run(21), gap(15) + run(6))).toEqual([1, 0, 1, 1]);
  });

  it('looks at covers by decreasing overlap, and only until gamma', () => {
    // The lesion's 10 voxels are covered by 7 (wholly inside) and by 2 of a lesion of 20 that lies 90 % outside. 7/9 = 78 % is beyond
    // gamma already, so the second is never looked at.
    const reference = run(10) + gap(18);
    expect(detect(`${run(7)}.${run(20)}`, reference)).toEqual([1, 1, 2, 1]);
    // 5 and 4: 5/9 = 56 % is below gamma, so the second is looked at, and 20 of its 24 voxels (83 %) lie outside.
    expect(detect(`${run(5)}.${run(24)}`, run(10) + gap(20))).toEqual([1, 0, 2, 2]);
  });

  it('counts as inside what lies on any other lesion', () => {
    // The prediction has 25 voxels: 5 on the first lesion, 15 on the second, 5 between them. 20 % lie outside.
    expect(detect(run(25), `${run(5)}${gap(5)}${run(15)}`)).toEqual([2, 2, 1, 1]);
  });

  it('counts small lesions as background', () => {
    // Of the prediction's 20 voxels 5 lie on a lesion and 3 on one that is too small: 15/20 = 75 % outside.
    expect(detect(run(20), `${run(5)}..${run(3)}${gap(10)}`)).toEqual([1, 0, 1, 1]);
  });

  it('detects nothing where a mask is empty', () => {
    expect(detect(gap(6), run(6))).toEqual([1, 0, 0, 0]);
    expect(detect(run(6), gap(6))).toEqual([0, 0, 1, 0]);
    expect(detect(gap(6), gap(6))).toEqual([0, 0, 0, 0]);
  });
});
