import { describe, expect, it } from 'vitest';
import { transformPoint } from '../volume/affine.ts';
import type { Affine, Triple } from '../volume/volume.ts';
import { cutSlice, type Plane, slicePlane } from './slice-plane.ts';

const SHAPE: Triple = [4, 3, 5];

/** All 48 ways in which voxel axes can lie along world axes. */
const ORIENTATIONS: Affine[] = [];
for (const axes of [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const) {
  for (let signs = 0; signs < 8; signs++) {
    const affine = new Array<number>(16).fill(0);
    axes.forEach((world, axis) => {
      affine[4 * world + axis] = (1 + axis) * ((signs >> axis) & 1 ? -1 : 1);
    });
    affine[15] = 1;
    ORIENTATIONS.push(affine);
  }
}

/** World coordinate along x, y or z of every voxel, i fastest. */
function worldCoordinates(affine: Affine, world: number): Float32Array {
  const values: number[] = [];
  for (let k = 0; k < SHAPE[2]; k++) {
    for (let j = 0; j < SHAPE[1]; j++) {
      for (let i = 0; i < SHAPE[0]; i++) values.push(transformPoint(affine, [i, j, k])[world] as number);
    }
  }
  return Float32Array.from(values);
}

describe('cutSlice', () => {
  it.each([
    ['axial', 0, 1, 2],
    ['coronal', 0, 2, 1],
    ['sagittal', 1, 2, 0],
  ] as const)(
    'shows %s slices from right, front and top in every orientation',
    (name: Plane, across, down, through) => {
      for (const affine of ORIENTATIONS) {
        const plane = slicePlane({ shape: SHAPE, affine }, name);
        const whole = { start: [0, 0, 0] as const, end: SHAPE };
        const slices = [across, down, through].map((world) =>
          cutSlice(worldCoordinates(affine, world), SHAPE, plane, 1, whole),
        );
        const [x, y, z] = slices as [(typeof slices)[0], (typeof slices)[0], (typeof slices)[0]];
        const { width, height } = x;
        expect([width, height]).toEqual([SHAPE[plane.columns.axis], SHAPE[plane.rows.axis]]);
        for (let row = 0; row < height; row++) {
          for (let column = 0; column < width; column++) {
            const at = row * width + column;
            // World coordinates fall by a pixel's size from left to right and from top to bottom.
            expect(x.values[at]).toBe((x.values[0] as number) - column * plane.pixel[0]);
            expect(y.values[at]).toBe((y.values[0] as number) - row * plane.pixel[1]);
            expect(z.values[at]).toBe(z.values[0]);
          }
        }
      }
    },
  );

  it('cuts to a box, from whichever side the picture starts', () => {
    const data = Float32Array.from({ length: 60 }, (_, v) => v);
    const box = { start: [1, 0, 0] as const, end: [3, 2, 5] as const };
    const ras = slicePlane({ shape: SHAPE, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] }, 'axial');
    expect([...cutSlice(data, SHAPE, ras, 2, box).values]).toEqual([30, 29, 26, 25]);
    const lps = slicePlane({ shape: SHAPE, affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] }, 'axial');
    expect([...cutSlice(data, SHAPE, lps, 2, box).values]).toEqual([25, 26, 29, 30]);
  });
});
