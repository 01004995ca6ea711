import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { spacingOf, voxelVolumeOf } from '../volume/affine.ts';
import { orientationOf } from '../volume/orientation.ts';
import { type Affine, type Grid, type Triple, voxelCount } from '../volume/volume.ts';
import type { PreprocessPlan } from './plan.ts';
import { type PreparedCase, prepareCase, restoreProbabilities } from './prepare.ts';

const permutations: readonly Triple[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
/** The 48 ways in which i, j, k may run along x, y, z. */
const orientations = permutations.flatMap((axes) => Array.from({ length: 8 }, (_, signs) => ({ axes, signs })));

function affineOf({ axes, signs }: (typeof orientations)[number], spacing: Triple): Affine {
  const affine = [0, 0, 0, -12, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 1];
  for (const [voxelAxis, worldAxis] of axes.entries()) {
    affine[4 * worldAxis + voxelAxis] = (signs >> voxelAxis) & 1 ? -spacing[voxelAxis] : spacing[voxelAxis];
  }
  return affine;
}

const triple = (arbitrary: fc.Arbitrary<number>): fc.Arbitrary<Triple> => fc.tuple(arbitrary, arbitrary, arbitrary);
const scans = fc.record({
  orientation: fc.constantFrom(...orientations),
  shape: triple(fc.integer({ min: 2, max: 9 })),
  spacing: triple(fc.double({ min: 0.4, max: 4, noNaN: true })),
  seed: fc.nat(),
});

/** A scan with a brain of random voxels, two at least, and a reference within it. */
function caseOf({ orientation, shape, spacing, seed }: typeof scans extends fc.Arbitrary<infer S> ? S : never) {
  const random = new Random('case', seed);
  const grid: Grid = { shape, affine: affineOf(orientation, spacing) };
  const size = voxelCount(shape);
  const inside = Uint8Array.from({ length: size }, (_, v) => (v < 2 || random.uniform() < 0.3 ? 1 : 0));
  const values = Float32Array.from({ length: size }, (_, v) => 10 + v / size + random.uniform());
  const labels = inside.map((one) => one * random.integer(3));
  return {
    images: [{ kind: 'scalar' as const, ...grid, data: values }],
    brainMask: { kind: 'label' as const, ...grid, data: inside },
    reference: { kind: 'label' as const, ...grid, data: labels },
  };
}

const plan: PreprocessPlan = { version: 1, modalities: ['T1w'], spacing: null, normalization: 'z-score' };
const count = (labels: ArrayLike<number>, value: number): number =>
  Array.from(labels).filter((label) => label === value).length;

function expectSound(prepared: PreparedCase): void {
  const { grid, brain, image, box, uncropped } = prepared;
  expect(orientationOf(grid.affine)).toBe('RAS');
  expect(brain).toHaveLength(voxelCount(grid.shape));
  // Without a margin: each face of the box touches the brain.
  const touched = [0, 1, 2].flatMap((axis) => [0, grid.shape[axis] - 1].map((end) => [axis, end]));
  for (const [axis, end] of touched) {
    const stride = axis === 0 ? 1 : axis === 1 ? grid.shape[0] : grid.shape[0] * grid.shape[1];
    expect(brain.some((one, v) => one === 1 && Math.floor(v / stride) % grid.shape[axis] === end)).toBe(true);
    expect(box.start[axis] + box.shape[axis]).toBeLessThanOrEqual(uncropped.shape[axis]);
  }
  for (let v = 0; v < brain.length; v++) if (brain[v] === 0) expect(image[v]).toBe(0);
}

describe('prepareCase', () => {
  it('keeps every voxel of brain and reference and finds its way back, whatever the orientation', () => {
    fc.assert(
      fc.property(scans, (scan) => {
        const input = caseOf(scan);
        const prepared = prepareCase(input, plan);
        expectSound(prepared);
        expect(prepared.isResampled).toBe(false);
        expect(count(prepared.brain, 1)).toBe(count(input.brainMask.data, 1));
        const reference = prepared.reference as Uint8Array;
        for (const label of [1, 2]) expect(count(reference, label)).toBe(count(input.reference.data, label));
        // The reference comes back as it was, and so does the image once its scale is undone.
        const back = restoreProbabilities(Float32Array.from(reference), prepared);
        expect(back.affine).toEqual(input.images[0].affine);
        expect([...back.data]).toEqual([...input.reference.data]);
        const inside = Array.from(input.images[0].data).filter((_, v) => input.brainMask.data[v] === 1);
        const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
        const deviation = Math.sqrt(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length);
        const image = restoreProbabilities(prepared.image, prepared).data;
        for (let v = 0; v < image.length; v++) {
          const expected = input.brainMask.data[v] === 1 ? (input.images[0].data[v] - mean) / deviation : 0;
          expect(image[v]).toBeCloseTo(expected, 4);
        }
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('gives a mean of 0 and a deviation of 1, or a mean of 1, within the brain, resampled or not', () => {
    const spacings = fc.option(triple(fc.double({ min: 0.5, max: 2, noNaN: true })));
    fc.assert(
      fc.property(scans, spacings, fc.constantFrom('z-score', 'mean', 'percentile'), (scan, spacing, normalization) => {
        const input = caseOf({ ...scan, shape: [9, 8, 7], spacing: [1, 1.2, 1.1] });
        const whole = { ...input.brainMask, data: new Uint8Array(504).fill(1) };
        const target = spacing === null ? null : ([...spacing] as [number, number, number]);
        const prepared = prepareCase({ ...input, brainMask: whole }, { ...plan, spacing: target, normalization });
        expectSound(prepared);
        const { image } = prepared;
        const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
        const squares = image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length;
        expect(mean).toBeCloseTo(normalization === 'mean' ? 1 : 0, 4);
        if (normalization !== 'mean') expect(Math.sqrt(squares)).toBeCloseTo(1, 4);
        for (const [axis, length] of spacingOf(prepared.grid.affine).entries()) {
          if (target !== null && prepared.isResampled) expect(length).toBeCloseTo(target[axis], 9);
        }
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('brings a field of ones back as ones within the brain and zeros elsewhere, also after resampling', () => {
    fc.assert(
      fc.property(scans, triple(fc.double({ min: 0.3, max: 1, noNaN: true })), (scan, share) => {
        const input = caseOf(scan);
        const whole = { ...input.brainMask, data: new Uint8Array(voxelCount(scan.shape)).fill(1) };
        const turned = spacingOf(prepareCase({ ...input, brainMask: whole }, plan).grid.affine);
        const spacing = turned.map((length, axis) => length * share[axis]) as [number, number, number];
        const prepared = prepareCase({ ...input, brainMask: whole }, { ...plan, spacing });
        const ones = new Float32Array(voxelCount(prepared.grid.shape)).fill(1);
        const back = restoreProbabilities(ones, prepared);
        expect(back.shape).toEqual(scan.shape);
        for (const value of back.data) expect(value).toBeCloseTo(1, 5);
        const masked = { ...prepared, sourceBrain: input.brainMask.data };
        const inBrain = restoreProbabilities(ones, masked).data;
        for (let v = 0; v < inBrain.length; v++) expect(inBrain[v] > 0.5 ? 1 : 0).toBe(input.brainMask.data[v]);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it("keeps a ball's volume within 8 % from 1 mm to other spacings and back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...orientations),
        triple(fc.double({ min: 0.6, max: 1.6, noNaN: true })),
        (orientation, spacing) => {
          const shape: Triple = [25, 27, 23];
          const grid: Grid = { shape, affine: affineOf(orientation, [1, 1, 1]) };
          const ball = Uint8Array.from({ length: voxelCount(shape) }, (_, v) => {
            const place = [v % 25, Math.floor(v / 25) % 27, Math.floor(v / 675)];
            return Math.hypot(place[0] - 12, place[1] - 13, place[2] - 11) < 8 ? 1 : 0;
          });
          const image = {
            kind: 'scalar' as const,
            ...grid,
            data: Float32Array.from(ball, (one, v) => one + 1 + (v % 3)),
          };
          const reference = { kind: 'label' as const, ...grid, data: ball };
          const prepared = prepareCase({ images: [image], reference }, { ...plan, spacing: [...spacing] });
          const volume = count(ball, 1);
          const there = prepared.reference as Uint8Array;
          expect(Math.abs(count(there, 1) * voxelVolumeOf(prepared.grid.affine) - volume)).toBeLessThan(0.08 * volume);
          // The way back keeps the sum of the shares; cut at one half they vary like the way there.
          const back = restoreProbabilities(Float32Array.from(there), prepared).data;
          const sum = back.reduce((total, share) => total + share, 0);
          expect(Math.abs(sum - count(there, 1) * voxelVolumeOf(prepared.grid.affine))).toBeLessThan(0.01 * volume);
        },
      ),
      { seed: 6, numRuns: 40 },
    );
  });
});
