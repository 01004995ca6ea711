import { describe, expect, it } from 'vitest';
import { emptyPatch } from '../../test/augmentation-source.ts';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { cutAugmented } from './apply.ts';
import { applyBiasField } from './apply-bias-field.ts';
import { applyBrightness, applyContrast } from './apply-brightness.ts';
import { applyGamma } from './apply-gamma.ts';
import { applyLowResolution, applyThickSlices } from './apply-resolution.ts';
import type { AugmentationDraw } from './draw.ts';
import { Scratch } from './scratch.ts';
import type { AugmentationSource } from './source.ts';

const scratch = new Scratch();
const all = (count: number): Int32Array => Int32Array.from({ length: count }, (_, v) => v);
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
const deviation = (values: ArrayLike<number>): number => {
  const middle = mean(values);
  return Math.sqrt(mean(Array.from(values, (v) => (v - middle) ** 2)));
};

describe('brightness and contrast', () => {
  it('are computed by hand, and only on the given voxels', () => {
    const values = Float32Array.of(9, -1, 0, 1, 4, 9);
    applyBrightness(values, Int32Array.of(1, 3, 4), 1.5);
    expect([...values]).toEqual([9, -1.5, 0, 1.5, 6, 9]);
    const lower = Float32Array.of(100, 1, 2, 6, 100);
    applyContrast(lower, Int32Array.of(1, 2, 3), 0.5);
    // Around the mean of 3.
    expect([...lower]).toEqual([100, 2, 2.5, 4.5, 100]);
    const higher = Float32Array.of(1, 2, 6);
    applyContrast(higher, all(3), 1.5);
    // 3 - 3 and 3 + 4.5 go beyond the old range of 1 to 6.
    expect([...higher]).toEqual([1, 1.5, 6]);
  });
});

describe('gamma', () => {
  it('is computed by hand', () => {
    const values = Float32Array.of(0, 1, 2, 50);
    applyGamma(values, all(3), 2, false, scratch);
    // (x / 2)^2 2 = 0, 1/2, 2 with mean 5/6 and variance 13/18; brought back to mean 1 and variance 2/3.
    const ratio = Math.sqrt(2 / 3 / (13 / 18));
    for (const [n, value] of [0, 1 / 2, 2].entries()) expect(values[n]).toBeCloseTo(1 + (value - 5 / 6) * ratio, 6);
    expect(values[3]).toBe(50);
    const inverted = Float32Array.of(0, 1, 2);
    applyGamma(inverted, all(3), 2, true, scratch);
    for (const [n, value] of [0, 3 / 2, 2].entries()) expect(inverted[n]).toBeCloseTo(1 + (value - 7 / 6) * ratio, 6);
  });

  it('has the power of every value, near 0 as elsewhere', () => {
    for (const gamma of [0.5, 0.7, 1.5, 3]) {
      const shares = Float32Array.from({ length: 5001 }, (_, n) => (n / 5000) ** 2);
      const powers = Array.from(shares, (share) => share ** gamma);
      const values = shares.slice();
      applyGamma(values, all(5001), gamma, false, scratch);
      const ratio = deviation(shares) / deviation(powers);
      const [oldMean, newMean] = [mean(shares), mean(powers)];
      for (const [n, power] of powers.entries()) {
        const expected = oldMean + (power - newMean) * ratio;
        expect(Math.abs(values[n] - expected)).toBeLessThan(1e-6);
      }
    }
  });

  it('keeps mean and standard deviation, order and a constant', () => {
    const random = new Random('gamma');
    for (const gamma of [0.5, 0.7, 1, 1.5, 3]) {
      for (const isInverted of [false, true]) {
        const values = Float32Array.from({ length: 501 }, () => random.normal());
        const before = values.slice();
        applyGamma(values, all(501), gamma, isInverted, scratch);
        expect(mean(values)).toBeCloseTo(mean(before), 5);
        expect(deviation(values)).toBeCloseTo(deviation(before), 5);
        const order = [...before.keys()].sort((a, b) => before[a] - before[b]);
        for (let n = 1; n < 501; n++) expect(values[order[n]]).toBeGreaterThanOrEqual(values[order[n - 1]]);
        if (gamma === 1) for (let n = 0; n < 501; n++) expect(values[n]).toBeCloseTo(before[n], 5);
      }
    }
    const constant = new Float32Array(9).fill(1.5);
    applyGamma(constant, all(9), 1.3, false, scratch);
    expect([...constant]).toEqual(Array(9).fill(1.5));
  });
});

