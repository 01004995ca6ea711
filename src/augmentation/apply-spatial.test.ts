import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPatch, randomSource } from '../../test/augmentation-source.ts';
import { extractPatch, markInside } from '../patch/extract.ts';
import { applyView, VIEW_NAMES, VIEWS } from '../patch/view.ts';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { cutAugmented } from './apply.ts';
import type { AugmentationDraw } from './draw.ts';
import type { AugmentationSource, AugmentedPatch } from './source.ts';

function cut(source: AugmentationSource, start: Triple, patch: Triple, draw: AugmentationDraw): AugmentedPatch {
  const out = emptyPatch(patch, source.present.length);
  cutAugmented(source, start, patch, draw, null, out);
  return out;
}

/** By patch/extract.ts alone. */
function extracted(source: AugmentationSource, start: Triple, patch: Triple): AugmentedPatch {
  const out = emptyPatch(patch, source.present.length);
  extractPatch(source.image, source.present.length, source.shape, start, patch, 'zero', out.image);
  extractPatch(source.labels, 1, source.shape, start, patch, 'zero', out.labels);
  extractPatch(source.brain, 1, source.shape, start, patch, 'zero', out.brain);
  markInside(source.shape, start, patch, out.inside);
  return out;
}

function turned(patch: AugmentedPatch, extent: Triple, view: (typeof VIEW_NAMES)[number]): AugmentedPatch {
  const channels = patch.image.length / voxelCount(extent);
  const out = emptyPatch(extent, channels);
  applyView(patch.image, channels, extent, VIEWS[view], out.image);
  for (const name of ['labels', 'inside', 'brain'] as const) {
    applyView(patch[name], 1, extent, VIEWS[view], out[name]);
  }
  return out;
}

/** A field that is linear in mm around the volume's middle: 2 + g . p. */
function linearSource(shape: Triple, spacing: Triple, gradient: Triple): AugmentationSource {
  const voxels = voxelCount(shape);
  const image = Float32Array.from({ length: voxels }, (_, v) => {
    const at = [v % shape[0], Math.floor(v / shape[0]) % shape[1], Math.floor(v / (shape[0] * shape[1]))];
    return at.reduce((sum, n, axis) => sum + gradient[axis] * spacing[axis] * (n - (shape[axis] - 1) / 2), 2);
  });
  const ones = new Uint8Array(voxels).fill(1);
  return { shape, spacing, image, labels: ones, brain: ones, present: [true] };
}

const extent = fc.integer({ min: 1, max: 7 });
const shapes = fc.tuple(extent, extent, extent);
const starts = fc.tuple(
  fc.integer({ min: -4, max: 6 }),
  fc.integer({ min: -4, max: 6 }),
  fc.integer({ min: -4, max: 6 }),
);

