import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { extractPatch } from './extract.ts';
import { PatchFusion } from './fusion.ts';
import { PADDINGS, type Padding, tilePatches } from './tiling.ts';
import { applyView, VIEW_COUNTS, viewsOf } from './view.ts';
import { WINDOW_KINDS, type WindowKind, windowWeights } from './window.ts';

interface Settings {
  readonly overlap: number;
  readonly padding: Padding;
  readonly window: WindowKind;
  readonly views: number;
}

/** Predicts a volume patch by patch and view by view; `predict` works on a patch's values. */
function predictWhole(
  volume: Float32Array,
  channels: number,
  shape: Triple,
  patch: Triple,
  { overlap, padding, window, views }: Settings,
  predict: (value: number) => number,
): Float32Array {
  const fusion = new PatchFusion(shape, channels, patch, window);
  const empty = () => new Float32Array(channels * voxelCount(patch));
  for (const { start } of tilePatches(shape, patch, { overlap, padding })) {
    const outside = padding === 'half' ? 'reflect' : 'zero';
    const values = extractPatch(volume, channels, shape, start, patch, outside, empty());
    for (const view of viewsOf(views)) {
      const seen = applyView(values, channels, patch, view, empty());
      fusion.add(seen.map(predict), start, view);
    }
  }
  return fusion.result();
}

/** The same votes, summed over the whole volume and divided at the end. */
class WholeFusion {
  private readonly shape: Triple;
  private readonly channels: number;
  private readonly patch: Triple;
  private readonly windows: Float64Array[];
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  private readonly weights: Float64Array;

  constructor(shape: Triple, channels: number, patch: Triple, window: WindowKind) {
    this.shape = shape;
    this.channels = channels;
    this.patch = patch;
    this.windows = patch.map((length) => windowWeights(window, length));
    this.sums = new Float64Array(channels * voxelCount(shape));
    this.squares = new Float64Array(channels * voxelCount(shape));
    this.weights = new Float64Array(voxelCount(shape));
  }

  add(vote: Float32Array, start: Triple): void {
    const { shape, patch, windows } = this;
    for (let element = 0; element < voxelCount(patch); element++) {
      const place = [
        element % patch[0],
        Math.floor(element / patch[0]) % patch[1],
        Math.floor(element / (patch[0] * patch[1])),
      ];
      const [i, j, k] = place.map((p, axis) => p + start[axis]);
      if (i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]) continue;
      const weight = windows[2][place[2]] * windows[1][place[1]] * windows[0][place[0]];
      const voxel = i + shape[0] * (j + shape[1] * k);
      const before = this.weights[voxel];
      for (let c = 0; c < this.channels; c++) {
        const to = voxel + c * voxelCount(shape);
        const x = vote[element + c * voxelCount(patch)];
        const deviation = x - this.sums[to] / before;
        if (before > 0) this.squares[to] += (deviation * deviation * before * weight) / (before + weight);
        this.sums[to] += weight * x;
      }
      this.weights[voxel] += weight;
    }
  }

  means(): Float32Array {
    return this.divided(this.sums);
  }

  variances(): Float32Array {
    return this.divided(this.squares);
  }

  private divided(sums: Float64Array): Float32Array {
    const { weights } = this;
    return Float32Array.from(sums, (sum, v) =>
      weights[v % weights.length] > 0 ? sum / weights[v % weights.length] : 0,
    );
  }
}

function randomVolume(length: number, seed: number): Float32Array {
  const random = new Random(seed, 'volume');
  return Float32Array.from({ length }, () => 2 * random.uniform() - 1);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, v) => Math.max(largest, Math.abs(value - (b[v] as number))), 0);
}