describe('low resolution and thick slices', () => {
  it('sample a line down and up by hand', () => {
    const values = Float32Array.of(0, 4, 8, 20);
    applyLowResolution(values, [4, 1, 1], all(4), [0.5, 1, 1], scratch);
    // Two voxels that take n = 1 and n = 3 (floor of 1 and 3); positions -0.25, 0.25, 0.75, 1.25, cut off at 0 and 1.
    expect([...values]).toEqual([4, 8, 16, 20]);
    const single = Float32Array.of(3, 5, 1);
    applyLowResolution(single, [1, 1, 3], all(3), [0.1, 0.1, 0.1], scratch);
    expect([...single]).toEqual([5, 5, 5]);
  });

  it.each([
    // Means 1, 5 and 8 at 0.5, 2.5 and 4.
    [{ axis: 0, voxels: 2, offset: 0 }, [1, 2, 4, 6, 8]],
    // A thinner slice first: 0, then 3 and 7 at 1.5 and 3.5.
    [{ axis: 0, voxels: 2, offset: 1 }, [0, 2, 4, 6, 7]],
    // 0 and 2 at 0.5 (mean 1), then 4, 6, 8 (mean 6) at 3.
    [{ axis: 0, voxels: 3, offset: 2 }, [1, 2, 4, 6, 6]],
    // One slice of all.
    [{ axis: 0, voxels: 7, offset: 0 }, [4, 4, 4, 4, 4]],
  ])('average slices and interpolate between their centers: %j', (slices, expected) => {
    const values = Float32Array.of(0, 2, 4, 6, 8);
    applyThickSlices(values, [5, 1, 1], all(5), slices, scratch);
    for (const [n, value] of expected.entries()) expect(values[n]).toBeCloseTo(value, 6);
  });

  it('work along each axis alike', () => {
    const random = new Random('axes');
    const line = Float32Array.from({ length: 9 }, () => random.normal());
    const expected = line.slice();
    applyThickSlices(expected, [9, 1, 1], all(9), { axis: 0, voxels: 4, offset: 3 }, scratch);
    const low = line.slice();
    applyLowResolution(low, [9, 1, 1], all(9), [0.6, 1, 1], scratch);
    for (const axis of [0, 1, 2]) {
      const shape = [0, 1, 2].map((other) => (other === axis ? 9 : 2 + other)) as unknown as Triple;
      const stride = [1, shape[0], shape[0] * shape[1]][axis];
      const fill = (values: Float32Array) =>
        Float32Array.from({ length: voxelCount(shape) }, (_, v) => values[Math.floor(v / stride) % 9]);
      const image = fill(line);
      applyThickSlices(image, shape, all(image.length), { axis, voxels: 4, offset: 3 }, scratch);
      expect(image).toEqual(fill(expected));
      const coarse = fill(line);
      const scale = [0, 1, 2].map((other) => (other === axis ? 0.6 : 1)) as unknown as Triple;
      applyLowResolution(coarse, shape, all(coarse.length), scale, scratch);
      expect(coarse).toEqual(fill(low));
    }
  });
});

describe('bias field', () => {
  const shape: Triple = [12, 11, 10];
  const voxels = Int32Array.from({ length: voxelCount(shape) }, (_, v) => v).filter((v) => v % 7 !== 3);

  it('is positive and smooth, and keeps the mean and the darkest voxel of the brain', () => {
    for (let round = 0; round < 20; round++) {
      const random = new Random('bias', round);
      const image = Float32Array.from({ length: voxelCount(shape) }, () => random.normal());
      const before = image.slice();
      applyBiasField(image, shape, voxels, { order: 3, coefficient: 0.5 }, random.split('field'), scratch);
      const values = Array.from(voxels, (v) => image[v]);
      const old = Array.from(voxels, (v) => before[v]);
      expect(mean(values)).toBeCloseTo(mean(old), 5);
      const minimum = Math.min(...old);
      expect(Math.min(...values)).toBe(minimum);
      const field = values.map((value, n) => (value - minimum) / (old[n] - minimum));
      for (const factor of field) if (!Number.isNaN(factor)) expect(factor).toBeGreaterThan(0);
      for (let v = 0; v < image.length; v++) if (v % 7 === 3) expect(image[v]).toBe(before[v]);
    }
  });

  it('is the exponential of a polynomial of its order', () => {
    const image = new Float32Array(voxelCount(shape)).fill(1);
    image[0] = 0;
    applyBiasField(image, shape, all(image.length), { order: 2, coefficient: 0.5 }, new Random(4), scratch);
    const logarithm = (i: number, j: number, k: number) => Math.log(image[i + 12 * (j + 11 * k)]);
    // Third differences of a quadratic are 0, in any direction.
    for (const [di, dj, dk] of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
    ]) {
      const [a, b, c, d] = [1, 2, 3, 4].map((n) => logarithm(2 + n * di, 3 + n * dj, 1 + n * dk));
      expect(Math.abs(d - 3 * c + 3 * b - a)).toBeLessThan(2e-6);
      expect(Math.abs(c - 2 * b + a)).toBeGreaterThan(1e-5);
    }
  });

  it('leaves a constant image and an empty brain as they are', () => {
    const image = new Float32Array(voxelCount(shape)).fill(-2);
    applyBiasField(image, shape, voxels, { order: 3, coefficient: 1 }, new Random(1), scratch);
    applyBiasField(image, shape, new Int32Array(0), { order: 3, coefficient: 1 }, new Random(1), scratch);
    expect(image.every((value) => value === -2)).toBe(true);
  });
});

