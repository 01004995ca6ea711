import type { CurvePoint } from './curve-points.ts';
import { shortNumber } from './markup.ts';
import { mark, polyline, renderPlot, seriesClass, ticksOf } from './plot.ts';

/** One curve over the steps of a training. */
export interface StepCurve {
  readonly name: string;
  /** Which color, dashes and marks it has. */
  readonly series: number;
  /** By rising steps. */
  readonly points: readonly CurvePoint[];
  /** Whether each point has a mark: a few measurements, instead of a value at every step. */
  readonly isMarked: boolean;
}

/** A plot of curves over steps. */
export interface StepPlot {
  readonly title: string;
  /** What the ordinate is, and how a value of it is written. */
  readonly quantity: string;
  readonly format: (value: number) => string;
  /** The ordinate's range where it is a fixed one; otherwise from 0, or the lowest value, to the highest. */
  readonly range?: readonly [number, number];
  readonly curves: readonly StepCurve[];
  /** Drawn thin behind the curves, without an entry in the legend. */
  readonly background?: readonly CurvePoint[];
}

const WIDTH = 420;
const LEFT = 58;
const RIGHT = 16;

/**
 * The plot as markup, with a line and marks at the step where it is read.
 * @param last the step that the abscissa goes to
 * @param at where the curves are read; null shows their last values
 */
export function renderStepPlot(plot: StepPlot, last: number, at: number | null): string {
  const { title, quantity, curves, background = [] } = plot;
  const [low, high] = plot.range ?? rangeOf([...curves.map(({ points }) => points), background]);
  const power = exponentOf(high);
  const scale = 10 ** -power;
  const options = {
    title,
    description: readStepPlot(plot, null),
    caption: readStepPlot(plot, at),
    x: { label: 'Step', min: 0, max: Math.max(1, last) },
    y: { label: power === 0 ? quantity : `${quantity}, 10${superscript(power)}`, min: low * scale, max: high * scale },
    width: WIDTH,
    height: 300,
    left: LEFT,
    right: RIGHT,
    legend: curves.map(({ name, series, isMarked }) => ({
      name,
      series,
      kind: isMarked ? ('line and mark' as const) : ('line' as const),
    })),
  };
  return renderPlot(options, ({ x, y, top, bottom }) => {
    const line = (points: readonly CurvePoint[], classes: string): string =>
      polyline(
        points.map(([step, value]) => [x(step), y(value * scale)] as const),
        classes,
      );
    const marksOf = ({ points, series, isMarked }: StepCurve): string =>
      isMarked ? points.map(([step, value]) => mark(series, x(step), y(value * scale), MARK)).join('') : '';
    const parts = [line(background, 'thin')];
    for (const curve of curves) parts.push(line(curve.points, seriesClass(curve.series)), marksOf(curve));
    if (at === null) return parts.join('');
    parts.push(`<path class="zero" d="M${shortNumber(x(at))} ${top}V${bottom}"/>`);
    for (const { points, series } of curves) {
      const near = nearest(points, at);
      if (near !== null) parts.push(mark(series, x(near[0]), y(near[1] * scale), 5.5, 'chosen'));
    }
    return parts.join('');
  });
}

const MARK = 3.5;

/** The values of a plot's curves next to a step, or the last ones, in a sentence. */
export function readStepPlot({ curves, format }: StepPlot, at: number | null): string {
  const values = curves.flatMap(({ name, points }) => {
    const point = at === null ? (points.at(-1) ?? null) : nearest(points, at);
    return point === null ? [] : [{ name, point }];
  });
  if (values.length === 0) return 'Nothing yet.';
  const step = at === null ? Math.max(...values.map(({ point }) => point[0])) : Math.round(at);
  const texts = values.map(({ name, point }) => {
    const own = point[0] === step ? '' : ` (step ${point[0]})`;
    return `${name} ${format(point[1])}${own}`;
  });
  return `Step ${step}: ${texts.join(', ')}.`;
}

/**
 * The step that a place in the plot's picture stands for.
 * @param share of the picture's width, from 0 at its left edge to 1
 * @param last as for `renderStepPlot`
 */
export function stepAt(share: number, last: number): number {
  const within = (share * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
  return Math.round(Math.min(1, Math.max(0, within)) * Math.max(1, last));
}

function nearest(points: readonly CurvePoint[], at: number): CurvePoint | null {
  let best: CurvePoint | null = null;
  for (const point of points) {
    if (best === null || Math.abs(point[0] - at) <= Math.abs(best[0] - at)) best = point;
  }
  return best;
}

/** From 0, or the lowest value where that is below, to a round number above the highest. */
function rangeOf(curves: readonly (readonly CurvePoint[])[]): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (const points of curves) {
    for (const [, value] of points) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low === high) return [low, low + 1];
  const ticks = ticksOf(low, high);
  const step = (ticks[1] ?? high) - (ticks[0] ?? low);
  const top = ticks.at(-1) as number;
  return [low, top < high * (1 - 1e-9) ? top + step : top];
}

/** The power of ten to write an axis in: 0 for numbers that three decimals do. */
function exponentOf(high: number): number {
  return high >= 0.1 && high < 10_000 ? 0 : Math.floor(Math.log10(Math.abs(high) || 1));
}

function superscript(power: number): string {
  return String(power).replace(/./g, (sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)] as string);
}