describe('cutAugmented without interpolation', () => {
  it('gives what extractPatch gives, flipped as applyView flips it, for any size', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        shapes,
        shapes,
        starts,
        fc.constantFrom(...VIEW_NAMES),
        (seed, shape, patch, start, view) => {
          const source = randomSource(new Random(seed), shape, [1, 2, 3]);
          const plain = cut(source, start, patch, {});
          expect(plain).toEqual(extracted(source, start, patch));
          const flipped = cut(source, start, patch, { view });
          expect(flipped).toEqual(turned(plain, patch, view));
          expect(turned(flipped, patch, view)).toEqual(plain);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  it('refuses arrays of another length', () => {
    const source = randomSource(new Random(1), [3, 3, 3], [1, 1, 1]);
    expect(() => cutAugmented(source, [0, 0, 0], [2, 2, 2], {}, null, emptyPatch([2, 2, 3], 2))).toThrow('2x2x2');
  });
});

describe('cutAugmented with interpolation', () => {
  it('gives the plain patch at angles of 0 and a scale of 1', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        shapes,
        shapes,
        starts,
        fc.constantFrom(...VIEW_NAMES),
        (seed, shape, patch, start, view) => {
          const source = randomSource(new Random(seed), shape, [0.7, 1.3, 2.9]);
          const moved = cut(source, start, patch, { view });
          const still = cut(source, start, patch, {
            view,
            rotation: [0, 0, 0],
            scale: [1, 1, 1],
            elastic: { amplitude: [0, 0, 0], spacing: 3, seed: 1 },
          });
          expect(still.labels).toEqual(moved.labels);
          expect(still.inside).toEqual(moved.inside);
          expect(still.brain).toEqual(moved.brain);
          // A position may be off by a rounding error, and so the value by that times the difference to the next voxel.
          for (const [n, value] of still.image.entries()) expect(Math.abs(value - moved.image[n])).toBeLessThan(1e-6);
        },
      ),
      { seed: 12, numRuns: 100 },
    );
  });

  it.each([
    // A turn by 90 degrees about k takes +i to +j: the value at p comes from R p = (-p_j, p_i).
    ['k', [0, 0, 90], (i: number, j: number, k: number) => [6 - j, i, k]],
    ['i', [90, 0, 0], (i: number, j: number, k: number) => [i, 6 - k, j]],
    ['j', [0, 90, 0], (i: number, j: number, k: number) => [k, j, 6 - i]],
    ['k, back', [0, 0, -90], (i: number, j: number, k: number) => [j, 6 - i, k]],
    ['i, then k', [90, 0, 90], (i: number, j: number, k: number) => [k, i, j]],
  ] as const)('permutes the voxels when it turns by 90 degrees about %s', (_, rotation, from) => {
    const source = randomSource(new Random('turn'), [11, 10, 9], [1.5, 1.5, 1.5]);
    const patch: Triple = [7, 7, 7];
    const plain = cut(source, [2, 1, 1], patch, {});
    const out = cut(source, [2, 1, 1], patch, { rotation: [...rotation] });
    for (let k = 0; k < 7; k++) {
      for (let j = 0; j < 7; j++) {
        for (let i = 0; i < 7; i++) {
          const to = i + 7 * (j + 7 * k);
          const [x, y, z] = from(i, j, k);
          const at = x + 7 * (y + 7 * z);
          expect(out.labels[to]).toBe(plain.labels[at]);
          expect(out.brain[to]).toBe(plain.brain[at]);
          for (const c of [0, 343]) expect(Math.abs(out.image[c + to] - plain.image[c + at])).toBeLessThan(1e-5);
        }
      }
    }
  });

  it('turns a field that is linear in mm into the turned one, whatever the spacing', () => {
    const shape: Triple = [31, 27, 21];
    const spacing: Triple = [0.8, 1, 1.9];
    const gradient: Triple = [0.5, -0.3, 0.7];
    const patch: Triple = [9, 8, 7];
    const start: Triple = [11, 9, 7];
    const draw = { rotation: [0, 0, 30], scale: [1.25, 1.25, 1.25] } as AugmentationDraw;
    const out = cut(linearSource(shape, spacing, gradient), start, patch, draw);
    const middle = start.map((s, axis) => s + (patch[axis] - 1) / 2 - (shape[axis] - 1) / 2);
    const [cos, sin] = [Math.sqrt(3) / 2, 1 / 2];
    for (let v = 0; v < voxelCount(patch); v++) {
      const [i, j, k] = [v % 9, Math.floor(v / 9) % 8, Math.floor(v / 72)].map(
        (n, axis) => ((n - (patch[axis] - 1) / 2) * spacing[axis]) / 1.25,
      );
      const source = [cos * i - sin * j, sin * i + cos * j, k];
      const expected = source.reduce((sum, p, axis) => sum + gradient[axis] * (p + middle[axis] * spacing[axis]), 2);
      expect(Math.abs(out.image[v] - expected)).toBeLessThan(1e-5);
    }
  });

  it('marks what lies beyond the volume, and half a voxel around it as inside', () => {
    const source = linearSource([4, 4, 4], [1, 1, 1], [0, 0, 0]);
    // Grown 4 times about the middle at 1.5: positions 1.5 + (n - 7.5) / 4 = -0.375 … 3.375.
    const near = cut(source, [-6, -6, -6], [16, 16, 16], { scale: [4, 4, 4] });
    expect(near.inside.every((isInside) => isInside === 1)).toBe(true);
    expect(near.image.every((value) => Math.abs(value - 2) < 1e-6)).toBe(true);
    // Shrunk to a half: positions 1.5 + 2 (n - 7.5); only n = 7 and 8 lie in -0.5 … 3.5, at 0.5 and 2.5.
    const far = cut(source, [-6, -6, -6], [16, 16, 16], { scale: [0.5, 0.5, 0.5] });
    expect(far.inside.reduce((sum, isInside) => sum + isInside, 0)).toBe(8);
    expect(far.image.filter((value) => value !== 0)).toHaveLength(8);
    expect(far.labels).toEqual(far.inside);
  });

  it('keeps the volume of lesions of one voxel on average', () => {
    const random = new Random('small lesions');
    const shape: Triple = [15, 15, 15];
    const labels = new Uint8Array(voxelCount(shape));
    labels[7 + 15 * (7 + 15 * 7)] = 1;
    const brain = new Uint8Array(labels.length).fill(1);
    const source = {
      shape,
      spacing: [1, 1, 1] as Triple,
      image: new Float32Array(labels.length),
      labels,
      brain,
      present: [true],
    };
    let kept = 0;
    const rounds = 1500;
    for (let round = 0; round < rounds; round++) {
      const angle = () => 60 * random.uniform() - 30;
      // The lesion lies away from the middle, so that its position among the voxels is any.
      const start: Triple = [random.integer(4), random.integer(4), random.integer(4)];
      const { labels: found } = cut(source, start, [12, 12, 12], { rotation: [angle(), angle(), angle()] });
      kept += found.reduce((sum, label) => sum + label, 0);
    }
    // The threshold of 0.5 on interpolated indicators would leave 0.27.
    expect(kept / rounds).toBeGreaterThan(0.9);
    expect(kept / rounds).toBeLessThan(1.1);
  });
});