/** A brain of z-scores without holes but smaller than the volume, and a channel that is missing. */
function brainSource(): AugmentationSource {
  const shape: Triple = [24, 22, 20];
  const random = new Random('brain');
  const voxels = voxelCount(shape);
  const brain = Uint8Array.from({ length: voxels }, (_, v) => {
    const at = [v % 24, Math.floor(v / 24) % 22, Math.floor(v / 528)];
    return Math.hypot((at[0] - 11.5) / 12, (at[1] - 10.5) / 11, (at[2] - 9.5) / 10) < 0.95 ? 1 : 0;
  });
  const image = Float32Array.from({ length: 3 * voxels }, (_, n) =>
    brain[n % voxels] && Math.floor(n / voxels) !== 1 ? random.normal() : 0,
  );
  const labels = brain.map((isBrain) => (isBrain && random.uniform() < 0.1 ? 1 : 0));
  return { shape, spacing: [1, 1, 1], image, labels, brain, present: [true, false, true] };
}

const INTENSITIES: Record<string, AugmentationDraw> = {
  biasField: { biasField: { order: 3, coefficient: 0.4, seed: 1 } },
  noise: { noise: { deviation: 0.1, seed: 2 } },
  blur: { blur: [0.8, 0.9, 1] },
  brightness: { brightness: [0.8, 1.2, 1.1] },
  contrast: { contrast: [0.8, 1.2, 1.1] },
  lowResolution: { lowResolution: [0.6, 0.7, 0.8].map((s): [number, number, number] => [s, s, s]) },
  thickSlices: { thickSlices: [0, 1, 2].map((axis) => ({ axis, voxels: 3, offset: 1 })) },
  gammaInverted: { gammaInverted: [0.8, 1.2, 1.4] },
  gamma: { gamma: [0.8, 1.2, 1.4] },
};
INTENSITIES.everything = Object.assign({}, ...Object.values(INTENSITIES), {
  view: 'flip-i',
  rotation: [5, 10, -20],
  scale: [1.1, 1.1, 1.1],
  elastic: { amplitude: [3, 3, 3], spacing: 12, seed: 3 },
});

describe('cutAugmented', () => {
  const source = brainSource();
  const patch: Triple = [17, 16, 15];
  const start: Triple = [-2, 3, 4];
  const voxels = voxelCount(patch);
  const cut = (draw: AugmentationDraw) => {
    const out = emptyPatch(patch, 3);
    cutAugmented(source, start, patch, draw, null, out);
    return out;
  };

  it.each(Object.keys(INTENSITIES))('changes only the brain, in the channels that are there: %s', (name) => {
    const draw = INTENSITIES[name];
    const out = cut(draw);
    const {
      biasField,
      noise,
      blur,
      brightness,
      contrast,
      lowResolution,
      thickSlices,
      gammaInverted,
      gamma,
      ...spatial
    } = draw;
    const plain = cut(spatial);
    expect(out.labels).toEqual(plain.labels);
    expect(out.brain).toEqual(plain.brain);
    expect(out.inside).toEqual(plain.inside);
    let changed = 0;
    for (let n = 0; n < 3 * voxels; n++) {
      expect(Number.isFinite(out.image[n])).toBe(true);
      if (out.brain[n % voxels] === 0 || Math.floor(n / voxels) === 1) expect(out.image[n]).toBe(0);
      else if (out.image[n] !== plain.image[n]) changed++;
    }
    const brain = plain.brain.reduce((sum, isBrain) => sum + isBrain, 0);
    expect(brain).toBeLessThan(voxels);
    expect(changed).toBeGreaterThan(1.6 * brain);
    expect(cut(draw)).toEqual(out);
  });

  it('adds noise with the drawn standard deviation, of its own in each channel', () => {
    const draw = { noise: { deviation: 0.25, seed: 77 } };
    const [noisy, plain] = [cut(draw), cut({})];
    const noiseOf = (channel: number): number[] =>
      [...plain.brain.keys()]
        .filter((v) => plain.brain[v] !== 0)
        .map((v) => noisy.image[channel * voxels + v] - plain.image[channel * voxels + v]);
    const [first, last] = [noiseOf(0), noiseOf(2)];
    const error = 0.25 / Math.sqrt(first.length);
    for (const noise of [first, last]) {
      expect(Math.abs(mean(noise))).toBeLessThan(3.5 * error);
      expect(Math.abs(deviation(noise) - 0.25)).toBeLessThan(3.5 * (error / Math.SQRT2));
    }
    const correlation = mean(first.map((value, n) => (value * last[n]) / 0.0625));
    expect(Math.abs(correlation)).toBeLessThan(3.5 / Math.sqrt(first.length));
    const other = cut({ noise: { deviation: 0.25, seed: 78 } });
    expect(other.image).not.toEqual(noisy.image);
  });

  it('leaves a patch without brain at 0', () => {
    const out = emptyPatch(patch, 3);
    cutAugmented(source, [100, 0, 0], patch, INTENSITIES.everything, null, out);
    for (const values of [out.image, out.labels, out.inside, out.brain])
      expect(values.every((v) => v === 0)).toBe(true);
  });
});
