import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume/volume.ts';
import { surfaceDistances } from './surface-distances.ts';

function maskOf(shape: Triple, ...voxels: Triple[]): Uint8Array {
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (const [i, j, k] of voxels) mask[i + shape[0] * (j + shape[1] * k)] = 1;
  return mask;
}

function block(shape: Triple, from: Triple, to: Triple): Uint8Array {
  const voxels: Triple[] = [];
  for (let k = from[2]; k <= to[2]; k++) {
    for (let j = from[1]; j <= to[1]; j++) for (let i = from[0]; i <= to[0]; i++) voxels.push([i, j, k]);
  }
  return maskOf(shape, ...voxels);
}

/** Every pair of surface voxels, by their definition. */
function slowly(prediction: Uint8Array, reference: Uint8Array, shape: Triple, spacing: Triple): number[][] {
  const surfaceOf = (mask: Uint8Array): Triple[] => {
    const at = (i: number, j: number, k: number): number =>
      i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]
        ? 0
        : mask[i + shape[0] * (j + shape[1] * k)];
    const found: Triple[] = [];
    for (let k = 0; k < shape[2]; k++) {
      for (let j = 0; j < shape[1]; j++) {
        for (let i = 0; i < shape[0]; i++) {
          const around = at(i - 1, j, k) * at(i + 1, j, k) * at(i, j - 1, k) * at(i, j + 1, k);
          if (at(i, j, k) > 0 && around * at(i, j, k - 1) * at(i, j, k + 1) === 0) found.push([i, j, k]);
        }
      }
    }
    return found;
  };
  const [p, r] = [surfaceOf(prediction), surfaceOf(reference)];
  const distance = (a: Triple, b: Triple): number =>
    Math.hypot(...a.map((x, n) => (x - (b[n] ?? 0)) * (spacing[n] ?? 0)));
  return [
    p.map((a) => Math.min(...r.map((b) => distance(a, b)))),
    r.map((a) => Math.min(...p.map((b) => distance(a, b)))),
  ];
}

describe('surfaceDistances', () => {
  it('is the distance between two single voxels, in mm', () => {
    const shape: Triple = [5, 4, 3];
    const distances = surfaceDistances(maskOf(shape, [0, 0, 0]), maskOf(shape, [3, 2, 1]), shape, [1, 2, 12]);
    // sqrt(3^2 + 4^2 + 12^2) = 13
    expect(distances).toEqual({ assd: 13, hd: 13, hd95: 13 });
  });

  it('is 0 for equal masks, and null where one is empty', () => {
    const shape: Triple = [4, 4, 4];
    const mask = block(shape, [1, 1, 1], [3, 3, 3]);
    expect(surfaceDistances(mask, mask, shape, [1, 1, 1])).toEqual({ assd: 0, hd: 0, hd95: 0 });
    expect(surfaceDistances(mask, new Uint8Array(64), shape, [1, 1, 1])).toBeNull();
    expect(surfaceDistances(new Uint8Array(64), mask, shape, [1, 1, 1])).toBeNull();
    expect(surfaceDistances(new Uint8Array(0), new Uint8Array(0), [0, 0, 0], [1, 1, 1])).toBeNull();
  });

  it('leaves the inside of a mask out: only its surface counts', () => {
    // 3x3x3 against 5x5x5 around it: of the large one's 98 surface voxels 54 lie 1 mm from the small one (by a face), 36 lie
    // sqrt 2 (by an edge), 8 lie sqrt 3; the small one's 26 are all 1 mm from it.
    const shape: Triple = [5, 5, 5];
    const distances = surfaceDistances(
      block(shape, [1, 1, 1], [3, 3, 3]),
      block(shape, [0, 0, 0], [4, 4, 4]),
      shape,
      [1, 1, 1],
    );
    expect(distances?.assd).toBeCloseTo((26 + 54 + 36 * Math.SQRT2 + 8 * Math.sqrt(3)) / 124, 12);
    expect(distances?.hd).toBeCloseTo(Math.sqrt(3), 12);
    // The 95th percentile of 98 values is at 0.95 * 97 = 92.15: between the 93rd and 94th value, both sqrt 3.
    expect(distances?.hd95).toBeCloseTo(Math.sqrt(3), 12);
  });

  it('takes the larger of the two directed percentiles', () => {
    // On a line the prediction has a voxel 10 mm away beside 3 that match: 0, 0, 0, 10 -> 0.95 * 3 = 2.85 -> 8.5.
    const shape: Triple = [14, 1, 1];
    const reference = maskOf(shape, [0, 0, 0], [1, 0, 0], [2, 0, 0]);
    const prediction = maskOf(shape, [0, 0, 0], [1, 0, 0], [2, 0, 0], [12, 0, 0]);
    const distances = surfaceDistances(prediction, reference, shape, [1, 1, 1]);
    expect(distances?.hd95).toBeCloseTo(8.5, 12);
    expect(distances).toMatchObject({ hd: 10, assd: 10 / 7 });
  });

  it('agrees with all pairs of surface voxels', () => {
    const shape: Triple = [5, 4, 6];
    const mask = fc.array(fc.constantFrom(0, 0, 1), { minLength: 120, maxLength: 120 });
    const size = fc.double({ min: 0.3, max: 7, noNaN: true });
    fc.assert(
      fc.property(mask, mask, fc.tuple(size, size, size), (p, r, spacing) => {
        const [prediction, reference] = [Uint8Array.from(p), Uint8Array.from(r)];
        const distances = surfaceDistances(prediction, reference, shape, spacing);
        const directed = slowly(prediction, reference, shape, spacing);
        if (directed.some((values) => values.length === 0)) return expect(distances).toBeNull();
        const all = directed.flat();
        expect(distances?.hd).toBeCloseTo(Math.max(...all), 9);
        expect(distances?.assd).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 9);
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});
