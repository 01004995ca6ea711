import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { countInCentralHalf, foregroundIndices } from './foreground.ts';

describe('foregroundIndices', () => {
  it('lists the voxels of every class in order', () => {
    expect([...foregroundIndices(Uint8Array.of(0, 3, 0, 1, 1, 0))]).toEqual([1, 3, 4]);
    expect(foregroundIndices(new Uint8Array(4))).toHaveLength(0);
  });
});

describe('countInCentralHalf', () => {
  it('counts from a quarter to three quarters of the patch', () => {
    const all = Int32Array.from({ length: 10 }, (_, v) => v);
    const count = (start: number, patch: number) => countInCentralHalf(all, [10, 1, 1], [start, 0, 0], [patch, 1, 1]);
    expect(count(0, 8)).toBe(4);
    // 6 / 4 is 1 when rounded down, at both ends alike
    expect(count(0, 6)).toBe(4);
    expect(count(6, 8)).toBe(2);
    expect(count(-3, 8)).toBe(3);
    expect(count(40, 8)).toBe(0);
  });

  it('agrees with going through every voxel of the volume', () => {
    const random = new Random('count');
    for (let round = 0; round < 200; round++) {
      const triple = (low: number, high: number): Triple => {
        const draw = () => low + random.integer(high - low + 1);
        return [draw(), draw(), draw()];
      };
      const shape = triple(1, 9);
      const start = triple(-6, 8);
      const patch = triple(1, 12);
      const labels = Uint8Array.from({ length: voxelCount(shape) }, () => random.integer(3));
      let expected = 0;
      for (let v = 0; v < labels.length; v++) {
        const at = [v % shape[0], Math.floor(v / shape[0]) % shape[1], Math.floor(v / (shape[0] * shape[1]))];
        const isCentral = at.every((position, axis) => {
          const length = patch[axis] as number;
          const offset = position - (start[axis] as number);
          return offset >= Math.floor(length / 4) && offset < Math.ceil((3 * length) / 4);
        });
        if (isCentral && labels[v] !== 0) expected++;
      }
      expect(countInCentralHalf(foregroundIndices(labels), shape, start, patch)).toBe(expected);
    }
  });
});
