import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import { extractPatch, markInside, type Outside } from './extract.ts';
import { applyView, viewsOf } from './view.ts';

function along(length: number, start: number, patch: number, outside: Outside): number[] {
  const source = Float32Array.from({ length }, (_, i) => i + 10);
  return [...extractPatch(source, 1, [length, 1, 1], [start, 0, 0], [patch, 1, 1], outside, new Float32Array(patch))];
}

/** By stepping voxel by voxel and turning around at the ends: slow, and nothing like the formula. */
function walk(length: number, position: number): number {
  let at = 0;
  let direction = 1;
  for (let step = 0; step < Math.abs(position) && length > 1; step++) {
    if (at + direction < 0 || at + direction >= length) direction = -direction;
    at += direction;
  }
  return at;
}

describe('extractPatch', () => {
  it('copies the inside and puts 0 outside', () => {
    expect(along(4, 1, 2, 'zero')).toEqual([11, 12]);
    expect(along(3, -2, 7, 'zero')).toEqual([0, 0, 10, 11, 12, 0, 0]);
    expect(along(3, 9, 2, 'zero')).toEqual([0, 0]);
  });

  it('reflects without repeating the edge, back and forth, as numpy.pad does', () => {
    expect(along(4, -5, 14, 'reflect')).toEqual([11, 12, 13, 12, 11, 10, 11, 12, 13, 12, 11, 10, 11, 12]);
    expect(along(2, -3, 8, 'reflect')).toEqual([11, 10, 11, 10, 11, 10, 11, 10]);
    expect(along(1, -2, 5, 'reflect')).toEqual([10, 10, 10, 10, 10]);
  });

  it('reflects like a walk that turns around at the ends, for every length', () => {
    for (let length = 1; length <= 9; length++) {
      const expected = Array.from({ length: 61 }, (_, i) => 10 + walk(length, i - 30));
      expect(along(length, -30, 61, 'reflect')).toEqual(expected);
    }
  });

  it.each(viewsOf(8))('cuts the view $name as if the patch had been turned', (view) => {
    const shape: Triple = [7, 5, 6];
    const patch: Triple = [4, 6, 3];
    const random = new Random('views');
    const source = Float32Array.from({ length: 2 * voxelCount(shape) }, () => random.uniform());
    const empty = (): Float32Array => new Float32Array(2 * voxelCount(patch));
    for (const start of [
      [2, -1, 1],
      [-3, 0, 5],
      [5, 2, -2],
    ] as Triple[]) {
      for (const outside of ['zero', 'reflect'] as const) {
        const cut = extractPatch(source, 2, shape, start, patch, outside, empty());
        const expected = applyView(cut, 2, patch, view, empty());
        expect(extractPatch(source, 2, shape, start, patch, outside, empty(), view)).toEqual(expected);
      }
    }
  });

  it.each(['zero', 'reflect'] as const)('picks the right voxel of every channel and axis: %s', (outside) => {
    const random = new Random('extract');
    const shape: Triple = [5, 4, 3];
    const patch: Triple = [4, 6, 5];
    const start: Triple = [2, -1, -1];
    const source = Float32Array.from({ length: 2 * voxelCount(shape) }, () => random.uniform());
    const out = extractPatch(source, 2, shape, start, patch, outside, new Float32Array(2 * voxelCount(patch)).fill(9));
    for (let c = 0; c < 2; c++) {
      for (let k = 0; k < patch[2]; k++) {
        for (let j = 0; j < patch[1]; j++) {
          for (let i = 0; i < patch[0]; i++) {
            const at = [i + start[0], j + start[1], k + start[2]];
            const isInside = at.every((position, axis) => position >= 0 && position < (shape[axis] as number));
            const [a, b, d] = at.map((position, axis) => walk(shape[axis] as number, position)) as [
              number,
              number,
              number,
            ];
            const value = source[a + 5 * (b + 4 * (d + 3 * c))];
            expect(out[i + 4 * (j + 6 * (k + 5 * c))]).toBe(isInside || outside === 'reflect' ? value : 0);
          }
        }
      }
    }
  });

  it('works on labels, and refuses arrays of another length', () => {
    const labels = Uint8Array.of(1, 2, 3);
    expect([...extractPatch(labels, 1, [3, 1, 1], [1, 0, 0], [2, 1, 1], 'zero', new Uint8Array(2))]).toEqual([2, 3]);
    const run = () => extractPatch(labels, 2, [3, 1, 1], [0, 0, 0], [2, 1, 1], 'zero', new Uint8Array(4));
    expect(run).toThrow('2 channels of 3x1x1');
  });
});

describe('markInside', () => {
  it('marks what zero padding copies', () => {
    const shapes: Triple[] = [
      [5, 4, 3],
      [2, 2, 2],
      [9, 1, 4],
    ];
    const starts: Triple[] = [
      [0, 0, 0],
      [-1, 2, -2],
      [3, -1, 1],
      [20, 0, 0],
      [0, -9, 0],
    ];
    const patch: Triple = [4, 3, 5];
    for (const shape of shapes) {
      const ones = new Float32Array(voxelCount(shape)).fill(1);
      for (const start of starts) {
        const expected = extractPatch(ones, 1, shape, start, patch, 'zero', new Float32Array(60));
        expect([...markInside(shape, start, patch, new Float32Array(60).fill(7))]).toEqual([...expected]);
      }
    }
    expect(() => markInside([1, 1, 1], [0, 0, 0], patch, new Float32Array(1))).toThrow('4x3x5');
  });
});
