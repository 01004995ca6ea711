import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Connectivity, connectedComponents } from './connected-components.ts';
import type { Triple } from './volume.ts';

type ReferenceMask = { shape: Triple; mask: string } & Record<`${Connectivity}`, number[]>;

/** Made by test/reference/volume.py with scipy.ndimage.label. */
const file = new URL('../../test/reference/volume/expected.json', import.meta.url);
const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: ReferenceMask[] };

describe.each<Connectivity>([6, 18, 26])('connectivity %d', (connectivity) => {
  it.each(components)('labels the mask of $shape as SciPy does', (reference) => {
    const mask = Uint8Array.from(reference.mask, Number);
    const { labels, count, sizes } = connectedComponents(mask, reference.shape, connectivity);
    const expected = reference[`${connectivity}`];
    expect([...labels]).toEqual(expected);
    expect(count).toBe(Math.max(...expected));
    expect([...sizes]).toEqual(
      Array.from({ length: count + 1 }, (_, label) => expected.filter((l) => l === label).length),
    );
  });

  it('agrees with a flood fill on masks of odd sizes', () => {
    const side = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(side, side, side, fc.infiniteStream(fc.boolean()), (width, height, depth, bits) => {
        const mask = Uint8Array.from({ length: width * height * depth }, () => (bits.next().value ? 3 : 0));
        const shape: Triple = [width, height, depth];
        expect([...connectedComponents(mask, shape, connectivity).labels]).toEqual(
          floodFill(mask, shape, connectivity),
        );
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});

it('sees the same in a mask that starts anywhere in its buffer', () => {
  const mask = Uint8Array.from({ length: 11 * 5 * 3 }, (_, v) => (v % 7 < 2 || v % 13 === 5 ? 1 : 0));
  const expected = floodFill(mask, [11, 5, 3], 18);
  for (let offset = 0; offset < 4; offset++) {
    const part = new Uint8Array(mask.length + offset).subarray(offset);
    part.set(mask);
    expect([...connectedComponents(part, [11, 5, 3], 18).labels]).toEqual(expected);
  }
});

it('has no components in an empty mask', () => {
  const { count, sizes } = connectedComponents(new Uint8Array(24), [2, 3, 4], 26);
  expect(count).toBe(0);
  expect([...sizes]).toEqual([24]);
});

it('refuses a mask that does not fill its shape', () => {
  expect(() => connectedComponents(new Uint8Array(7), [2, 2, 2], 6)).toThrow(/7 voxels do not fill a shape of 2x2x2/);
});

function floodFill(mask: Uint8Array, [width, height]: Triple, connectivity: Connectivity): number[] {
  const labels = new Array<number>(mask.length).fill(0);
  const reach = { 6: 1, 18: 2, 26: 3 }[connectivity];
  let count = 0;
  for (let seed = 0; seed < mask.length; seed++) {
    if (mask[seed] === 0 || labels[seed] !== 0) continue;
    const stack = [seed];
    labels[seed] = ++count;
    for (let voxel = stack.pop(); voxel !== undefined; voxel = stack.pop()) {
      const at = [voxel % width, Math.floor(voxel / width) % height, Math.floor(voxel / width / height)];
      for (let other = 0; other < mask.length; other++) {
        const to = [other % width, Math.floor(other / width) % height, Math.floor(other / width / height)];
        const steps = at.map((value, axis) => Math.abs(value - to[axis]));
        const touches = Math.max(...steps) === 1 && steps[0] + steps[1] + steps[2] <= reach;
        if (!touches || mask[other] === 0 || labels[other] !== 0) continue;
        labels[other] = count;
        stack.push(other);
      }
    }
  }
  return labels;
}
