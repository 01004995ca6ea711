import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPatch, randomSource } from '../../test/augmentation-source.ts';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { cutAugmented } from './apply.ts';
import type { AugmentationDraw } from './draw.ts';
import { lesionRegion } from './lesion-region.ts';
import type { AugmentationSource, AugmentedPatch } from './source.ts';

const indexOf = (i: number, j: number, k: number, shape: Triple): number => i + shape[0] * (j + shape[1] * k);
const positionOf = (v: number, shape: Triple): Triple => [
  v % shape[0],
  Math.floor(v / shape[0]) % shape[1],
  Math.floor(v / (shape[0] * shape[1])),
];

/** A donor whose voxel v holds 1000 + v, all brain, with the lesions that a rule marks. */
function donorWith(shape: Triple, spacing: Triple, isLesion: (at: Triple) => boolean): AugmentationSource {
  const voxels = voxelCount(shape);
  const labels = Uint8Array.from({ length: voxels }, (_, v) => (isLesion(positionOf(v, shape)) ? 2 : 0));
  const image = Float32Array.from({ length: voxels }, (_, v) => 1000 + v);
  return { shape, spacing, image, labels, brain: new Uint8Array(voxels).fill(1), present: [true] };
}

/** A recipient of 1 everywhere, without a lesion. */
function recipientOf(shape: Triple, spacing: Triple, isBrain: (at: Triple) => boolean): AugmentationSource {
  const voxels = voxelCount(shape);
  const brain = Uint8Array.from({ length: voxels }, (_, v) => (isBrain(positionOf(v, shape)) ? 1 : 0));
  return { shape, spacing, image: Float32Array.from(brain), labels: new Uint8Array(voxels), brain, present: [true] };
}

function cut(
  source: AugmentationSource,
  start: Triple,
  patch: Triple,
  draw: AugmentationDraw,
  donor: AugmentationSource | null,
): AugmentedPatch {
  const out = emptyPatch(patch, source.present.length);
  cutAugmented(source, start, patch, draw, donor, out);
  return out;
}

/** The region as donor voxels, by the definition: signed distances from every pair of voxels. */
function regionByDefinition(donor: AugmentationSource, lesion: ReadonlySet<number>, margin: number): Set<number> {
  const { shape, spacing } = donor;
  const distance = (a: number, b: number): number => {
    const [p, q] = [positionOf(a, shape), positionOf(b, shape)];
    return Math.hypot(...p.map((n, axis) => (n - q[axis]) * spacing[axis]));
  };
  const voxels = [...donor.labels.keys()];
  const signed = voxels.map((v) => {
    const others = voxels.filter((other) => lesion.has(other) !== lesion.has(v));
    const nearest = Math.min(...others.map((other) => distance(v, other)));
    return lesion.has(v) ? -nearest : nearest;
  });
  const threshold = margin * -Math.min(...signed);
  return new Set(voxels.filter((v) => signed[v] <= threshold + 1e-9));
}

function regionOf(donor: AugmentationSource, voxel: number, margin: number): Set<number> {
  const { box, mask } = lesionRegion(donor, voxel, margin);
  const found = new Set<number>();
  for (const [v, isIn] of mask.entries()) {
    const at = positionOf(v, box.shape).map((n, axis) => n + box.first[axis]);
    const isInVolume = at.every((n, axis) => n >= 0 && n < donor.shape[axis]);
    if (isIn === 1 && isInVolume) found.add(indexOf(at[0], at[1], at[2], donor.shape));
  }
  return found;
}

describe('lesionRegion', () => {
  const shape: Triple = [13, 12, 11];
  // A bar of 5 x 3 x 3 voxels and, away from it, a voxel more.
  const isBar = ([i, j, k]: Triple): boolean => i >= 4 && i <= 8 && j >= 4 && j <= 6 && k >= 4 && k <= 6;
  const bar = new Set<number>();
  for (let v = 0; v < voxelCount(shape); v++) if (isBar(positionOf(v, shape))) bar.add(v);

  it.each([
    [[1, 1, 1], -0.5],
    [[1, 1, 1], -0.3],
    [[1, 1, 1], 0],
    [[1, 1, 1], 0.5],
    [[1, 1, 1], 1],
    [[1, 0.8, 2.5], -0.5],
    [[1, 0.8, 2.5], 0.7],
    [[0.5, 0.8, 2.5], 0.99],
  ] as const)('is the signed-distance ball of the lesion: spacing %j, margin %d', (spacing, margin) => {
    const donor = donorWith(
      shape,
      [...spacing],
      (at) => isBar(at) || indexOf(...at, shape) === indexOf(11, 9, 9, shape),
    );
    const voxel = indexOf(4, 4, 4, shape);
    expect(regionOf(donor, voxel, margin)).toEqual(regionByDefinition(donor, bar, margin));
  });

  it('reaches as far as its depth at a margin of 1', () => {
    const donor = donorWith([9, 9, 9], [1, 1, 1], ([i, j, k]) => i === 4 && j === 4 && k === 4);
    const middle = indexOf(4, 4, 4, [9, 9, 9]);
    expect(regionOf(donor, middle, -0.5)).toEqual(new Set([middle]));
    expect(regionOf(donor, middle, 0.9)).toEqual(new Set([middle]));
    // The depth of one voxel is 1 mm: itself and its six neighbors.
    expect(regionOf(donor, middle, 1).size).toBe(7);
  });

  it('takes voxels that share an edge for one lesion, and those that share a corner for two', () => {
    const at = (lesion: Triple[]) => donorWith([5, 5, 5], [1, 1, 1], (p) => lesion.some((q) => q.join() === p.join()));
    const first = indexOf(1, 1, 1, [5, 5, 5]);
    expect(regionOf(at([[1, 1, 1], [2, 2, 1]]), first, 0).size).toBe(2); // biome-ignore format: pairs
    expect(regionOf(at([[1, 1, 1], [2, 2, 2]]), first, 0).size).toBe(1); // biome-ignore format: pairs
  });

  it('refuses a voxel of the background', () => {
    const donor = donorWith([3, 3, 3], [1, 1, 1], ([i]) => i === 0);
    expect(() => lesionRegion(donor, 1, 0)).toThrow('voxel 1');
    expect(() => lesionRegion(donor, 27, 0)).toThrow('voxel 27');
  });
});

