import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Affine, LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import { fingerprintCase } from './fingerprint.ts';
import { normalize } from './normalize.ts';
import { percentilesOf } from './percentile.ts';
import { NORMALIZATIONS, type Normalization } from './plan.ts';

/** Made by test/reference/preprocess.py with numpy. */
const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/preprocess.json', import.meta.url), 'utf8'),
) as {
  readonly percents: readonly number[];
  readonly percentiles: readonly {
    readonly name: string;
    readonly seed: number;
    readonly count: number;
    readonly factor: number;
    readonly offset: number;
    readonly whole: boolean;
    readonly expected: readonly number[];
  }[];
  readonly shape: Triple;
  readonly normalizations: Readonly<Record<Normalization, readonly number[]>>;
  readonly fingerprint: {
    readonly voxels: number;
    readonly mean: number;
    readonly standardDeviation: number;
    readonly percentiles: Readonly<Record<string, number>>;
  };
};

/** The script's generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The script's volume and mask. */
function volume(): { image: Float32Array; mask: Uint8Array } {
  const uniform = generator(11);
  const count = reference.shape[0] * reference.shape[1] * reference.shape[2];
  const mask = Uint8Array.from({ length: count }, () => (uniform() < 0.7 ? 1 : 0));
  const image = Float32Array.from({ length: count }, () => 100 + 50 * uniform() * uniform());
  const inside = [...mask.keys()].filter((v) => mask[v] === 1);
  image[inside[5]] = 9000;
  image[inside[50]] = -800;
  return { image, mask };
}

describe('percentilesOf', () => {
  it.each(reference.percentiles)('gives the very numbers of numpy.percentile for $name', (one) => {
    const uniform = generator(one.seed);
    const values = Float32Array.from({ length: one.count }, () => {
      const value = uniform() * one.factor + one.offset;
      return one.whole ? Math.floor(value) : value;
    });
    expect(percentilesOf(values, reference.percents)).toEqual(one.expected);
  });
});

describe('normalize', () => {
  it.each(NORMALIZATIONS)('computes %s as numpy does', (normalization) => {
    const { image, mask } = volume();
    expect(normalize(image, mask, normalization)).toBeNull();
    const expected = reference.normalizations[normalization];
    expect(expected).toHaveLength(72);
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(image[7 * index] - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
    }
  });
});

describe('fingerprintCase', () => {
  it('has the statistics that numpy computes within the mask, to six digits', () => {
    const affine: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const { image, mask } = volume();
    const scan: ScalarVolume = { kind: 'scalar', shape: reference.shape, affine, data: image };
    const brainMask: LabelVolume = { kind: 'label', shape: reference.shape, affine, data: mask };
    const { brain, intensities } = fingerprintCase('a', { images: [scan], brainMask }, ['T1w'], []);
    const { voxels, mean, standardDeviation, percentiles } = reference.fingerprint;
    expect(brain.voxels).toBe(voxels);
    const rounded = (value: number): number => Number(value.toPrecision(6));
    expect(intensities.T1w).toEqual({
      mean: rounded(mean),
      standardDeviation: rounded(standardDeviation),
      percentiles: Object.fromEntries(Object.entries(percentiles).map(([name, value]) => [name, rounded(value)])),
    });
  });
});
