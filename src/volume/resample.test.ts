import { describe, expect, it } from 'vitest';
import { multiplyAffine, spacingOf, transformPoint } from './affine.ts';
import { blurAlongAxis } from './gaussian-blur.ts';
import { gridWithSpacing, resampleImage, resampleLabels } from './resample.ts';
import type { Grid, LabelVolume, ScalarVolume, Triple } from './volume.ts';

const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const oblique = [0.9, -0.1, 0.3, 12.5, 0.12, 1.1, 0, -7.25, -0.2, 0.1, 3, 3, 0, 0, 0, 1];

function sample(grid: Grid, field: (point: Triple) => number): ScalarVolume {
  const data = new Float32Array(grid.shape[0] * grid.shape[1] * grid.shape[2]);
  forEachVoxel(grid, (point, index) => {
    data[index] = field(point);
  });
  return { kind: 'scalar', shape: grid.shape, affine: grid.affine, data };
}

function forEachVoxel(grid: Grid, visit: (world: Triple, index: number, voxel: Triple) => void): void {
  let index = 0;
  for (let k = 0; k < grid.shape[2]; k++) {
    for (let j = 0; j < grid.shape[1]; j++) {
      for (let i = 0; i < grid.shape[0]; i++) visit(transformPoint(grid.affine, [i, j, k]), index++, [i, j, k]);
    }
  }
}

const linear = ([x, y, z]: Triple): number => 3 + 0.5 * x - 2 * y + 0.25 * z;

