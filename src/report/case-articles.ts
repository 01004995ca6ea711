import type { CaseMetrics } from '../evaluate/evaluate-case.ts';
import type { Picture } from './case-pictures.ts';
import { formatFigure } from './figure-cells.ts';
import { type LabelNames, labelName } from './figures-tables.ts';
import { escapeMarkup, shortNumber } from './markup.ts';

/** How a case ranks among the others by Dice. */
export type CaseRank = 'worst' | 'best' | 'between';

const MOST_RANKED = 6;

/**
 * Ranks cases by their Dice, of several labels the lowest: up to six worst and six best ones, never more than half of each. Cases without a
 * Dice, such as two empty masks, are neither.
 */
export function rankCases(cases: readonly CaseMetrics[]): CaseRank[] {
  const dice = cases.map((metrics) => {
    const defined = Object.values(metrics).flatMap((of) => of.Dice ?? []);
    return defined.length === 0 ? null : Math.min(...defined);
  });
  const order = [...dice.keys()].filter((index) => dice[index] !== null);
  order.sort((a, b) => (dice[a] as number) - (dice[b] as number));
  const ranked = Math.min(MOST_RANKED, Math.floor(order.length / 2));
  const ranks = cases.map((): CaseRank => 'between');
  for (const index of order.slice(0, ranked)) ranks[index] = 'worst';
  if (ranked > 0) for (const index of order.slice(-ranked)) ranks[index] = 'best';
  return ranks;
}

/**
 * A case's heading and its pictures, each of which opens over the page.
 * @param aside what stands beside the name, as markup
 * @param below what stands below the pictures, as markup
 */
export function renderCase(
  name: string,
  aside: readonly string[],
  pictures: readonly Picture[],
  id: string,
  below = '',
): string {
  const figures = pictures.map((picture, index) => {
    const own = `${id}-${index + 1}`;
    // Growing in proportion to their aspect from nothing, pictures in one row get the same height.
    return (
      `<figure id="${own}" style="flex: ${shortNumber(picture.aspect)} 1 0">` +
      `<a class="open" href="#${own}">${picture.svg}</a>` +
      `<figcaption>${escapeMarkup(picture.caption)}</figcaption><a class="close" href="#${id}">Close</a></figure>`
    );
  });
  return (
    `<article class="case card" id="${id}"><div class="case-head"><h4>${escapeMarkup(name)}</h4>` +
    `${aside.map((text) => `<span>${text}</span>`).join('')}</div>` +
    `<div class="pictures">${figures.join('')}</div>${below}</article>\n`
  );
}

/** What stands beside a scored case's name, as markup. */
export function caseFigures(metrics: CaseMetrics, labelNames: LabelNames): string[] {
  const entries = Object.entries(metrics);
  return entries.map(([label, of]) => {
    const dice = `Dice ${formatFigure('Dice', of.Dice)}`;
    if (entries.length > 1) return `${labelName(label, labelNames)}: ${dice}`;
    const lesions = `${of.lesions_ref} ${of.lesions_ref === 1 ? 'lesion' : 'lesions'} in the reference`;
    return `${dice}, ${lesions}, ${of.lesions_pred} predicted`;
  });
}

/** The switches for what the pictures show beside the scan, and how to read them. */
export function renderLegend(shown: { readonly reference: boolean; readonly probability: boolean }): string {
  const entry = (kind: string, sample: string): string =>
    `<label><input type="checkbox" id="show-${kind}" checked> ` +
    `<svg viewBox="0 0 34 12" aria-hidden="true">${sample}</svg> ${kind}</label>\n`;
  const line = (kind: string): string => entry(kind, `<path class="outline ${kind}" d="M2 6H32"/>`);
  return (
    `<div class="legend card">\n${shown.reference ? line('reference') : ''}${line('prediction')}` +
    `${shown.probability ? entry('probability', '<rect class="probability" x="3" y="2" width="28" height="8"/>') : ''}` +
    '<span class="quiet">The patient\'s right (R) is at the left, as radiologists look at it. ' +
    '<span class="screen">Click a picture to enlarge it.</span></span>\n</div>'
  );
}
