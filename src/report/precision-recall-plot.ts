import type { PooledPoint } from '../evaluate/threshold-counts.ts';
import { shortNumber } from './markup.ts';
import { mark, polyline, renderPlot, seriesClass } from './plot.ts';

/** The curve of one method over all cases. */
export interface PrecisionRecallSeries {
  readonly name: string;
  readonly pooled: readonly PooledPoint[];
  /** What the scored masks have, pooled over the same cases; null where nothing was predicted. */
  readonly chosen: { readonly recall: number; readonly precision: number } | null;
  /** The threshold of the masks, where it is known. */
  readonly threshold: number | null;
  /** Thin lines of single cases; none where several methods are shown. */
  readonly cases: readonly (readonly PooledPoint[])[];
}

/** Precision against recall over every threshold, with the point of the masks that were scored. */
export function precisionRecallPlot(title: string, all: readonly PrecisionRecallSeries[], caption: string): string {
  const shown = all.filter(({ pooled }) => pooled.length > 0);
  if (shown.length === 0) return '';
  const options = {
    title,
    description: shown.map(describe).join(' '),
    caption,
    x: { label: 'Recall (sensitivity)', min: 0, max: 1 },
    y: { label: 'Precision (PPV)', min: 0, max: 1 },
    height: 400,
    legend: shown.map((series) => ({
      name: nameOf(series),
      series: all.indexOf(series),
      kind: 'line and mark' as const,
    })),
  };
  return renderPlot(options, ({ x, y }) => {
    const line = (points: readonly PooledPoint[], classes: string): string =>
      polyline(
        points.map(({ recall, precision }) => [x(recall), y(precision)] as const),
        classes,
      );
    return shown
      .map((one) => {
        const series = all.indexOf(one);
        const point =
          one.chosen === null ? '' : mark(series, x(one.chosen.recall), y(one.chosen.precision), 7, 'chosen');
        return one.cases.map((points) => line(points, 'thin')).join('') + line(one.pooled, seriesClass(series)) + point;
      })
      .join('');
  });
}

function nameOf({ name, chosen, threshold }: PrecisionRecallSeries): string {
  if (chosen === null) return name;
  return `${name}; mark: the masks${threshold === null ? '' : `, threshold ${shortNumber(threshold)}`}`;
}

function describe({ name, chosen }: PrecisionRecallSeries): string {
  if (chosen === null) return `${name}.`;
  return `${name}: the masks have recall ${chosen.recall.toFixed(3)} and precision ${chosen.precision.toFixed(3)}.`;
}
