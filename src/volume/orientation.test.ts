import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transformPoint } from './affine.ts';
import { orientationOf, rasGrid, reorientOnto, reorientToRas } from './orientation.ts';
import type { Affine, LabelVolume, ScalarVolume, Triple } from './volume.ts';

const PERMUTATIONS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
/** All 48: which world axis voxel axis a runs along, and in which direction. */
const ORIENTATIONS = PERMUTATIONS.flatMap((axes) =>
  [...Array(8).keys()].map((bits) => ({
    axes,
    backwards: [0, 1, 2].map((axis) => ((bits >> axis) & 1) === 1),
    name: axes.map((world, axis) => ((bits >> axis) & 1 ? 'LPI' : 'RAS')[world]).join(''),
  })),
);

/** An affine of that orientation, tilted by up to some 10 degrees. */
function affineOf(orientation: (typeof ORIENTATIONS)[number], spacing: Triple, tilt: number, origin: Triple): Affine {
  const affine = new Array<number>(16).fill(0);
  affine[15] = 1;
  for (let axis = 0; axis < 3; axis++) {
    const sign = orientation.backwards[axis] ? -1 : 1;
    const world = orientation.axes[axis];
    affine[4 * world + axis] = sign * spacing[axis];
    affine[4 * ((world + 1) % 3) + axis] = tilt * spacing[axis];
    affine[4 * axis + 3] = origin[axis];
  }
  return affine;
}

const sides = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
const lengths = fc.double({ min: 0.3, max: 8, noNaN: true });
const coordinate = fc.double({ min: -200, max: 200, noNaN: true });
const geometry = fc.record({
  shape: sides,
  spacing: fc.tuple(lengths, lengths, lengths),
  tilt: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  origin: fc.tuple(coordinate, coordinate, coordinate),
});

describe.each(ORIENTATIONS)('$name', (orientation) => {
  it('is named, turned to RAS and back, with every voxel at its place in the world', () => {
    fc.assert(
      fc.property(geometry, ({ shape, spacing, tilt, origin }) => {
        const affine = affineOf(orientation, spacing, tilt, origin);
        expect(orientationOf(affine)).toBe(orientation.name);
        const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, index) => index);
        const volume: ScalarVolume = { kind: 'scalar', shape, affine, data };

        const ras = reorientToRas(volume);
        expect(orientationOf(ras.affine)).toBe('RAS');
        const placed = new Map(worldPoints(volume));
        for (const [value, point] of worldPoints(ras)) {
          const before = placed.get(value) as Triple;
          for (let axis = 0; axis < 3; axis++) expect(point[axis]).toBeCloseTo(before[axis], 8);
        }
        expect(ras.data.length).toBe(data.length);

        const back = reorientOnto(ras, volume);
        expect(back).toEqual(volume);
      }),
      { seed: 7, numRuns: 20 },
    );
  });
});

function worldPoints(volume: ScalarVolume): [number, Triple][] {
  const points: [number, Triple][] = [];
  let index = 0;
  for (let k = 0; k < volume.shape[2]; k++) {
    for (let j = 0; j < volume.shape[1]; j++) {
      for (let i = 0; i < volume.shape[0]; i++) {
        points.push([volume.data[index++], transformPoint(volume.affine, [i, j, k])]);
      }
    }
  }
  return points;
}

it('turns a label map in its own type, by hand', () => {
  // i runs to the left, so the voxels along i turn around: 1 2 3 -> 3 2 1, and the first voxel is the former last.
  const volume: LabelVolume = {
    kind: 'label',
    shape: [3, 1, 1],
    affine: [-2, 0, 0, 10, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    data: Int16Array.of(1, 2, 3),
  };
  const ras = reorientToRas(volume);
  expect(ras.data).toEqual(Int16Array.of(3, 2, 1));
  expect(ras.affine.slice(0, 4)).toEqual([2, 0, 0, 6]);
  expect(ras).toMatchObject(rasGrid(volume));
});

it('refuses a grid that is not the one turned', () => {
  const volume: LabelVolume = {
    kind: 'label',
    shape: [3, 1, 1],
    affine: [2, 0, 0, 6, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    data: Uint8Array.of(1, 2, 3),
  };
  expect(() => reorientOnto(volume, { ...volume, shape: [4, 1, 1] })).toThrow(/3x1x1 voxels against 4x1x1/);
});
