import { escapeMarkup, shortNumber } from './markup.ts';

/*
 * Plots as SVG whose colors are the page's CSS variables, so that they follow its theme, and on paper are dark on white. A series is told
 * from others by its color, and by its dashes or the shape of its marks too.
 */

/** One axis of a plot, from `min` at the left or bottom to `max`. */
export interface PlotAxis {
  readonly label: string;
  readonly min: number;
  readonly max: number;
}

/** Where values lie in a plot, in its own units. */
export interface PlotArea {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PlotOptions {
  readonly title: string;
  /** What the plot shows, for those who can't see it. */
  readonly description: string;
  /** Below the plot. Plain text. */
  readonly caption?: string;
  readonly x: PlotAxis;
  /** Null where rows are named instead, by the body itself. */
  readonly y: PlotAxis | null;
  readonly width?: number;
  readonly height?: number;
  /** Least room at the left for what stands there. */
  readonly left?: number;
  readonly right?: number;
  /** What the series are called, with their marks, above the plot. */
  readonly legend?: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly name: string;
  readonly series: number;
  readonly kind: 'line' | 'mark' | 'line and mark' | 'bar';
}

/** About the width of a digit at the size of the plots' text. */
const DIGIT = 7.5;

/** So many colors there are, and as many dashes and marks. The next as many series have the colors again, with other dashes and marks. */
const STYLES = 6;

/** A plot in a card of its own; `draw` gives the markup of what is within the axes. */
export function renderPlot(options: PlotOptions, draw: (area: PlotArea) => string): string {
  const { title, description, caption, x, y, width = 480, height = 330, left = 58, right = 16, legend = [] } = options;
  const edges = { left: Math.max(left, roomForTicks(y)), right: width - right, top: 14, bottom: height - 48 };
  const area = areaOf(x, y, edges);
  const body = `${axes(x, y, area)}${draw(area)}`;
  return (
    `<div class="chart card"><h3>${escapeMarkup(title)}</h3>${renderLegend(legend)}` +
    `<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(`${title}. ${description}`)}">${body}</svg>` +
    `${caption === undefined ? '' : `<p class="caption">${escapeMarkup(caption)}</p>`}</div>`
  );
}

/** For an axis' numbers and, at their left, its label. */
function roomForTicks(y: PlotAxis | null): number {
  if (y === null) return 0;
  return 30 + DIGIT * Math.max(...ticksOf(y.min, y.max).map((tick) => shortNumber(tick).length));
}

function areaOf(x: PlotAxis, y: PlotAxis | null, edges: Pick<PlotArea, 'left' | 'right' | 'top' | 'bottom'>): PlotArea {
  const { left, right, top, bottom } = edges;
  const across = (value: number): number => left + ((value - x.min) / (x.max - x.min || 1)) * (right - left);
  const up = (value: number): number =>
    y === null ? value : bottom - ((value - y.min) / (y.max - y.min || 1)) * (bottom - top);
  return { ...edges, x: across, y: up };
}

function axes(x: PlotAxis, y: PlotAxis | null, { left, right, top, bottom, x: across, y: up }: PlotArea): string {
  const parts: string[] = [];
  for (const tick of ticksOf(x.min, x.max)) {
    const at = shortNumber(across(tick));
    parts.push(`<path class="grid" d="M${at} ${top}V${bottom}"/>`);
    parts.push(`<text x="${at}" y="${bottom + 18}" text-anchor="middle">${shortNumber(tick)}</text>`);
  }
  if (y !== null) {
    for (const tick of ticksOf(y.min, y.max)) {
      const at = shortNumber(up(tick));
      parts.push(`<path class="grid" d="M${left} ${at}H${right}"/>`);
      parts.push(`<text x="${left - 8}" y="${at}" dy="0.35em" text-anchor="end">${shortNumber(tick)}</text>`);
    }
    const middle = shortNumber((top + bottom) / 2);
    parts.push(
      `<text transform="translate(15 ${middle}) rotate(-90)" text-anchor="middle">${escapeMarkup(y.label)}</text>`,
    );
  }
  parts.push(`<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`);
  parts.push(
    `<text x="${shortNumber((left + right) / 2)}" y="${bottom + 40}" text-anchor="middle">${escapeMarkup(x.label)}</text>`,
  );
  return parts.join('');
}

/** About five round numbers from `min` to `max`: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(min: number, max: number): number[] {
  const span = max - min;
  if (!(span > 0)) return [min];
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(min / step - 1e-9); n * step <= max + step * 1e-9; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

/** The CSS classes of a series. */
export function seriesClass(series: number): string {
  return `series s${(series % STYLES) + 1} d${patternOf(series) + 1}`;
}

/** Which dashes and marks a series has: of two series of one color, others. */
function patternOf(series: number): number {
  return (series + (STYLES / 2) * Math.floor(series / STYLES)) % STYLES;
}

/** A line through points, in the plot's own units; none for fewer than two. */
export function polyline(points: readonly (readonly [number, number])[], classes: string): string {
  if (points.length < 2) return '';
  const path = points.map(([x, y]) => `${shortNumber(x)} ${shortNumber(y)}`).join('L');
  return `<path class="line ${classes}" d="M${path}"/>`;
}

/** A mark whose shape tells its series: circle, square, triangle, diamond, downward triangle, hexagon. */
export function mark(series: number, x: number, y: number, size: number, classes = ''): string {
  const all = `mark ${seriesClass(series)} ${classes}`.trim();
  const at = (angle: number, radius = size): string =>
    `${shortNumber(x + radius * Math.cos(angle))} ${shortNumber(y + radius * Math.sin(angle))}`;
  const polygon = (corners: number, turn: number, radius: number): string => {
    const points = Array.from({ length: corners }, (_, n) => at(turn + (2 * Math.PI * n) / corners, radius));
    return `<path class="${all}" d="M${points.join('L')}Z"/>`;
  };
  switch (patternOf(series)) {
    case 0:
      return `<circle class="${all}" cx="${shortNumber(x)}" cy="${shortNumber(y)}" r="${shortNumber(size)}"/>`;
    case 1:
      return polygon(4, Math.PI / 4, size * 1.25);
    case 2:
      return polygon(3, -Math.PI / 2, size * 1.35);
    case 3:
      return polygon(4, 0, size * 1.35);
    case 4:
      return polygon(3, Math.PI / 2, size * 1.35);
    default:
      return polygon(6, 0, size * 1.15);
  }
}

function renderLegend(entries: readonly LegendEntry[]): string {
  if (entries.length === 0) return '';
  const items = entries.map(({ name, series, kind }) => {
    const line = kind.startsWith('line') ? `<path class="line ${seriesClass(series)}" d="M1 7H33"/>` : '';
    const symbol = kind.endsWith('mark') ? mark(series, 17, 7, 4.5) : '';
    const bar = kind === 'bar' ? `<rect class="fill ${seriesClass(series)}" x="5" y="1" width="24" height="12"/>` : '';
    return `<li><svg viewBox="0 0 34 14" aria-hidden="true">${line}${symbol}${bar}</svg>${escapeMarkup(name)}</li>`;
  });
  return `<ul class="keys">${items.join('')}</ul>`;
}
