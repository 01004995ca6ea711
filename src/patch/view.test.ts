import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume/volume.ts';
import { applyView, VIEW_COUNTS, VIEWS, viewsOf } from './view.ts';

const patch: Triple = [3, 2, 2];
/** 100 c + 10 (2 k + j) + i: the digits say where a voxel came from. */
const data = Float32Array.from(
  { length: 24 },
  (_, v) => 100 * Math.floor(v / 12) + 10 * (Math.floor(v / 3) % 4) + (v % 3),
);

describe('views', () => {
  it('lists 1, 2, 4 and 8 views, each from the identity on', () => {
    const names = VIEW_COUNTS.map((count) => viewsOf(count).map(({ name }) => name));
    expect(names[0]).toEqual(['identity']);
    expect(names[1]).toEqual(['identity', 'flip-i']);
    expect(names[2]).toEqual(['identity', 'flip-ij', 'flip-ik', 'flip-jk']);
    expect(new Set(names[3]).size).toBe(8);
    expect(new Set(viewsOf(8).map(({ flips }) => flips.join())).size).toBe(8);
    expect(() => viewsOf(3)).toThrow('one of 1, 2, 4, 8');
  });

  it('flips the axes of its name', () => {
    for (const { name, flips } of viewsOf(8)) {
      expect(flips).toEqual(['i', 'j', 'k'].map((axis) => name !== 'identity' && name.split('-')[1].includes(axis)));
    }
  });

  it('mirrors i within every row', () => {
    const out = applyView(data, 2, patch, VIEWS['flip-i'], new Float32Array(24));
    expect([...out.subarray(0, 6)]).toEqual([2, 1, 0, 12, 11, 10]);
    expect([...out.subarray(12, 15)]).toEqual([102, 101, 100]);
  });

  it('turns by 180 degrees in the jk plane', () => {
    const out = applyView(data, 2, patch, VIEWS['flip-jk'], new Float32Array(24));
    expect([...out.subarray(0, 12)]).toEqual([30, 31, 32, 20, 21, 22, 10, 11, 12, 0, 1, 2]);
  });

  it.each(viewsOf(8))('$name is its own inverse, and its own map', (view) => {
    const turned = applyView(data, 2, patch, view, new Float32Array(24));
    const [fi, fj, fk] = view.flips;
    for (let k = 0; k < 2; k++) {
      for (let j = 0; j < 2; j++) {
        for (let i = 0; i < 3; i++) {
          const from = (fi ? 2 - i : i) + 3 * ((fj ? 1 - j : j) + 2 * (fk ? 1 - k : k));
          expect(turned[i + 3 * (j + 2 * k)]).toBe(data[from]);
          expect(turned[12 + i + 3 * (j + 2 * k)]).toBe(data[12 + from]);
        }
      }
    }
    expect([...applyView(turned, 2, patch, view, new Float32Array(24))]).toEqual([...data]);
  });

  it('refuses to work in place, or with another length', () => {
    expect(() => applyView(data, 2, patch, VIEWS.identity, data)).toThrow(RangeError);
    expect(() => applyView(data, 2, patch, VIEWS.identity, new Float32Array(23))).toThrow('24');
  });
});
