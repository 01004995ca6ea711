import { describe, expect, it } from 'vitest';
import { invertAffine, multiplyAffine, spacingOf, transformPoint, voxelVolumeOf } from './affine.ts';
import { gridWithSpacing, resampleImage, resampleLabels } from './resample.ts';
import { type Affine, type Grid, type LabelVolume, type ScalarVolume, type Triple, voxelCount } from './volume.ts';

/*
 * Fields that are known everywhere, sampled on one grid and resampled onto another, both turned and sheared against the world
 * and against each other.
 */

/** Turned about two axes, sheared, with unequal spacings: no angle between its columns is a right one. */
function skewed(turn: number, shear: number, spacing: Triple, center: Triple, shape: Triple): Grid {
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const about = (axis: number): Affine =>
    [
      [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1],
      [c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1],
      [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    ][axis];
  const sheared = [1, shear, -0.5 * shear, 0, 0, 1, shear, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const scaled = [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
  const affine = [...multiplyAffine(about(2), multiplyAffine(about(0), multiplyAffine(sheared, scaled)))];
  const middle = transformPoint(affine, shape.map((extent) => (extent - 1) / 2) as unknown as Triple);
  for (let row = 0; row < 3; row++) affine[4 * row + 3] += center[row] - middle[row];
  return { shape, affine };
}

function forEachVoxel(grid: Grid, visit: (world: Triple, index: number, voxel: Triple) => void): void {
  let index = 0;
  for (let k = 0; k < grid.shape[2]; k++) {
    for (let j = 0; j < grid.shape[1]; j++) {
      for (let i = 0; i < grid.shape[0]; i++) visit(transformPoint(grid.affine, [i, j, k]), index++, [i, j, k]);
    }
  }
}

function sample(grid: Grid, field: (point: Triple) => number): ScalarVolume {
  const data = new Float32Array(voxelCount(grid.shape));
  forEachVoxel(grid, (world, index) => {
    data[index] = field(world);
  });
  return { kind: 'scalar', ...grid, data };
}

/** How far values lie from `field` where the target lies at least `margin` voxels inside the source. */
function errorsOf(
  result: ScalarVolume,
  source: Grid,
  field: (point: Triple) => number,
  margin: number,
): { largest: number; rootMeanSquare: number } {
  const toSource = multiplyAffine(invertAffine(source.affine), result.affine);
  let largest = 0;
  let squares = 0;
  let compared = 0;
  forEachVoxel(result, (world, index, voxel) => {
    const place = transformPoint(toSource, voxel);
    if (!place.every((value, axis) => value >= margin && value <= source.shape[axis] - 1 - margin)) return;
    const error = Math.abs(result.data[index] - field(world));
    largest = Math.max(largest, error);
    squares += error * error;
    compared++;
  });
  expect(compared).toBeGreaterThan(400);
  return { largest, rootMeanSquare: Math.sqrt(squares / compared) };
}

function largestError(...parameters: Parameters<typeof errorsOf>): number {
  return errorsOf(...parameters).largest;
}

const source = skewed(0.35, 0.25, [1.1, 0.9, 1.6], [12, -30, 44], [41, 47, 29]);
const finer = skewed(-0.5, -0.2, [0.8, 0.7, 1.1], [13, -29, 45], [23, 25, 21]);

/** Waves long against the voxels, along directions of no axis. */
const wave = ([x, y, z]: Triple): number =>
  Math.sin(0.31 * x + 0.17 * y - 0.11 * z) + 0.5 * Math.cos(0.13 * x - 0.29 * y + 0.19 * z);
/** The largest curvature of `wave`, and of its third derivative, along a unit vector. */
const [k1, k2] = [Math.hypot(0.31, 0.17, 0.11), Math.hypot(0.13, 0.29, 0.19)];

describe('a smooth field on oblique and sheared grids', () => {
  it('is met by linear interpolation within h^2/8 of its curvature along each axis', () => {
    const steps = spacingOf(source.affine);
    const bound = steps.reduce((sum, step) => sum + (step * step * (k1 ** 2 + 0.5 * k2 ** 2)) / 8, 0);
    const result = resampleImage(sample(source, wave), finer, { outside: 0 });
    expect(largestError(result, source, wave, 0)).toBeLessThan(bound);
    expect(bound).toBeLessThan(0.15);
  });

  it('is met by cubic interpolation many times closer', () => {
    const volume = sample(source, wave);
    const linear = largestError(resampleImage(volume, finer, { outside: 0 }), source, wave, 2);
    const cubic = largestError(resampleImage(volume, finer, { outside: 0, interpolation: 'cubic' }), source, wave, 2);
    expect(cubic).toBeLessThan(linear / 5);
    expect(cubic).toBeLessThan(0.01);
  });

  it('converges with the third power of the voxel for cubic, with the second for linear', () => {
    // Finer than both, so that neither is blurred.
    const finest = skewed(-0.5, -0.2, [0.31, 0.29, 0.33], [13, -29, 45], [31, 33, 29]);
    const errors = [1, 0.5].map((scale) => {
      const grid = gridWithSpacing(source, spacingOf(source.affine).map((step) => step * scale) as unknown as Triple);
      const volume = sample(grid, wave);
      return (['linear', 'cubic'] as const).map((interpolation) => {
        const result = resampleImage(volume, finest, { outside: 0, interpolation });
        return errorsOf(result, grid, wave, 2 / scale).rootMeanSquare;
      });
    });
    expect(errors[0][0] / errors[1][0]).toBeGreaterThan(3.4);
    expect(errors[0][1] / errors[1][1]).toBeGreaterThan(6.5);
  });
});

describe('cubic interpolation', () => {
  const quadratic = ([x, y, z]: Triple): number => 3 + 0.2 * x - 0.05 * x * y + 0.02 * z * z - 0.03 * y * z;

  it('gives back polynomials of the second degree', () => {
    const near = skewed(0.35, 0.25, [1.1, 0.9, 1.6], [0, 0, 0], [21, 23, 17]);
    const turned = skewed(-0.2, 0.1, [0.7, 0.6, 0.9], [0.3, 0.2, -0.1], [13, 15, 14]);
    const result = resampleImage(sample(near, quadratic), turned, { outside: 0, interpolation: 'cubic' });
    expect(largestError(result, near, quadratic, 1)).toBeLessThan(2e-5);
  });

  it('has the weights -1/16, 9/16, 9/16, -1/16 halfway, by hand, and repeats the border', () => {
    const line: ScalarVolume = {
      kind: 'scalar',
      shape: [4, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      data: Float32Array.of(16, 32, 64, 160),
    };
    const target: Grid = { shape: [9, 1, 1], affine: [0.5, 0, 0, -0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    const { data } = resampleImage(line, target, { outside: -1, interpolation: 'cubic' });
    // Halfway between 16 and 32: (9 * (16 + 32) - 16 - 64) / 16 = 22; 32 and 64: (9 * 96 - 16 - 160) / 16 = 43;
    // 64 and 160: (9 * 224 - 32 - 160) / 16 = 114.
    expect([...data]).toEqual([16, 16, 22, 32, 43, 64, 114, 160, 160]);
    const beyond: Grid = { ...target, affine: [1, 0, 0, -2, ...target.affine.slice(4)] };
    expect([...resampleImage(line, beyond, { outside: -1, interpolation: 'cubic' }).data]).toEqual([
      ...[-1, -1, 16, 32, 64, 160, -1, -1, -1],
    ]);
  });

  it('comes back unchanged on its own grid', () => {
    const volume = sample(source, wave);
    const again = resampleImage(volume, source, { outside: -1, interpolation: 'cubic' });
    expect(Math.max(...again.data.map((value, index) => Math.abs(value - volume.data[index])))).toBeLessThan(1e-5);
  });
});

describe('down-sampling on oblique and sheared grids', () => {
  /*
   * The blur along voxel axis a is a Gaussian along the affine's column v_a; all three together have the covariance
   * sum_a sigma_a^2 v_a v_a^T, by which a wave cos(w x) loses exp(-w^T C w / 2) of its height.
   */
  it.each(['linear', 'cubic'] as const)('damps a wave as the Gaussian does (%s)', (interpolation) => {
    const fine = skewed(0.35, 0.25, [0.6, 0.5, 0.7], [12, -30, 44], [81, 87, 75]);
    const coarse = gridWithSpacing(fine, [1.5, 1.75, 1.4]);
    const factors = [1.5 / 0.6, 1.75 / 0.5, 1.4 / 0.7];
    const w: Triple = [0.7, -0.5, 0.6];
    let exponent = 0;
    for (let axis = 0; axis < 3; axis++) {
      const along = w[0] * fine.affine[axis] + w[1] * fine.affine[4 + axis] + w[2] * fine.affine[8 + axis];
      exponent += ((factors[axis] ** 2 - 1) / (8 * Math.LN2)) * along * along;
    }
    const damping = Math.exp(-exponent / 2);
    const phase = ([x, y, z]: Triple): number => w[0] * (x - 12) + w[1] * (y + 30) + w[2] * (z - 44);
    const result = resampleImage(
      sample(fine, (point) => Math.cos(phase(point))),
      coarse,
      { outside: 0, interpolation },
    );
    const error = largestError(result, fine, (point) => damping * Math.cos(phase(point)), 10);
    expect(error).toBeLessThan(interpolation === 'linear' ? 0.03 : 0.01);
    expect(damping).toBeLessThan(0.9);
  });

  it('damps along the axis of the image that the coarse steps follow, whichever axis of the target makes them', () => {
    const fine: Grid = { shape: [40, 120, 30], affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    // The target's i runs along y in steps of 3 mm, its j along x in steps of 1 mm.
    const turned: Grid = { shape: [40, 40, 30], affine: [0, 1, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    const damping = Math.exp((-0.5 * (9 - 1) * 0.5 ** 2) / (8 * Math.LN2));
    const alongY = resampleImage(
      sample(fine, ([, y]) => Math.cos(0.5 * y)),
      turned,
      { outside: 0 },
    );
    expect(largestError(alongY, fine, ([, y]) => damping * Math.cos(0.5 * y), 8)).toBeLessThan(1e-3);
    const alongX = resampleImage(
      sample(fine, ([x]) => Math.cos(0.5 * x)),
      turned,
      { outside: 0 },
    );
    expect(largestError(alongX, fine, ([x]) => Math.cos(0.5 * x), 8)).toBeLessThan(1e-6);
  });

  it('takes away what the coarse grid cannot hold', () => {
    const fine = skewed(0.35, 0.25, [0.6, 0.6, 0.6], [0, 0, 0], [64, 64, 64]);
    const stripes = sample(fine, () => 0);
    for (let index = 0; index < stripes.data.length; index++) stripes.data[index] = index % 2;
    const result = resampleImage(stripes, gridWithSpacing(fine, [1.8, 1.8, 1.8]), { outside: 0 });
    // Stripes of one voxel have the mean 1/2, whichever stripe a coarse voxel's center falls on.
    expect(largestError(result, fine, () => 0.5, 4)).toBeLessThan(0.03);
  });
});

describe('a mask there and back', () => {
  /** A smooth blob of no symmetry, in mm about the grid's center, some 20 mm across. */
  const isInside = ([x, y, z]: Triple): boolean =>
    (x / 19) ** 2 + (y / 15) ** 2 + (z / 17) ** 2 + 0.25 * Math.sin(x / 7) * Math.cos(y / 6) + 0.1 * Math.sin(z / 5) <
    1;

  const maskOn = (grid: Grid): LabelVolume => {
    const data = new Uint8Array(voxelCount(grid.shape));
    forEachVoxel(grid, (world, index) => {
      data[index] = isInside(world) ? 1 : 0;
    });
    return { kind: 'label', ...grid, data };
  };
  const volumeOf = (mask: LabelVolume): number =>
    Array.from(mask.data).reduce((sum, label) => sum + label, 0) * voxelVolumeOf(mask.affine);

  const straight: Grid = { shape: [56, 52, 54], affine: [1, 0, 0, -27.5, 0, 1, 0, -25.5, 0, 0, 1, -26.5, 0, 0, 0, 1] };
  const oblique = skewed(0.35, 0.2, [0.9, 1, 1.1], [0, 0, 0], [64, 60, 56]);

  // Grids up to twice as coarse, three times along one axis. The nearest label repeats or drops whole planes of voxels, so
  // that coarser grids, or ratios near 1 along an oblique axis, may change the volume by 1 or 2 % in a single step.
  it.each<[string, Grid, Triple]>([
    ['straight', straight, [0.5, 0.5, 0.5]],
    ['straight', straight, [0.8, 0.8, 2]],
    ['straight', straight, [1.5, 1.5, 1.5]],
    ['straight', straight, [0.9, 0.9, 3]],
    ['straight', straight, [2, 2, 2]],
    ['oblique and sheared', oblique, [0.6, 0.6, 0.6]],
    ['oblique and sheared', oblique, [1, 1, 2]],
    ['oblique and sheared', oblique, [1.3, 1.4, 1.5]],
  ])('keeps its volume within 1 %% (%s, case %#)', (_, grid, spacing) => {
    const mask = maskOn(grid);
    const there = resampleLabels(mask, gridWithSpacing(grid, spacing));
    const back = resampleLabels(there, grid);
    expect(Math.abs(volumeOf(back) / volumeOf(mask) - 1)).toBeLessThan(0.01);
    expect(Math.abs(volumeOf(there) / volumeOf(mask) - 1)).toBeLessThan(0.025);
    expect(volumeOf(mask)).toBeGreaterThan(10_000);
  });

  it('keeps its volume on a grid turned and sheared against it', () => {
    const mask = maskOn(straight);
    const turned = skewed(-0.4, 0.15, [1.1, 0.9, 1.2], [0.2, 0.3, -0.1], [66, 70, 62]);
    const back = resampleLabels(resampleLabels(mask, turned), straight);
    expect(Math.abs(volumeOf(back) / volumeOf(mask) - 1)).toBeLessThan(0.01);
  });
});
