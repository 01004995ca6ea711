import { describe, expect, it } from 'vitest';
import { emptyPatch } from '../../test/augmentation-source.ts';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { cutAugmented } from './apply.ts';
import { elasticField } from './elastic-field.ts';

describe('elasticField', () => {
  it('stays within the ellipsoid, and moves something', () => {
    const random = new Random('ellipsoid');
    for (let round = 0; round < 30; round++) {
      const amplitude: Triple = [4, 3, round % 2 === 0 ? 2 : 0];
      const patch: Triple = [1 + random.integer(20), 1 + random.integer(20), 1 + random.integer(9)];
      const spacing: Triple = [0.5 + random.uniform(), 0.5 + random.uniform(), 3 * random.uniform() + 0.2];
      const field = elasticField({ amplitude, spacing: 4 + 20 * random.uniform(), seed: round }, patch, spacing);
      let most = 0;
      for (let k = 0; k < patch[2]; k++) {
        for (let j = 0; j < patch[1]; j++) {
          const [x, y, z] = field.row(j, k);
          for (let i = 0; i < patch[0]; i++) {
            const inPlane = (x[i] / amplitude[0]) ** 2 + (y[i] / amplitude[1]) ** 2;
            most = Math.max(most, inPlane + (amplitude[2] === 0 ? 0 : (z[i] / amplitude[2]) ** 2));
            if (amplitude[2] === 0) expect(z[i]).toBe(0);
          }
        }
      }
      expect(most).toBeLessThanOrEqual(1);
      expect(most).toBeGreaterThan(1e-4);
    }
  });

  it('is a cubic B-spline: twice differentiable, with steps in the third derivative only at control points', () => {
    // Control points every 5 voxels: fourth differences are 0 but where their five voxels hold one in between.
    const field = elasticField({ amplitude: [1, 1, 1], spacing: 10, seed: 3 }, [41, 1, 1], [2, 1, 1]);
    const values = [...field.row(0, 0)[0]];
    const difference = (a: number[]): number[] => a.slice(1).map((value, n) => value - a[n]);
    const fourth = difference(difference(difference(difference(values))));
    const inside = fourth.filter((_, n) => n % 5 === 0 || n % 5 === 1);
    expect(Math.max(...inside.map(Math.abs))).toBeLessThan(1e-12);
    expect(Math.max(...fourth.map(Math.abs))).toBeGreaterThan(1e-4);
  });

  it('gives the same rows in any order', () => {
    const make = () => elasticField({ amplitude: [2, 2, 2], spacing: 6, seed: 9 }, [7, 6, 5], [1, 1, 1]);
    const [forward, backward] = [make(), make()];
    const rows: number[][] = [];
    for (let k = 0; k < 5; k++) for (let j = 0; j < 6; j++) rows.push([...forward.row(j, k)[1]]);
    for (let k = 4; k >= 0; k--)
      for (let j = 5; j >= 0; j--) expect([...backward.row(j, k)[1]]).toEqual(rows[j + 6 * k]);
  });
});

describe('elastic displacement of a patch', () => {
  it('moves image and labels alike, and changes the patch', () => {
    const shape: Triple = [40, 40, 40];
    const image = Float32Array.from({ length: voxelCount(shape) }, (_, v) => {
      const [i, j, k] = [v % 40, Math.floor(v / 40) % 40, Math.floor(v / 1600)];
      return Math.sin(i / 6) + Math.cos(j / 7) + Math.sin(k / 8 + 1);
    });
    const labels = Uint8Array.from(image, (value) => (value > 0.8 ? 1 : 0));
    const brain = new Uint8Array(labels.length).fill(1);
    const source = { shape, spacing: [1, 1, 1] as Triple, image, labels, brain, present: [true] };
    const patch: Triple = [24, 24, 24];
    const out = emptyPatch(patch, 1);
    const elastic = { amplitude: [6, 6, 6] as [number, number, number], spacing: 16, seed: 5 };
    cutAugmented(source, [8, 8, 8], patch, { elastic }, null, out);
    const plain = emptyPatch(patch, 1);
    cutAugmented(source, [8, 8, 8], patch, {}, null, plain);
    expect(out.image.filter((value, v) => Math.abs(value - plain.image[v]) > 0.05).length).toBeGreaterThan(3000);
    // The image changes by at most sqrt(1/36 + 1/49 + 1/64) < 0.253 a voxel, and the nearest voxel is sqrt(3)/2 away at most.
    for (const [v, value] of out.image.entries()) {
      if (value > 0.8 + 0.22) expect(out.labels[v]).toBe(1);
      if (value < 0.8 - 0.22) expect(out.labels[v]).toBe(0);
    }
  });

  it('is turned over by flips with the rest', () => {
    const random = new Random('flip');
    const shape: Triple = [20, 19, 18];
    const image = Float32Array.from({ length: voxelCount(shape) }, () => random.normal());
    const ones = new Uint8Array(image.length).fill(1);
    const source = { shape, spacing: [1, 1.2, 2] as Triple, image, labels: ones, brain: ones, present: [true] };
    const draw = { elastic: { amplitude: [3, 3, 3] as [number, number, number], spacing: 9, seed: 8 } };
    const [a, b] = [emptyPatch([9, 8, 7], 1), emptyPatch([9, 8, 7], 1)];
    cutAugmented(source, [5, 5, 5], [9, 8, 7], { ...draw, rotation: [10, 20, 30] }, null, a);
    cutAugmented(source, [5, 5, 5], [9, 8, 7], { ...draw, rotation: [10, 20, 30], view: 'flip-ik' }, null, b);
    for (let k = 0; k < 7; k++) {
      for (let j = 0; j < 8; j++) {
        for (let i = 0; i < 9; i++) {
          expect(b.image[i + 9 * (j + 8 * k)]).toBeCloseTo(a.image[8 - i + 9 * (j + 8 * (6 - k))], 5);
        }
      }
    }
  });
});
