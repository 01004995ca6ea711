import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VIEW_NAMES, VIEWS } from '../patch/view.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { cutAugmented } from './apply.ts';
import { applyBlur } from './apply-blur.ts';
import { applyContrast } from './apply-brightness.ts';
import { applyGamma } from './apply-gamma.ts';
import { applyLowResolution } from './apply-resolution.ts';
import { Scratch } from './scratch.ts';

/** What test/reference/augmentation.py stored: how to make the images again, and the results of SciPy, PyTorch and NumPy. */
interface Reference {
  readonly spatial: readonly {
    readonly seed: number;
    readonly shape: Triple;
    readonly spacing: Triple;
    readonly start: Triple;
    readonly patch: Triple;
    readonly degrees: [number, number, number];
    readonly scale: [number, number, number];
    readonly flips: Triple;
    readonly values: readonly number[];
    readonly inside: readonly number[];
  }[];
  readonly blur: readonly { seed: number; shape: Triple; sigma: number; values: readonly number[] }[];
  readonly lowResolution: readonly { seed: number; shape: Triple; scale: Triple; values: readonly number[] }[];
  readonly intensity: readonly {
    readonly seed: number;
    readonly count: number;
    readonly number: number;
    readonly contrast: readonly number[];
    readonly gamma: readonly number[];
    readonly gammaInverted: readonly number[];
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/augmentation.json', import.meta.url), 'utf8'),
) as Reference;

/** The same values as augmentation.py's `image_of`. */
function imageOf(seed: number, count: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (4 * state) / 2 ** 32 - 2;
  });
}

const everyVoxel = (count: number): Int32Array => Int32Array.from({ length: count }, (_, v) => v);

function expectClose(values: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(values).toHaveLength(expected.length);
  let most = 0;
  for (const [v, value] of values.entries()) most = Math.max(most, Math.abs(value - expected[v]));
  expect(most).toBeLessThanOrEqual(tolerance);
}

describe('beside SciPy, PyTorch and NumPy', () => {
  it.each(reference.spatial)('rotates, scales and flips: case $seed', (item) => {
    const { seed, shape, spacing, start, patch, degrees, scale, flips } = item;
    const count = voxelCount(shape);
    const source = {
      shape,
      spacing,
      image: imageOf(seed, count),
      labels: new Uint8Array(count).fill(1),
      brain: new Uint8Array(count).fill(1),
      present: [true],
    };
    const voxels = voxelCount(patch);
    const out = {
      image: new Float32Array(voxels).fill(9),
      labels: new Uint8Array(voxels).fill(9),
      inside: new Uint8Array(voxels).fill(9),
      brain: new Uint8Array(voxels).fill(9),
    };
    const view = VIEW_NAMES.find((name) => VIEWS[name].flips.every((isFlipped, axis) => isFlipped === flips[axis] < 0));
    cutAugmented(source, start, patch, { view, rotation: degrees, scale }, null, out);
    expect([...out.inside]).toEqual(item.inside);
    expect([...out.labels]).toEqual(item.inside);
    expect([...out.brain]).toEqual(item.inside);
    expectClose(out.image, item.values, 2e-6);
  });

  it.each(reference.blur)('blurs: sigma $sigma', ({ seed, shape, sigma, values }) => {
    const image = imageOf(seed, values.length);
    applyBlur(image, shape, everyVoxel(values.length), sigma, new Scratch());
    expectClose(image, values, 1e-6);
  });

  it.each(reference.lowResolution)('samples down and up: $scale', ({ seed, shape, scale, values }) => {
    const image = imageOf(seed, values.length);
    applyLowResolution(image, shape, everyVoxel(values.length), scale, new Scratch());
    expectClose(image, values, 1e-6);
  });

  it.each(reference.intensity)('changes contrast and gamma: $number', (item) => {
    const { seed, count, number } = item;
    const changed = (change: (image: Float32Array, voxels: Int32Array) => void): Float32Array => {
      const image = imageOf(seed, count);
      change(image, everyVoxel(count));
      return image;
    };
    expectClose(
      changed((image, voxels) => applyContrast(image, voxels, number)),
      item.contrast,
      1e-6,
    );
    expectClose(
      changed((image, voxels) => applyGamma(image, voxels, number, false, new Scratch())),
      item.gamma,
      2e-6,
    );
    expectClose(
      changed((image, voxels) => applyGamma(image, voxels, number, true, new Scratch())),
      item.gammaInverted,
      2e-6,
    );
  });
});
