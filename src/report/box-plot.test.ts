import { describe, expect, it } from 'vitest';
import { boxFigures, boxPlot } from './box-plot.ts';
import { ticksOf } from './plot.ts';

describe('boxFigures', () => {
  it('has quartiles, and whiskers to the last values within 1.5 box lengths', () => {
    // Of 1 … 9 and 30: quartiles 3.25 and 7.75 (numpy.percentile), reach 6.75, so 30 lies outside.
    expect(boxFigures([1, 2, 3, 4, 5, 6, 7, 8, 9, 30])).toEqual({
      lower: 3.25,
      median: 5.5,
      upper: 7.75,
      low: 1,
      high: 9,
    });
    expect(boxFigures([2])).toEqual({ lower: 2, median: 2, upper: 2, low: 2, high: 2 });
  });

  it('never draws a whisker into the box', () => {
    // Quartiles 0.25 and 25.75; every value of at most 64 lies within reach, and 100 does not.
    const { lower, upper, low, high } = boxFigures([0, 0, 1, 1, 100, 100]);
    expect(low).toBeLessThanOrEqual(lower);
    expect(high).toBeGreaterThanOrEqual(upper);
  });
});

describe('boxPlot', () => {
  const axis = { label: 'share', min: 0, max: 1 };

  it('draws every value, the mean, and a box from five values on', () => {
    const plot = boxPlot('T', [{ name: 'A', values: [0, 0.25, 0.5, 0.75, 1] }], axis);
    expect(plot.match(/class="point/g)).toHaveLength(5);
    expect(plot.match(/class="box/g)).toHaveLength(1);
    expect(plot.match(/class="mark [^"]*mean"/g)).toHaveLength(1);
    const few = boxPlot('T', [{ name: 'A', values: [0.2, null, 0.4] }], axis);
    expect(few).not.toContain('class="box');
    expect(few).toContain('n 2 (+1)');
    expect(few).toContain('A: 2 values from 0.2 to 0.4, median 0.3');
  });

  it('takes names as text, and a row without values', () => {
    const plot = boxPlot('<b>', [{ name: '<i>', values: [null] }], axis);
    expect(plot).not.toMatch(/<b>|<i>|NaN/);
    expect(plot).toContain('no values');
  });
});

describe('ticksOf', () => {
  it('are about five round numbers within the axis', () => {
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-23, 45)).toEqual([-20, 0, 20, 40]);
    expect(ticksOf(0, 0)).toEqual([0]);
    expect(ticksOf(0, 0.003)).toEqual([0, 0.001, 0.002, 0.003]);
  });
});
