import { describe, expect, it } from 'vitest';
import { readStepPlot, renderStepPlot, type StepPlot, stepAt } from './step-plot.ts';

const plot: StepPlot = {
  title: 'Loss',
  quantity: 'Loss',
  format: (value) => value.toFixed(2),
  curves: [
    {
      name: 'mean',
      series: 0,
      points: [
        [1, 1.5],
        [50, 1],
        [100, 0.5],
      ],
      isMarked: false,
    },
    {
      name: 'checked',
      series: 1,
      points: [
        [40, 0.9],
        [80, 0.7],
      ],
      isMarked: true,
    },
  ],
};

describe('a plot over steps', () => {
  it('is read at the nearest points, or at its end', () => {
    expect(readStepPlot(plot, null)).toBe('Step 100: mean 0.50, checked 0.70 (step 80).');
    expect(readStepPlot(plot, 42)).toBe('Step 42: mean 1.00 (step 50), checked 0.90 (step 40).');
    // As near to one as to the other: the later one.
    expect(readStepPlot(plot, 60)).toBe('Step 60: mean 1.00 (step 50), checked 0.70 (step 80).');
    expect(readStepPlot({ ...plot, curves: [] }, 3)).toBe('Nothing yet.');
  });

  it('puts steps and values where the axes say', () => {
    const markup = renderStepPlot(plot, 100, null);
    // The axes run from 58 to 404 and from 252 up to 14, for 0 to 100 and 0 to 1.5.
    const x = (step: number): number => 58 + (step / 100) * 346;
    const y = (value: number): number => 252 - (value / 1.5) * 238;
    const at = (number: number): string => String(Math.round(number * 1000) / 1000);
    const line = [1, 50, 100].map((step, n) => `${at(x(step))} ${at(y(1.5 - n / 2))}`).join('L');
    expect(markup).toContain(`<path class="line series s1 d1" d="M${line}"/>`);
    expect(markup.match(/class="mark series s2 d2"/g)).toHaveLength(3);
    expect(markup).not.toContain('chosen');
    const read = renderStepPlot(plot, 100, 50);
    expect(read).toContain(`<path class="zero" d="M${at(x(50))} 14V252"/>`);
    expect(read.match(/class="mark series s\d d\d chosen"/g)).toHaveLength(2);
    expect(read).toContain('<p class="caption">Step 50: mean 1.00, checked 0.90 (step 40).</p>');
  });

  it('writes small values with a power of ten', () => {
    const rates = { ...plot, curves: [{ ...plot.curves[0]!, points: [[1, 0.0004] as const, [9, 0.0002] as const] }] };
    const markup = renderStepPlot(rates, 9, null);
    expect(markup).toContain('>Loss, 10⁻⁴</text>');
    expect([...markup.matchAll(/dy="0.35em" text-anchor="end">([^<]+)</g)].map((found) => found[1])).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('begins below 0 where a loss does', () => {
    const below = { ...plot, curves: [{ ...plot.curves[0]!, points: [[1, 0.5] as const, [9, -0.9] as const] }] };
    expect(renderStepPlot(below, 9, null)).toContain('>-0.5</text>');
  });

  it('tells the step of a place', () => {
    expect([0, 58 / 420, 231 / 420, 404 / 420, 1].map((share) => stepAt(share, 100))).toEqual([0, 0, 50, 100, 100]);
  });
});
