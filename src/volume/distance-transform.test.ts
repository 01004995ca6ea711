import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { squaredDistances, squaredDistancesBetween } from './distance-transform.ts';
import { type Triple, voxelCount } from './volume.ts';

/** What test/reference/distance_transform.py stored: how to make the mask again, and scipy's squared distances. */
interface ReferenceCase {
  readonly name: string;
  readonly seed: number;
  readonly shape: Triple;
  readonly spacing: Triple;
  readonly share: number;
  readonly squared: readonly number[];
}

const cases = JSON.parse(
  readFileSync(new URL('../../test/reference/distance-transform.json', import.meta.url), 'utf8'),
) as ReferenceCase[];

function byBruteForce(mask: Uint8Array, shape: Triple, spacing: Triple): number[] {
  const at = (v: number): Triple => [
    (v % shape[0]) * spacing[0],
    (Math.floor(v / shape[0]) % shape[1]) * spacing[1],
    Math.floor(v / (shape[0] * shape[1])) * spacing[2],
  ];
  const points = [...mask.keys()].filter((v) => mask[v] !== 0).map(at);
  return [...mask.keys()].map((v) => {
    const [x, y, z] = at(v);
    return points.reduce(
      (least, [a, b, c]) => Math.min(least, (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2),
      Number.POSITIVE_INFINITY,
    );
  });
}

describe('squaredDistances', () => {
  it.each(cases)('gives the distances of scipy: $name', ({ seed, shape, spacing, share, squared }) => {
    let state = seed;
    const mask = Uint8Array.from({ length: voxelCount(shape) }, () => {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      return state / 2 ** 32 < share ? 1 : 0;
    });
    const distances = squaredDistances(mask, shape, spacing);
    expect(distances).toHaveLength(squared.length);
    for (const [v, expected] of squared.entries()) {
      expect(Math.abs(distances[v] - expected)).toBeLessThanOrEqual(1e-8 * (1 + expected));
    }
  });

  it('is computed by hand: a corner voxel of 1 x 2 x 4 mm', () => {
    const mask = new Uint8Array(8);
    mask[0] = 200;
    expect([...squaredDistances(mask, [2, 2, 2], [1, 2, 4])]).toEqual([0, 1, 4, 5, 16, 17, 20, 21]);
  });

  it('is Infinity without a mask, and 0 within it', () => {
    expect([...squaredDistances(new Uint8Array(6), [3, 2, 1], [1, 1, 1])]).toEqual(Array(6).fill(Infinity));
    expect([...squaredDistances(new Uint8Array(6).fill(1), [3, 2, 1], [1, 1, 1])]).toEqual(Array(6).fill(0));
  });

  it('agrees with going through every pair of voxels', () => {
    const random = new Random('distances');
    for (let round = 0; round < 60; round++) {
      const shape: Triple = [1 + random.integer(9), 1 + random.integer(9), 1 + random.integer(9)];
      const spacing: Triple = [0.2 + 4 * random.uniform(), 0.2 + 4 * random.uniform(), 0.2 + 4 * random.uniform()];
      const share = random.uniform() ** 3;
      const mask = Uint8Array.from({ length: voxelCount(shape) }, () => (random.uniform() < share ? 1 : 0));
      const expected = byBruteForce(mask, shape, spacing);
      for (const [v, squared] of squaredDistances(mask, shape, spacing).entries()) {
        if (expected[v] === Infinity) expect(squared).toBe(Infinity);
        else expect(Math.abs(squared - expected[v])).toBeLessThanOrEqual(1e-9 * (1 + expected[v]));
      }
    }
  });

  it('is the same between chosen voxels, whatever planes and rows they lie in', () => {
    const random = new Random('between');
    for (let round = 0; round < 60; round++) {
      const shape: Triple = [1 + random.integer(9), 1 + random.integer(9), 1 + random.integer(9)];
      const spacing: Triple = [0.2 + 4 * random.uniform(), 0.2 + 4 * random.uniform(), 0.2 + 4 * random.uniform()];
      const [from, to] = [random.uniform() ** 3, random.uniform() ** 3];
      const some = (share: number): Int32Array =>
        Int32Array.from({ length: voxelCount(shape) }, (_, v) => v).filter(() => random.uniform() < share);
      const [voxels, sites] = [some(from), some(to)];
      const mask = new Uint8Array(voxelCount(shape));
      for (const site of sites) mask[site] = 1;
      const expected = byBruteForce(mask, shape, spacing);
      const distances = squaredDistancesBetween(voxels, sites, shape, spacing);
      expect(distances).toHaveLength(voxels.length);
      for (const [n, voxel] of voxels.entries()) {
        if (expected[voxel] === Infinity) expect(distances[n]).toBe(Infinity);
        else expect(Math.abs(distances[n] - expected[voxel])).toBeLessThanOrEqual(1e-9 * (1 + expected[voxel]));
      }
    }
  });

  it('refuses a mask of another length', () => {
    expect(() => squaredDistances(new Uint8Array(5), [3, 2, 1], [1, 1, 1])).toThrow('3x2x1');
  });
});
