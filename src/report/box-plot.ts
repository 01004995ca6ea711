import { quantile } from '../quantile.ts';
import { escapeMarkup, shortNumber } from './markup.ts';
import { mark, type PlotAxis, renderPlot, seriesClass } from './plot.ts';

/** The values of one box; null where a case has none. */
export interface BoxRow {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** Which color and mark; all alike by default. */
  readonly series?: number;
}

/** What a box plot draws of values. */
export interface BoxFigures {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  /** The most extreme values within 1.5 times the box's length of it. */
  readonly low: number;
  readonly high: number;
}

/** Fewer values than this are shown by themselves: a box of them would show five numbers made from less. */
const LEAST_FOR_BOX = 5;
const ROW = 34;

/**
 * A box plot's figures after Tukey (Exploratory Data Analysis, 1977), with quartiles by linear interpolation, as matplotlib draws them.
 * @param sorted in ascending order, at least one
 */
export function boxFigures(sorted: readonly number[]): BoxFigures {
  const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [number, number, number];
  const reach = 1.5 * (upper - lower);
  const within = sorted.filter((value) => value >= lower - reach && value <= upper + reach);
  // Where the quartiles lie between values, the value nearest to one may lie within the box.
  const low = Math.min(lower, within[0] ?? lower);
  const high = Math.max(upper, within.at(-1) ?? upper);
  return { lower, median, upper, low, high };
}

/** Horizontal boxes, one a row, with every case's own value over them, and the mean as a diamond. */
export function boxPlot(title: string, rows: readonly BoxRow[], axis: PlotAxis, caption?: string): string {
  const left = Math.min(190, 26 + 7.4 * Math.max(...rows.map(({ name }) => shorten(name).length)));
  const height = 62 + rows.length * ROW;
  const options = {
    title,
    description: rows.map(describe).join(' '),
    ...(caption !== undefined && { caption }),
    x: axis,
    y: null,
    height,
    left,
    right: 66,
  };
  return renderPlot(options, ({ x, left: edge, right, top }) =>
    rows
      .map((row, index) => {
        const y = top + (index + 0.5) * ROW;
        const defined = row.values.filter((value) => value !== null).sort((a, b) => a - b);
        const lost = row.values.length - defined.length;
        const count = `n ${defined.length}${lost === 0 ? '' : ` (+${lost})`}`;
        return (
          `<text class="name" x="${edge - 10}" y="${y}" dy="0.35em" text-anchor="end">${escapeMarkup(shorten(row.name))}</text>` +
          `<text x="${right + 8}" y="${y}" dy="0.35em">${count}</text>` +
          drawRow(defined, y, x, row.series ?? 0)
        );
      })
      .join(''),
  );
}

function drawRow(sorted: readonly number[], y: number, x: (value: number) => number, series: number): string {
  if (sorted.length === 0) return '';
  const classes = seriesClass(series);
  const at = (value: number): string => shortNumber(x(value));
  const parts: string[] = [];
  if (sorted.length >= LEAST_FOR_BOX) {
    const { lower, median, upper, low, high } = boxFigures(sorted);
    const half = 9;
    parts.push(
      `<path class="whisker ${classes}" d="M${at(low)} ${y}H${at(lower)}M${at(upper)} ${y}H${at(high)}M${at(low)} ${y - 5}V${y + 5}M${at(high)} ${y - 5}V${y + 5}"/>`,
      `<rect class="box ${classes}" x="${at(lower)}" y="${y - half}" width="${shortNumber(Math.max(0.5, x(upper) - x(lower)))}" height="${2 * half}"/>`,
      `<path class="median ${classes}" d="M${at(median)} ${y - half}V${y + half}"/>`,
    );
  }
  // Spread over the row's height in turn, so that equal values stay apart, and the same each time.
  for (const [index, value] of sorted.entries()) {
    const offset = (((index * 5) % 7) - 3) * 2;
    parts.push(`<circle class="point ${classes}" cx="${at(value)}" cy="${y + offset}" r="2.6"/>`);
  }
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  parts.push(mark(3, x(mean), y, 5, 'mean'));
  return parts.join('');
}

function describe({ name, values }: BoxRow): string {
  const defined = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (defined.length === 0) return `${name}: no values.`;
  const { lower, median, upper } = boxFigures(defined);
  const [low, high] = [defined[0] as number, defined.at(-1) as number];
  return `${name}: ${defined.length} values from ${shortNumber(low)} to ${shortNumber(high)}, median ${shortNumber(median)}, quartiles ${shortNumber(lower)} and ${shortNumber(upper)}.`;
}

function shorten(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}
