import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { spacingOf, transformPoint } from '../volume/affine.ts';
import { orientationOf } from '../volume/orientation.ts';
import type { Affine, LabelVolume, ScalarVolume, Triple } from '../volume/volume.ts';
import type { PreprocessPlan } from './plan.ts';
import { prepareCase, presentChannels, restoreProbabilities } from './prepare.ts';

const identity: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** i runs to the left, j to posterior, k to superior; spacing 1, 1, 3. */
const lps: Affine = [-1, 0, 0, 10, 0, -1, 0, 20, 0, 0, 3, -5, 0, 0, 0, 1];

function image(shape: Triple, values: readonly number[], affine: Affine = identity): ScalarVolume {
  return { kind: 'scalar', shape, affine, data: Float32Array.from(values) };
}

function labels(shape: Triple, values: readonly number[], affine: Affine = identity): LabelVolume {
  return { kind: 'label', shape, affine, data: Uint8Array.from(values) };
}

const plan: PreprocessPlan = { version: 1, modalities: ['FLAIR'], spacing: null, normalization: 'mean' };

describe('prepareCase without resampling', () => {
  it('turns to RAS+, crops to where the first image is not 0, and divides by the mean', () => {
    // 4 x 3 x 1 voxels; the brain is the 2 x 2 block of 1, 2, 3, 6, whose mean is 3.
    const scan = image([4, 3, 1], [0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 6, 0], lps);
    const reference = labels([4, 3, 1], [0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 9], lps);
    const prepared = prepareCase({ images: [scan], reference }, plan);
    expect(prepared.grid.shape).toEqual([2, 2, 1]);
    expect(orientationOf(prepared.grid.affine)).toBe('RAS');
    // Both axes are flipped, so the order of the four is reversed.
    expect([...prepared.image]).toEqual([2, 1, 2 / 3, 1 / 3].map(Math.fround));
    expect([...prepared.brain]).toEqual([1, 1, 1, 1]);
    expect([...(prepared.reference as Uint8Array)]).toEqual([0, 0, 7, 0]);
    // The voxel of value 6 was at (2, 2, 0) and is now the first one.
    expect(transformPoint(prepared.grid.affine, [0, 0, 0])).toEqual(transformPoint(lps, [2, 2, 0]));
    expect(prepared.isResampled).toBe(false);
  });

  it('computes the z-score over the mask and gives 0 outside it, for every modality', () => {
    const mask = labels([3, 1, 1], [2, 0, 2]);
    const flair = image([3, 1, 1], [4, 100, 8]);
    const t1 = image([3, 1, 1], [-1, 50, -3]);
    const both: PreprocessPlan = { ...plan, modalities: ['FLAIR', 'T1w'], normalization: 'z-score' };
    const prepared = prepareCase({ images: [flair, t1], brainMask: mask }, both);
    expect([...prepared.image]).toEqual([-1, 0, 1, 1, 0, -1]);
    expect([...prepared.brain]).toEqual([1, 0, 1]);
  });

  it('keeps the own spacing where it is within 1 % of the plan', () => {
    const scan = image([2, 1, 1], [1, 2], [0.9995, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const prepared = prepareCase({ images: [scan] }, { ...plan, spacing: [1, 1, 1] });
    expect(prepared.isResampled).toBe(false);
    expect(prepared.grid.affine[0]).toBe(0.9995);
  });
});

describe('prepareCase with resampling', () => {
  it('halves the spacing of image, brain and labels by hand-computed shares', () => {
    // New centers lie at -0.25, 0.25, 0.75, …; the brain's indicator there: 0, 0.25, 0.75, 1, 1, 0.75, 0.25, 0.
    const scan = image([4, 1, 1], [0, 4, 8, 0]);
    const reference = labels([4, 1, 1], [0, 1, 2, 0]);
    const prepared = prepareCase({ images: [scan], reference }, { ...plan, spacing: [0.5, 1, 1] });
    expect(prepared.uncropped.shape).toEqual([8, 1, 1]);
    expect(prepared.box).toEqual({ start: [2, 0, 0], shape: [4, 1, 1] });
    // 0.75 * 4, 0.75 * 4 + 0.25 * 8, 0.25 * 4 + 0.75 * 8, 0.75 * 8 and their mean 5.25
    const expected = [3, 5, 7, 6].map((value) => Math.fround(value / 5.25));
    expect([...prepared.image]).toEqual(expected);
    expect([...(prepared.reference as Uint8Array)]).toEqual([1, 1, 2, 2]);
    expect(spacingOf(prepared.grid.affine)).toEqual([0.5, 1, 1]);
    expect(transformPoint(prepared.grid.affine, [0, 0, 0])).toEqual([0.75, 0, 0]);
  });

  it('gives a coarser voxel the label of most of what it covers', () => {
    const scan = image([6, 1, 1], [1, 2, 3, 4, 5, 6]);
    const reference = labels([6, 1, 1], [1, 1, 0, 0, 1, 0]);
    const prepared = prepareCase({ images: [scan], reference }, { ...plan, spacing: [3, 1, 1] });
    expect([...(prepared.reference as Uint8Array)]).toEqual([1, 0]);
  });

  it('keeps no voxel whose center is not inside the brain', () => {
    const scan = image([8, 1, 1], [5, 5, 5, 1, 2, 3, 5, 5]);
    const mask = labels([8, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0]);
    const prepared = prepareCase({ images: [scan], brainMask: mask }, { ...plan, spacing: [0.5, 1, 1] });
    expect([...prepared.brain]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(prepared.box.start).toEqual([6, 0, 0]);
  });
});

describe('restoreProbabilities', () => {
  const orientations: [string, Affine][] = [
    ['RAS', identity],
    ['LPS', lps],
    ['PIR', [0, 0, 2, -7, -1, 0, 0, 3, 0, -1.5, 0, 4, 0, 0, 0, 1]],
    ['oblique', [0.96, -0.28, 0, 1, 0.28, 0.96, 0, 2, 0, 0, 2, 3, 0, 0, 0, 1]],
  ];

  it.each(orientations)('returns the very values of a %s scan where nothing was resampled', (_, affine) => {
    const random = new Random('restore');
    const shape: Triple = [5, 4, 3];
    const values = Array.from({ length: 60 }, () => random.uniform() + 0.1);
    // A brain that does not fill its box, so that the mask matters as well as the crop.
    const inside = values.map((_, v) => (v % 5 >= 1 && v % 5 < 4 && v !== 27 && v < 40 ? 1 : 0));
    const prepared = prepareCase(
      { images: [image(shape, values, affine)], brainMask: labels(shape, inside, affine) },
      { ...plan, normalization: 'mean' },
    );
    // Numbering the voxels of the network's grid, and finding each one's place in the scan through the world.
    const numbers = prepared.brain.map((_, v) => v + 1);
    const restored = restoreProbabilities(Float32Array.from(numbers), prepared);
    expect(restored.shape).toEqual(shape);
    expect(restored.affine).toEqual(affine);
    const mean =
      values.reduce((sum, value, v) => sum + value * inside[v], 0) / inside.reduce<number>((sum, one) => sum + one, 0);
    for (let v = 0; v < 60; v++) {
      const number = restored.data[v];
      if (inside[v] === 0) expect(number).toBe(0);
      else expect(prepared.image[number - 1]).toBeCloseTo(values[v] / mean, 5);
    }
  });

  it('interpolates in world coordinates after resampling, and reproduces a linear ramp inside', () => {
    const shape: Triple = [7, 6, 4];
    const affine = lps;
    const values = Array.from({ length: 168 }, (_, v) => 1 + (v % 3));
    const prepared = prepareCase({ images: [image(shape, values, affine)] }, { ...plan, spacing: [0.8, 0.9, 1] });
    expect(prepared.isResampled).toBe(true);
    const [ni, nj] = prepared.grid.shape;
    const ramp = Float32Array.from(prepared.brain, (_, v) => {
      const i = v % ni;
      const j = Math.floor(v / ni) % nj;
      const k = Math.floor(v / (ni * nj));
      const [x, y, z] = transformPoint(prepared.grid.affine, [i, j, k]);
      return 100 + x + 2 * y - 3 * z;
    });
    const restored = restoreProbabilities(ramp, prepared);
    for (let k = 1; k < 3; k++) {
      for (let j = 1; j < 5; j++) {
        for (let i = 1; i < 6; i++) {
          const [x, y, z] = transformPoint(affine, [i, j, k]);
          // Along k the scan is three times coarser than the network's grid; averaging a ramp leaves it a ramp,
          // but for the tails of the Gaussian that reach beyond the end (1e-3 here).
          expect(restored.data[i + 7 * (j + 6 * k)]).toBeCloseTo(100 + x + 2 * y - 3 * z, 2);
        }
      }
    }
  });

  it('gives 0 outside the brain of the scan after resampling', () => {
    const scan = image([6, 1, 1], [0, 0, 3, 5, 0, 0]);
    const prepared = prepareCase({ images: [scan] }, { ...plan, spacing: [0.5, 1, 1] });
    const restored = restoreProbabilities(new Float32Array(prepared.brain.length).fill(1), prepared);
    expect([...restored.data]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('refuses values of another grid', () => {
    const prepared = prepareCase({ images: [image([2, 1, 1], [1, 2])] }, plan);
    expect(() => restoreProbabilities(new Float32Array(3), prepared)).toThrow('3 values for a grid of 2x1x1');
  });
});

describe('faults of the data', () => {
  const two: PreprocessPlan = { ...plan, modalities: ['FLAIR', 'T1w'] };
  const good = image([2, 1, 1], [1, 2]);

  it('names an empty image and an empty mask together', () => {
    const empty = image([2, 1, 1], [0, 0]);
    const run = () => prepareCase({ images: [good, empty], brainMask: labels([2, 1, 1], [0, 0]) }, two);
    expect(run).toThrow(/The T1w image is empty.*\nThe brain mask is empty/);
  });

  it('names constant images, also when their rounded values differ a little from their mean', () => {
    const constant = image([2, 1, 1], [1000.1, 1000.1]);
    expect(() => prepareCase({ images: [constant] }, plan)).toThrow(
      /FLAIR image is constant within the brain \(1000.1\)/,
    );
  });

  it('refuses to divide by a mean that is not positive', () => {
    const centered = image([2, 1, 1], [-1, 1]);
    expect(() => prepareCase({ images: [centered] }, plan)).toThrow('has a mean of 0 within the brain');
    expect([...prepareCase({ images: [centered] }, { ...plan, normalization: 'z-score' }).image]).toEqual([-1, 1]);
  });

  it('names values that are no numbers', () => {
    expect(() => prepareCase({ images: [image([2, 1, 1], [1, Number.NaN])] }, plan)).toThrow('no numbers');
  });

  it('refuses grids that differ, missing images and labels above 255', () => {
    const shifted = image([2, 1, 1], [1, 2], [1, 0, 0, 4, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect(() => prepareCase({ images: [good, shifted] }, two)).toThrow('The T1w image has another grid');
    expect(() => prepareCase({ images: [good] }, two)).toThrow('1 images for the 2 modalities FLAIR, T1w');
    const reference: LabelVolume = { kind: 'label', shape: [2, 1, 1], affine: identity, data: Int16Array.of(0, 300) };
    expect(() => prepareCase({ images: [good], reference }, plan)).toThrow('the label 300');
  });
});

describe('prepareCase with modalities that are missing', () => {
  const names = ['FLAIR', 'T1w', 'T2w'];
  const three: PreprocessPlan = { ...plan, modalities: names, normalization: 'z-score' };
  const random = new Random('missing');
  const scans = names.map(() =>
    image(
      [5, 4, 3],
      Array.from({ length: 60 }, () => 1 + random.uniform()),
      lps,
    ),
  );
  const brainMask = labels(
    [5, 4, 3],
    Array.from({ length: 60 }, (_, voxel) => (voxel % 5 === 4 ? 0 : 1)),
    lps,
  );

  it.each([[[0]], [[1]], [[2]], [[0, 1]], [[1, 2]]])(
    'gives what the whole scan gives with the channels %j set to 0, resampled or not',
    (absent) => {
      for (const spacing of [null, [0.8, 1, 2] as [number, number, number]]) {
        const whole = prepareCase({ images: scans, brainMask }, { ...three, spacing });
        const size = whole.brain.length;
        const expected = whole.image.slice();
        for (const channel of absent) expected.fill(0, channel * size, (channel + 1) * size);
        const images = scans.map((scan, channel) => (absent.includes(channel) ? null : scan));
        const prepared = prepareCase({ images, brainMask }, { ...three, spacing });
        expect(prepared).toEqual({ ...whole, image: expected });
        expect(presentChannels(prepared.image, 3)).toEqual(names.map((_, channel) => !absent.includes(channel)));
      }
    },
  );

  it('takes the brain from the first image that there is', () => {
    const t1w = image([4, 1, 1], [0, 2, 4, 0]);
    const t2w = image([4, 1, 1], [1, 1, 2, 3]);
    const prepared = prepareCase({ images: [null, t1w, t2w] }, three);
    expect(prepared.grid.shape).toEqual([2, 1, 1]);
    expect([...prepared.image]).toEqual([0, 0, -1, 1, -1, 1]);
  });

  it('refuses a scan without any image, and grids that differ from the first one there is', () => {
    expect(() => prepareCase({ images: [null, null, null] }, three)).toThrow(
      'There is no image of the modalities FLAIR, T1w, T2w; give at least one.',
    );
    const shifted = image([5, 4, 3], [...scans[2].data]);
    expect(() => prepareCase({ images: [null, scans[1], shifted] }, three)).toThrow(
      /^The T2w image has another grid than the T1w image/,
    );
  });
});
