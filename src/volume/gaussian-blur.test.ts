import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blurAlongAxis } from './gaussian-blur.ts';
import type { Triple } from './volume.ts';

const side = fc.integer({ min: 1, max: 11 });
const axes = fc.integer({ min: 0, max: 2 });
const sigmas = fc.double({ min: 0.2, max: 3, noNaN: true });
const values = fc.infiniteStream(fc.integer({ min: -1000, max: 1000 }));

describe('a blur along one axis', () => {
  it('is the weighted mean of the voxels within 4 sigma, for lines of any length', () => {
    fc.assert(
      fc.property(side, side, side, axes, sigmas, values, (width, height, depth, axis, sigma, stream) => {
        const shape: Triple = [width, height, depth];
        const data = Float32Array.from({ length: width * height * depth }, () => stream.next().value);
        const blurred = blurAlongAxis(data, shape, axis, sigma);
        weightedMeans(data, shape, axis, sigma).forEach((expected, v) => {
          expect(Math.abs(blurred[v] - expected)).toBeLessThan(1e-3);
        });
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it('may overwrite its input', () => {
    const shape: Triple = [6, 7, 9];
    const data = Float32Array.from({ length: 6 * 7 * 9 }, (_, v) => Math.sin(v * v));
    for (let axis = 0; axis < 3; axis++) {
      const expected = blurAlongAxis(data, shape, axis, 1.2);
      const own = Float32Array.from(data);
      expect(blurAlongAxis(own, shape, axis, 1.2, own)).toBe(own);
      expect(own).toEqual(expected);
    }
  });
});

function weightedMeans(data: Float32Array, shape: Triple, axis: number, sigma: number): number[] {
  const stride = [1, shape[0], shape[0] * shape[1]][axis];
  const reach = Math.ceil(4 * sigma);
  return Array.from(data, (_, v) => {
    const n = Math.floor(v / stride) % shape[axis];
    let sum = 0;
    let weights = 0;
    for (let m = 0; m < shape[axis]; m++) {
      if (Math.abs(m - n) > reach) continue;
      const weight = Math.exp(-((m - n) ** 2) / (2 * sigma ** 2));
      sum += weight * data[v + (m - n) * stride];
      weights += weight;
    }
    return sum / weights;
  });
}