describe('a transplant', () => {
  const shape: Triple = [14, 13, 12];
  const donor = donorWith(
    [11, 10, 9],
    [1, 1, 1],
    ([i, j, k]) => i >= 4 && i <= 6 && j >= 4 && j <= 6 && k >= 3 && k <= 5,
  );
  const voxel = indexOf(5, 5, 4, donor.shape);
  const transplant = { donor: 0, voxel, margin: 1, place: 0 };

  it('replaces image and labels in the region, and nothing else', () => {
    // The brain is the voxel (6, 7, 5) first, and all behind it in memory order.
    const place = indexOf(6, 7, 5, shape);
    const recipient = recipientOf(shape, [1, 1, 1], (at) => indexOf(...at, shape) >= place);
    const out = cut(recipient, [0, 0, 0], shape, { transplant }, donor);
    const region = regionOf(donor, voxel, 1);
    let replaced = 0;
    for (let v = 0; v < voxelCount(shape); v++) {
      const at = positionOf(v, shape);
      // The lesion's middle (5, 5, 4) comes to (6, 7, 5).
      const from = indexOf(at[0] - 1, at[1] - 2, at[2] - 1, donor.shape);
      const isInDonor = at[0] >= 1 && at[0] <= 11 && at[1] >= 2 && at[1] <= 11 && at[2] >= 1 && at[2] <= 9;
      const isReplaced = isInDonor && region.has(from) && recipient.brain[v] === 1;
      expect(out.image[v]).toBe(isReplaced ? donor.image[from] : recipient.image[v]);
      expect(out.labels[v]).toBe(isReplaced ? donor.labels[from] : 0);
      if (isReplaced) replaced++;
    }
    expect(replaced).toBeGreaterThan(30);
    expect(replaced).toBeLessThan(region.size);
    expect([...out.brain]).toEqual([...recipient.brain]);
    expect(recipient.labels.every((label) => label === 0)).toBe(true);
  });

  it('lands anywhere in the brain of the patch, by the share of its voxels', () => {
    const brain = [
      indexOf(2, 2, 2, shape),
      indexOf(9, 3, 4, shape),
      indexOf(8, 9, 8, shape),
      indexOf(13, 12, 11, shape),
    ];
    const recipient = recipientOf(shape, [1, 1, 1], (at) => brain.includes(indexOf(...at, shape)));
    // The patch has the first three only; a brain of single voxels lets only the lesion's middle in.
    for (const [place, expected] of [
      [0, 0],
      [0.333, 0],
      [0.334, 1],
      [0.666, 1],
      [0.667, 2],
      [0.999999, 2],
    ]) {
      const out = cut(recipient, [1, 1, 1], [10, 10, 10], { transplant: { ...transplant, place } }, donor);
      const [i, j, k] = positionOf(brain[expected], shape);
      const at = indexOf(i - 1, j - 1, k - 1, [10, 10, 10]);
      expect([...out.labels.keys()].filter((v) => out.labels[v] !== 0)).toEqual([at]);
      expect(out.image[at]).toBe(1000 + voxel);
    }
  });

  it('is left out where the patch has no brain', () => {
    const recipient = recipientOf(shape, [1, 1, 1], ([i]) => i > 10);
    const out = cut(recipient, [0, 0, 0], [8, 8, 8], { transplant }, donor);
    expect(out).toEqual(cut(recipient, [0, 0, 0], [8, 8, 8], {}, null));
  });

  it('leaves out what is not brain in the donor, and channels that the recipient lacks', () => {
    const half = {
      ...donor,
      brain: Uint8Array.from(donor.brain, (_, v) => (positionOf(v, donor.shape)[0] <= 5 ? 1 : 0)),
    };
    const twice = (source: AugmentationSource, present: boolean[]) => {
      const image = new Float32Array(2 * source.image.length);
      image.set(source.image);
      if (present[1]) image.set(source.image, source.image.length);
      return { ...source, image, present };
    };
    const recipient = twice(
      recipientOf(shape, [1, 1, 1], () => true),
      [true, false],
    );
    const place = (indexOf(7, 6, 6, shape) + 0.5) / voxelCount(shape);
    const out = cut(
      recipient,
      [0, 0, 0],
      shape,
      { transplant: { ...transplant, margin: 0, place } },
      twice(half, [true, true]),
    );
    const count = voxelCount(shape);
    expect(out.image.subarray(0, count).filter((value) => value >= 1000)).toHaveLength(18);
    expect(out.labels.filter((label) => label === 2)).toHaveLength(18);
    expect(out.image.subarray(count).every((value) => value === 0)).toBe(true);
  });

  it('keeps lengths in mm between grids of other spacings', () => {
    // A ball of 4 mm in donor voxels of 1 mm, on a recipient of 2 x 1 x 0.5 mm.
    const ball = donorWith([15, 15, 15], [1, 1, 1], (at) => Math.hypot(...at.map((n) => n - 7)) <= 4.2);
    const linear = { ...ball, image: Float32Array.from(ball.image, (_, v) => 100 + positionOf(v, ball.shape)[0]) };
    const large: Triple = [13, 21, 45];
    const recipient = recipientOf(large, [2, 1, 0.5], () => true);
    const middle = indexOf(6, 10, 22, large);
    const place = (middle + 0.5) / voxelCount(large);
    const drawn = { donor: 0, voxel: indexOf(7, 7, 7, ball.shape), margin: 0, place };
    const out = cut(recipient, [0, 0, 0], large, { transplant: drawn }, linear);
    const volume = ball.labels.filter((label) => label !== 0).length;
    expect(Math.abs(out.labels.filter((label) => label === 2).length / volume - 1)).toBeLessThan(0.05);
    for (let v = 0; v < out.labels.length; v++) {
      if (out.labels[v] === 0) expect(out.image[v]).toBe(1);
      else expect(out.image[v]).toBeCloseTo(107 + 2 * (positionOf(v, large)[0] - 6), 4);
    }
  });

  it('gives the same as a transplant into the whole volume, whatever else is done to the patch', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(undefined, 'flip-i' as const, 'flip-jk' as const),
        fc.boolean(),
        (seed, view, isTurned) => {
          const random = new Random(seed);
          const recipient = randomSource(random, [16, 15, 14], [1, 1.5, 1], [true]);
          const other = { ...randomSource(random, [9, 10, 11], [1, 1.5, 1], [true]), spacing: recipient.spacing };
          const lesion = other.labels.findIndex((label) => label !== 0);
          const drawn = { donor: 0, voxel: lesion, margin: random.uniform() - 0.3, place: random.uniform() };
          const patch: Triple = [1 + random.integer(9), 1 + random.integer(9), 1 + random.integer(9)];
          const start: Triple = [random.integer(12) - 2, random.integer(12) - 2, random.integer(12) - 2];
          const angle = () => 80 * random.uniform() - 40;
          const spatial: AugmentationDraw = isTurned
            ? { rotation: [angle(), angle(), angle()], elastic: { amplitude: [2, 2, 2], spacing: 6, seed: 4 } }
            : {};
          const turn = view === undefined ? spatial : { ...spatial, view };
          const out = cut(recipient, start, patch, { ...turn, transplant: drawn }, other);

          // The whole volume with the lesion at the same voxel, which has another share among the whole's voxels.
          const inPatch = [...recipient.brain.keys()].filter(
            (v) =>
              recipient.brain[v] !== 0 &&
              positionOf(v, recipient.shape).every((n, axis) => n >= start[axis] && n < start[axis] + patch[axis]),
          );
          if (inPatch.length === 0) {
            expect(out).toEqual(cut(recipient, start, patch, turn, null));
            return;
          }
          const place = inPatch[Math.floor(drawn.place * inPatch.length)];
          const brain = [...recipient.brain.keys()].filter((v) => recipient.brain[v] !== 0);
          const share = (brain.indexOf(place) + 0.5) / brain.length;
          const whole = cut(recipient, [0, 0, 0], recipient.shape, { transplant: { ...drawn, place: share } }, other);
          const expected = cut({ ...recipient, image: whole.image, labels: whole.labels }, start, patch, turn, null);
          expect(out.labels).toEqual(expected.labels);
          expect(out.inside).toEqual(expected.inside);
          for (const [n, value] of out.image.entries()) expect(Math.abs(value - expected.image[n])).toBeLessThan(1e-5);
        },
      ),
      { seed: 13, numRuns: 120 },
    );
  });

  it('needs a donor', () => {
    const recipient = recipientOf(shape, [1, 1, 1], () => true);
    expect(() => cut(recipient, [0, 0, 0], [4, 4, 4], { transplant }, null)).toThrow('donor');
  });
});
