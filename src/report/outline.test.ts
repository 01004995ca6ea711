import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { outlinePath } from './outline.ts';
import type { Slice } from './slice-plane.ts';

function drawn(...rows: string[]): Slice {
  const values = Float32Array.from([...rows.join('')].map((letter) => (letter === '.' ? 0 : Number(letter))));
  return { width: rows[0]?.length ?? 0, height: rows.length, values };
}

/** The loops of a path as lists of corners. */
function loopsOf(path: string): [number, number][][] {
  return path
    .split('Z')
    .slice(0, -1)
    .map((loop) => {
      const corners: [number, number][] = [];
      for (const [, command, numbers] of loop.matchAll(/([MHV])([\d ]+)/g)) {
        const last = corners.at(-1) ?? [0, 0];
        const [a = 0, b = 0] = (numbers as string).split(' ').map(Number);
        corners.push(command === 'M' ? [a, b] : command === 'H' ? [a, last[1]] : [last[0], a]);
      }
      return corners;
    });
}

/** The enclosed area, holes subtracted, by the shoelace formula (y downward, clockwise positive). */
function areaOf(path: string): number {
  let twice = 0;
  for (const loop of loopsOf(path)) {
    loop.forEach(([x, y], n) => {
      const [nextX, nextY] = loop[(n + 1) % loop.length] as [number, number];
      twice += x * nextY - nextX * y;
    });
  }
  return twice / 2;
}

describe('outlinePath', () => {
  it('walks around a region, turning only at corners', () => {
    expect(outlinePath(drawn('....', '.11.', '.1..'), 1)).toBe('M1 1H3V2H2V3H1Z');
    expect(outlinePath(drawn('111'), 1)).toBe('M0 0H3V1H0Z');
  });

  it('walks around holes the other way', () => {
    expect(outlinePath(drawn('111', '1.1', '111'), 1)).toBe('M0 0H3V3H0ZM1 1V2H2V1Z');
  });

  it('keeps pixels apart that meet at a corner', () => {
    expect(outlinePath(drawn('1.', '.1'), 1)).toBe('M0 0H1V1H0ZM1 1H2V2H1Z');
    expect(outlinePath(drawn('.1', '1.'), 1)).toBe('M1 0H2V1H1ZM0 1H1V2H0Z');
  });

  it('draws one label only, and nothing where it is absent', () => {
    expect(outlinePath(drawn('12'), 2)).toBe('M1 0H2V1H1Z');
    expect(outlinePath(drawn('12'), 3)).toBe('');
  });

  it('encloses exactly the pixels of any mask, along all of their free edges', () => {
    const random = new Random('outline', 1);
    for (let trial = 0; trial < 60; trial++) {
      const width = 1 + random.integer(9);
      const height = 1 + random.integer(9);
      const values = Float32Array.from({ length: width * height }, () => (random.uniform() < 0.55 ? 1 : 0));
      const inside = (x: number, y: number): number =>
        x < 0 || y < 0 || x >= width || y >= height ? 0 : (values[y * width + x] as number);
      let count = 0;
      let freeEdges = 0;
      for (let y = 0; y <= height; y++) {
        for (let x = 0; x <= width; x++) {
          count += inside(x, y);
          freeEdges += Math.abs(inside(x, y) - inside(x - 1, y)) + Math.abs(inside(x, y) - inside(x, y - 1));
        }
      }
      const path = outlinePath({ width, height, values }, 1);
      let length = 0;
      for (const loop of loopsOf(path)) {
        loop.forEach(([x, y], n) => {
          const [nextX, nextY] = loop[(n + 1) % loop.length] as [number, number];
          length += Math.abs(nextX - x) + Math.abs(nextY - y);
        });
      }
      expect(areaOf(path)).toBe(count);
      expect(length).toBe(freeEdges);
    }
  });
});