describe('PatchFusion', () => {
  const shapes: Triple[] = [
    [13, 7, 9],
    [3, 5, 2],
    [17, 6, 1],
    [8, 8, 8],
  ];
  const settings = shapes.flatMap((shape) =>
    WINDOW_KINDS.flatMap((window) => PADDINGS.map((padding) => ({ shape, window, padding }))),
  );

  it.each(settings)(
    'an identity predictor returns its input: $shape, $window, $padding',
    ({ shape, window, padding }) => {
      const volume = randomVolume(2 * voxelCount(shape), 1);
      for (const overlap of [0, 0.3, 0.5, 0.75]) {
        for (const views of VIEW_COUNTS) {
          const result = predictWhole(
            volume,
            2,
            shape,
            [8, 6, 4],
            { overlap, padding, window, views },
            (value) => value,
          );
          expect(largestDifference(result, volume)).toBeLessThan(1e-5);
        }
      }
    },
  );

  it('returns exactly x + 1 up to rounding for any size, patch, window, overlap, padding and number of views', () => {
    const extent = (max: number) =>
      fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));
    fc.assert(
      fc.property(
        extent(12),
        extent(9),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        fc.constantFrom(...PADDINGS),
        fc.constantFrom(...WINDOW_KINDS),
        fc.constantFrom(...VIEW_COUNTS),
        fc.integer(),
        (shape, patch, overlap, padding, window, views, seed) => {
          const volume = randomVolume(voxelCount(shape), seed);
          const result = predictWhole(
            volume,
            1,
            shape,
            patch,
            { overlap, padding, window, views },
            (value) => value + 1,
          );
          expect(
            largestDifference(
              result,
              volume.map((value) => value + 1),
            ),
          ).toBeLessThan(1e-5);
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });

  it('weighs two disagreeing patches by their windows', () => {
    const fusion = new PatchFusion([6, 1, 1], 1, [4, 1, 1], 'spline');
    fusion.add(Float32Array.of(0, 0, 0, 0), [0, 0, 0]);
    fusion.add(Float32Array.of(1, 1, 1, 1), [2, 0, 0]);
    // The window of 4 is 1/4, 7/4, 7/4, 1/4: where both lie, the second has 1/4 of 2, then 7/4 of 2.
    expect([...fusion.result()]).toEqual([0, 0, 0.125, 0.875, 1, 1]);
  });

  it('weighs with the product of the windows of i, j and k', () => {
    const patch: Triple = [4, 3, 5];
    const fusion = new PatchFusion(patch, 1, patch, 'spline');
    fusion.add(new Float32Array(60).fill(1), [0, 0, 0]);
    const uniform = new Float32Array(60);
    fusion.add(uniform, [1, 0, 0]);
    fusion.add(uniform, [0, 1, 0]);
    fusion.add(uniform, [0, 0, 1]);
    const [wi, wj, wk] = patch.map((length) => windowWeights('spline', length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const own = wi[2] * wj[1] * wk[3];
    const others = wi[1] * wj[1] * wk[3] + wi[2] * wj[0] * wk[3] + wi[2] * wj[1] * wk[2];
    expect(fusion.result()[2 + 4 * (1 + 3 * 3)]).toBeCloseTo(own / (own + others), 6);
  });

  it('ignores what lies outside the volume, and leaves 0 where no patch was added', () => {
    const fusion = new PatchFusion([3, 1, 1], 2, [2, 1, 1], 'uniform');
    fusion.add(Float32Array.of(5, 6, 7, 8), [-1, 0, 0]);
    fusion.add(Float32Array.of(1, 2, 3, 4), [5, 0, 0]);
    fusion.add(Float32Array.of(1, 2, 3, 4), [0, 1, 0]);
    fusion.add(Float32Array.of(1, 2, 3, 4), [-4, 0, 0]);
    expect([...fusion.result()]).toEqual([6, 0, 0, 8, 0, 0]);
    expect(() => fusion.add(new Float32Array(3), [0, 0, 0])).toThrow('2 channels of 2x1x1');
  });

  it('takes patches in the order of their planes alone, and none after the result', () => {
    const fusion = new PatchFusion([1, 1, 9], 1, [1, 1, 3], 'uniform', { variance: true });
    fusion.add(Float32Array.of(1, 2, 3), [0, 0, -1]);
    fusion.add(Float32Array.of(3, 4, 5), [0, 0, 0]);
    fusion.add(Float32Array.of(7, 8, 9), [0, 0, 6]);
    expect(() => fusion.add(Float32Array.of(3, 4, 5), [0, 0, 5])).toThrow('from plane 5 on, where 6 planes are final');
    expect([...fusion.result()]).toEqual([2.5, 3.5, 5, 0, 0, 0, 7, 8, 9]);
    expect([...fusion.variances()]).toEqual([0.25, 0.25, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => fusion.add(Float32Array.of(7, 8, 9), [0, 0, 6])).toThrow('9 planes are final');
    fusion.add(Float32Array.of(7, 8, 9), [0, 0, 9]);
    expect([...fusion.result()]).toEqual([2.5, 3.5, 5, 0, 0, 0, 7, 8, 9]);
  });

  it('gives to the bit what sums over the whole volume give', () => {
    const extent = (max: number) =>
      fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));
    fc.assert(
      fc.property(
        extent(12),
        extent(7),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.constantFrom(...PADDINGS),
        fc.constantFrom(...WINDOW_KINDS),
        fc.integer(),
        (shape, patch, overlap, padding, window, seed) => {
          const fusion = new PatchFusion(shape, 2, patch, window, { variance: true });
          const whole = new WholeFusion(shape, 2, patch, window);
          const random = new Random(seed, 'tiles');
          // Some tiles are left out, as those without brain are.
          const tiles = tilePatches(shape, patch, { overlap, padding }).filter(() => random.uniform() < 0.7);
          for (const [index, { start }] of tiles.entries()) {
            for (const view of viewsOf(4)) {
              const vote = randomVolume(2 * voxelCount(patch), seed + index);
              fusion.add(vote, start, view);
              whole.add(applyView(vote, 2, patch, view, new Float32Array(vote.length)), start);
            }
          }
          expect(fusion.result()).toEqual(whole.means());
          expect(fusion.variances()).toEqual(whole.variances());
        },
      ),
      { seed: 3, numRuns: 40 },
    );
  });

  it('finds no variance where votes agree, whatever their weights', () => {
    const shape: Triple = [13, 7, 9];
    const patch: Triple = [8, 6, 4];
    const volume = randomVolume(voxelCount(shape), 4);
    for (const window of WINDOW_KINDS) {
      const fusion = new PatchFusion(shape, 1, patch, window, { variance: true });
      for (const { start } of tilePatches(shape, patch, { overlap: 0.75, padding: 'half' })) {
        fusion.add(extractPatch(volume, 1, shape, start, patch, 'reflect', new Float32Array(voxelCount(patch))), start);
      }
      for (const variance of fusion.variances()) expect(variance).toBeLessThan(1e-30);
    }
  });

  it('gives the variance of two votes by hand', () => {
    const fusion = new PatchFusion([6, 1, 1], 1, [4, 1, 1], 'spline', { variance: true });
    fusion.add(Float32Array.of(0, 0, 0, 0), [0, 0, 0]);
    fusion.add(Float32Array.of(1, 1, 1, 1), [2, 0, 0]);
    // Weights of 1/8 and 7/8 where both lie, so 1/8 * 7/8 twice; a single vote has no variance.
    expect([...fusion.variances()]).toEqual([0, 0, 7 / 64, 7 / 64, 0, 0]);
    expect(() => new PatchFusion([6, 1, 1], 1, [4, 1, 1], 'spline').variances()).toThrow(RangeError);
  });

  it('gives the weighted variance of all votes about their mean, and the same means as without', () => {
    const shape: Triple = [7, 5, 6];
    const patch: Triple = [4, 3, 4];
    const windows = patch.map((length) => windowWeights('gaussian', length));
    const fusion = new PatchFusion(shape, 2, patch, 'gaussian', { variance: true });
    const plain = new PatchFusion(shape, 2, patch, 'gaussian');
    const votes = Array.from({ length: 2 * voxelCount(shape) }, (): { weight: number; value: number }[] => []);
    for (const [seed, { start }] of tilePatches(shape, patch, { overlap: 0.6, padding: 'half' }).entries()) {
      // Far from 0, where squares minus a squared mean would have no correct digit left.
      const values = randomVolume(2 * voxelCount(patch), seed).map((value) => 1e4 + value);
      fusion.add(values, start);
      plain.add(values, start);
      for (let element = 0; element < values.length; element++) {
        const place = [element % patch[0], Math.floor(element / patch[0]) % patch[1], 0];
        place[2] = Math.floor(element / (patch[0] * patch[1])) % patch[2];
        const [i, j, k] = place.map((p, axis) => p + start[axis]);
        if (i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]) continue;
        const channel = Math.floor(element / voxelCount(patch));
        const weight = place.reduce((product, p, axis) => product * windows[axis][p], 1);
        votes[i + shape[0] * (j + shape[1] * (k + shape[2] * channel))].push({ weight, value: values[element] });
      }
    }
    const variances = fusion.variances();
    for (const [voxel, own] of votes.entries()) {
      const total = own.reduce((sum, { weight }) => sum + weight, 0);
      const mean = own.reduce((sum, { weight, value }) => sum + weight * value, 0) / total;
      const expected = own.reduce((sum, { weight, value }) => sum + weight * (value - mean) ** 2, 0) / total;
      expect(own.length).toBeGreaterThan(4);
      expect(variances[voxel] / expected).toBeCloseTo(1, 6);
    }
    expect(fusion.result()).toEqual(plain.result());
  });
});
