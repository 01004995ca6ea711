import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resampleImage, resampleLabels } from './resample.ts';
import type { Affine, Grid, Triple } from './volume.ts';

const triple = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<[T, T, T]> => fc.tuple(value, value, value);
const step = fc.oneof(fc.constantFrom(1, -1), fc.double({ min: 0.4, max: 2.5, noNaN: true }));
const origin = fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true }));
const shapes = triple(fc.integer({ min: 1, max: 9 }));

/** A shear too small to move any place by one bit, so that the loops for grids that lie askew are taken. */
const SHEAR = 1e-300;

const grid = (shape: Triple, step: Triple, origin: Triple, shear = 0): Grid => {
  const [si, sj, sk] = step;
  const affine: Affine = [si, shear, 0, origin[0], 0, sj, 0, origin[1], 0, 0, sk, origin[2], 0, 0, 0, 1];
  return { shape, affine };
};

it('gives on grids with the same axes the very bits of the loops for any grids', () => {
  fc.assert(
    fc.property(shapes, shapes, triple(step), triple(step), triple(origin), (shape, wanted, from, to, start) => {
      const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, v) => 100 * Math.sin(v * v + 1));
      const source = grid(shape, from, [0, 0, 0]);
      const [aligned, askew] = [0, SHEAR].map((shear) => grid(wanted, to, start, shear));
      const image = { kind: 'scalar', ...source, data } as const;
      const options = { outside: -7 };
      expect(resampleImage(image, aligned, options).data).toEqual(resampleImage(image, askew, options).data);
      const labels = { kind: 'label', ...source, data: Int16Array.from(data) } as const;
      expect(resampleLabels(labels, aligned).data).toEqual(resampleLabels(labels, askew).data);
    }),
    { seed: 3, numRuns: 300 },
  );
});