describe('images', () => {
  it('come back unchanged on their own grid', () => {
    const volume = sample({ shape: [7, 5, 3], affine: oblique }, ([x, y, z]) => Math.sin(x) * y + z * z);
    const again = resampleImage(volume, volume, { outside: -1 });
    volume.data.forEach((value, index) => {
      expect(again.data[index]).toBeCloseTo(value, 3);
    });
  });

  it('reproduce a linear field on a rotated finer grid, and the value for outside beyond the field of view', () => {
    const volume = sample({ shape: [11, 9, 8], affine: oblique }, linear);
    const angle = 0.4;
    const turn = [Math.cos(angle), -Math.sin(angle), 0, 1.3, Math.sin(angle), Math.cos(angle), 0, 0.7, 0, 0, 1, -0.2];
    const toVoxels = multiplyAffine([...turn, 0, 0, 0, 1], [0.6, 0, 0, 0, 0, 0.7, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 1]);
    const target: Grid = { shape: [17, 15, 13], affine: multiplyAffine(oblique, toVoxels) };
    const result = resampleImage(volume, target, { outside: 999 });
    let inside = 0;
    let outside = 0;
    forEachVoxel(target, (world, index, voxel) => {
      const source = transformPoint(toVoxels, voxel);
      if (source.every((value, axis) => value >= 0 && value <= volume.shape[axis] - 1)) {
        expect(result.data[index]).toBeCloseTo(linear(world), 3);
        inside++;
      } else if (source.some((value, axis) => value < -0.51 || value > volume.shape[axis] - 0.49)) {
        expect(result.data[index]).toBe(999);
        outside++;
      }
    });
    expect(inside).toBeGreaterThan(500);
    expect(outside).toBeGreaterThan(500);
  });

  it('take the outermost value up to half a voxel beyond its center', () => {
    const volume = sample({ shape: [3, 1, 1], affine: identity }, ([x]) => x + 10);
    const target: Grid = { shape: [8, 1, 1], affine: [0.5, 0, 0, -0.75, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    // Centers at -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75; the field of view is -0.5 to 2.5.
    expect([...resampleImage(volume, target, { outside: 0 }).data]).toEqual([0, 10, 10.25, 10.75, 11.25, 11.75, 12, 0]);
  });

  it.each([
    [2, 0],
    [3, 1],
    [4.5, 2],
  ])('damp a wave by the Gaussian of a factor %d along axis %d, and no other', (factor, axis) => {
    // exp(-sigma^2 w^2 / 2) is the transfer function of a Gaussian; a quarter of the sampling frequency of the coarse grid.
    const frequency = Math.PI / (2 * factor);
    const sigma = Math.sqrt(factor * factor - 1) / 2.3548200450309493;
    const damping = Math.exp((-sigma * sigma * frequency * frequency) / 2);
    const shape: Triple = [0, 1, 2].map((other) => (other === axis ? 91 : 2)) as unknown as Triple;
    const volume = sample({ shape, affine: identity }, (point) => Math.cos(frequency * (point[axis] - 45)));
    const spacing = [0, 1, 2].map((other) => (other === axis ? factor : 1)) as unknown as Triple;
    const target = gridWithSpacing(volume, spacing);
    const result = resampleImage(volume, target, { outside: 0 });
    let compared = 0;
    forEachVoxel(target, (world, index) => {
      // Linear interpolation between unit voxels may itself lose 1 - cos(w/2) of the amplitude.
      const tolerance = 1 - Math.cos(frequency / 2) + 1e-3;
      if (Math.abs(world[axis] - 45) > 25) return;
      expect(Math.abs(result.data[index] - damping * Math.cos(frequency * (world[axis] - 45)))).toBeLessThan(tolerance);
      compared++;
    });
    expect(compared).toBeGreaterThan(8);
    expect(damping).toBeLessThan(0.85);
  });

  it('are not blurred where the target is finer or only turned', () => {
    const volume = sample({ shape: [9, 9, 1], affine: identity }, ([x, y]) => (x === 4 && y === 4 ? 1 : 0));
    const half = Math.SQRT1_2;
    const turned: Grid = { shape: [1, 1, 1], affine: [half, -half, 0, 4, half, half, 0, 4, 0, 0, 1, 0, 0, 0, 0, 1] };
    expect(resampleImage(volume, turned, { outside: 0 }).data[0]).toBeCloseTo(1, 6);
    expect(resampleImage(volume, gridWithSpacing(volume, [1 / 3, 1 / 3, 1]), { outside: 0 }).data[13 + 27 * 13]).toBe(
      1,
    );
  });
});

describe('the Gaussian', () => {
  it('has the weights of the normal density, and keeps a constant at the borders', () => {
    const impulse = new Float32Array(21);
    impulse[10] = 1;
    const blurred = blurAlongAxis(impulse, [1, 21, 1], 1, 1.5);
    const sum = Array.from({ length: 13 }, (_, n) => Math.exp(-((n - 6) ** 2) / 4.5)).reduce((a, b) => a + b);
    for (let n = 4; n <= 16; n++) expect(blurred[n]).toBeCloseTo(Math.exp(-((n - 10) ** 2) / 4.5) / sum, 6);
    expect(blurred[3]).toBe(0);
    expect(blurAlongAxis(new Float32Array(12).fill(7), [2, 2, 3], 2, 2)).toEqual(new Float32Array(12).fill(7));
  });
});

describe('label maps', () => {
  it('take the nearest label in their own type', () => {
    const volume: LabelVolume = { kind: 'label', shape: [3, 1, 1], affine: identity, data: Uint16Array.of(5, 0, 900) };
    const target: Grid = { shape: [9, 1, 1], affine: [0.5, 0, 0, -0.9, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] };
    // Centers at -0.9, -0.4, 0.1, 0.6, 1.1, 1.6, 2.1, 2.6, 3.1.
    expect(resampleLabels(volume, target).data).toEqual(Uint16Array.of(0, 5, 5, 0, 0, 900, 900, 0, 0));
  });
});

describe('gridWithSpacing', () => {
  it.each<[Triple, Triple]>([
    [
      [256, 256, 19],
      [1, 1, 1],
    ],
    [
      [7, 5, 3],
      [0.31, 2.2, 40],
    ],
    [
      [1, 1, 1],
      [3, 3, 3],
    ],
  ])('keeps center, direction and field of view of %j at %j mm', (shape, spacing) => {
    const grid: Grid = { shape, affine: oblique };
    const result = gridWithSpacing(grid, spacing);
    const old = spacingOf(oblique);
    spacingOf(result.affine).forEach((value, axis) => {
      expect(value).toBeCloseTo(spacing[axis], 10);
      const extent = result.shape[axis] * spacing[axis];
      expect(Math.abs(extent - shape[axis] * old[axis])).toBeLessThanOrEqual(
        result.shape[axis] === 1 ? spacing[axis] : spacing[axis] / 2,
      );
    });
    const middle = transformPoint(grid.affine, shape.map((extent) => (extent - 1) / 2) as unknown as Triple);
    const newMiddle = transformPoint(
      result.affine,
      result.shape.map((extent) => (extent - 1) / 2) as unknown as Triple,
    );
    newMiddle.forEach((value, axis) => {
      expect(value).toBeCloseTo(middle[axis], 9);
    });
  });

  it('leaves no voxel outside', () => {
    for (let side = 1; side <= 12; side++) {
      const volume = sample({ shape: [side, 1, 1], affine: [1.3, ...identity.slice(1)] }, () => 1);
      for (const spacing of [0.4, 1, 1.9, 2.6, 5]) {
        const target = gridWithSpacing(volume, [spacing, 1, 1]);
        expect([...resampleImage(volume, target, { outside: 0 }).data]).toEqual(new Array(target.shape[0]).fill(1));
      }
    }
  });
});
