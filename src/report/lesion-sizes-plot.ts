import type { LesionSizeClass } from '../evaluate/lesion-sizes.ts';
import { renderPlot, seriesClass } from './plot.ts';

/**
 * For each class of lesion volume two bars: the share of the reference's lesions that was found, and the share of the predicted ones that
 * is false; with the numbers behind both. Empty where there is no lesion at all.
 */
export function lesionSizesPlot(title: string, classes: readonly LesionSizeClass[]): string {
  if (classes.every(({ n_ref, n_pred }) => n_ref === 0 && n_pred === 0)) return '';
  const row = 44;
  const options = {
    title,
    description: classes.map(describe).join(' '),
    caption:
      'Lesions of all cases pooled. At the right: how many of how many. Found: the prediction touches it. False: it touches no voxel of the reference.',
    x: { label: 'Share of the lesions', min: 0, max: 1 },
    y: null,
    height: 62 + classes.length * row,
    left: 134,
    right: 96,
    legend: [
      { name: 'reference lesions found', series: 0, kind: 'bar' },
      { name: 'predicted lesions that are false', series: 1, kind: 'bar' },
    ] as const,
  };
  return renderPlot(options, ({ x, left, right, top }) =>
    classes
      .map((of, index) => {
        const y = top + index * row;
        const bar = (share: number | null, series: number, offset: number, count: string): string =>
          (share === null
            ? ''
            : `<rect class="fill ${seriesClass(series)}" x="${left}" y="${y + offset}" width="${(x(share) - left).toFixed(1)}" height="15"/>`) +
          `<text x="${right + 8}" y="${y + offset + 8}" dy="0.35em">${count}</text>`;
        return (
          `<text class="name" x="${left - 10}" y="${y + row / 2}" dy="0.35em" text-anchor="end">${nameOf(of)}</text>` +
          bar(of.LTPR, 0, 5, `${of.n_ref_touched} of ${of.n_ref}`) +
          bar(of.LFPR, 1, 22, `${of.n_pred_false} of ${of.n_pred}`)
        );
      })
      .join(''),
  );
}

function nameOf({ from, to }: LesionSizeClass): string {
  if (to === null) return `above ${from} mm³`;
  return from === 0 ? `up to ${to} mm³` : `${from} to ${to} mm³`;
}

function describe(of: LesionSizeClass): string {
  return `${nameOf(of)}: ${of.n_ref_touched} of ${of.n_ref} found, ${of.n_pred_false} of ${of.n_pred} predicted are false.`;
}
