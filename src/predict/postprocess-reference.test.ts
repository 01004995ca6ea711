import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { voxelVolumeOf } from '../volume/affine.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { Affine, ScalarVolume, Triple } from '../volume/volume.ts';
import { fillHoles } from './fill-holes.ts';
import { hysteresisThreshold } from './hysteresis.ts';
import { removeSmallLesions } from './lesion-threshold.ts';
import { lesionsOf } from './lesions.ts';

/** Made by test/reference/postprocess.py with SciPy; maps have one character a voxel. */
const { shape, affine, cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'test', 'reference', 'postprocess.json'), 'utf8'),
) as {
  shape: Triple;
  affine: Affine;
  cases: {
    probabilities: string;
    spread: string;
    hysteresis: Record<Connectivity, string>;
    filled: string;
    classes: string;
    classesFilled: string;
    withoutSmall: Record<Connectivity, string>;
    lesions: Record<Connectivity, number[][]>;
  }[];
};

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-/';
const numbersOf = (text: string): number[] => [...text].map((character) => CHARACTERS.indexOf(character));
const textOf = (values: Uint8Array): string => [...values].map((value) => CHARACTERS[value]).join('');
const CONNECTIVITIES = [6, 18, 26] as const;

describe.each(cases)('post-processing as SciPy has it', (reference) => {
  const counts = numbersOf(reference.probabilities);
  const p = Float32Array.from(counts, (count) => count / 64);
  /** 1 where the probability is at least a number of 64ths. */
  const above = (least: number): Uint8Array => Uint8Array.from(counts, (count) => (count >= least ? 1 : 0));

  it.each(CONNECTIVITIES)('hysteresis, connectivity %i', (connectivity) => {
    const marked = hysteresisThreshold(p, shape, { low: 0.5, high: 0.875, connectivity });
    expect(textOf(marked)).toBe(reference.hysteresis[connectivity]);
    expect(textOf(marked)).not.toBe(textOf(above(56)));
  });

  it('fills the holes of one class and of several', () => {
    const one = above(14);
    fillHoles(one, shape);
    expect(textOf(one)).toBe(reference.filled);
    const several = Uint8Array.from(numbersOf(reference.classes));
    fillHoles(several, shape);
    expect(textOf(several)).toBe(reference.classesFilled);
    expect(reference.classesFilled).not.toBe(reference.classes);
  });

  it.each(CONNECTIVITIES)('removes small lesions, connectivity %i', (connectivity) => {
    const mask = above(44);
    const options = { leastVolume: 12.5, voxelVolume: voxelVolumeOf(affine), connectivity };
    removeSmallLesions(mask, shape, [1], options);
    expect(textOf(mask)).toBe(reference.withoutSmall[connectivity]);
  });

  it.each(CONNECTIVITIES)('measures lesions, connectivity %i', (connectivity) => {
    const volume = (data: Float32Array): ScalarVolume => ({ kind: 'scalar', shape, affine, data });
    const spread = volume(Float32Array.from(numbersOf(reference.spread), (count) => count / 64));
    const sources = { mask: { shape, affine, data: above(52) }, probabilities: [volume(p)], voteSpread: [spread] };
    const lesions = lesionsOf(sources, [{ value: 1, name: 'lesion' }], connectivity);
    const expected = reference.lesions[connectivity];
    expect(lesions.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1));
    for (const [index, lesion] of lesions.entries()) {
      const row = [lesion.voxels, lesion.volume, ...lesion.centroid, lesion.meanProbability, lesion.maxProbability];
      for (const [column, value] of [...row, lesion.meanVoteSpread as number].entries()) {
        expect(value).toBeCloseTo(expected[index][column], 7);
      }
    }
  });
});
