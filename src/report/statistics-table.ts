import type { CaseStatistics, FigureSpread } from '../evaluate/case-statistics.ts';
import type { FigureName } from '../evaluate/figures.ts';
import { formatFigure } from './figure-cells.ts';

/** The figures of the tables of means; all of them are in summary.json. */
export const STATISTICS_SHOWN: readonly FigureName[] = [
  'Dice',
  'IoU',
  'Sensitivity',
  'PPV',
  'F2',
  'APR',
  'LTPR',
  'LFPR',
  'LesionF1',
  'F1_score',
  'VD',
  'ASSD',
  'HD95',
];

/** One label's figures over the cases: mean, interval, median, spread, and how many values there are and are not. */
export function renderStatistics(
  statistics: CaseStatistics['statistics'][string],
  bootstrap: CaseStatistics['bootstrap'],
): string {
  const rows = STATISTICS_SHOWN.filter((name) => statistics[name].n > 0 || name !== 'APR').map((name) => {
    const of = statistics[name];
    const cells = [of.mean, of.median, of.sd].map((value) => numberCell(name, value));
    return (
      `<tr><th scope="row">${name}</th>${cells[0]}<td>${formatInterval(name, of)}</td>${cells[1]}${cells[2]}` +
      `<td>${of.n}</td><td${of.n_undefined === 0 ? '' : ' class="strong"'}>${of.n_undefined}</td></tr>`
    );
  });
  const heads = ['Figure', 'Mean', `${percentOf(bootstrap)} % interval`, 'Median', 'SD', 'n', 'No value'];
  return (
    '<div class="scroll card" role="region" aria-label="Statistics over the cases" tabindex="0"><table class="statistics">' +
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}

/** How the intervals came about, in a sentence. */
export function describeBootstrap({ level, resamples, seed }: CaseStatistics['bootstrap'], groups: number): string {
  return (
    `Intervals hold the mean with ${Math.round(100 * level)} % by the bootstrap over patients (percentiles of ${resamples} resamples, seed ${seed})` +
    `${groups < 20 ? `; of fewer than 20 patients, here ${groups}, they are too narrow and a rough guide` : ''}.`
  );
}

/** `0.612 to 0.744`, or an en dash where there are too few patients. */
export function formatInterval(name: FigureName, { lower, upper }: Pick<FigureSpread, 'lower' | 'upper'>): string {
  return lower === null || upper === null ? '–' : `${formatFigure(name, lower)} to ${formatFigure(name, upper)}`;
}

function percentOf({ level }: CaseStatistics['bootstrap']): number {
  return Math.round(100 * level);
}

function numberCell(name: FigureName, value: number | null): string {
  const text = formatFigure(name, value);
  return value === null ? `<td class="none"><span title="no value">${text}</span></td>` : `<td>${text}</td>`;
}
