import { expect, it } from 'vitest';
import { mark, seriesClass } from './plot.ts';

it('gives series of one color other dashes and marks', () => {
  const twelve = Array.from({ length: 12 }, (_, series) => series);
  expect(new Set(twelve.map(seriesClass)).size).toBe(12);
  for (const series of twelve.slice(0, 6)) {
    const colorOf = (one: number): string | undefined => seriesClass(one).split(' ')[1];
    const shapeOf = (one: number): string => mark(one, 0, 0, 5).replace(/class="[^"]*"/, '');
    expect(colorOf(series)).toBe(colorOf(series + 6));
    expect(shapeOf(series)).not.toBe(shapeOf(series + 6));
  }
});
