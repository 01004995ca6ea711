import type { CaseMetrics } from '../evaluate/evaluate-case.ts';
import type { Summary } from '../evaluate/summary.ts';
import { type CaseVolumes, drawCase, type Picture } from './case-pictures.ts';
import { formatFigure } from './figure-cells.ts';
import { type LabelNames, labelName, renderCasesTable, renderDefinitions, renderMeanTiles } from './figures-tables.ts';
import { escapeMarkup, shortNumber } from './markup.ts';
import { STYLESHEET } from './stylesheet.ts';
import { type TrainingCurve, trainingChart } from './training-chart.ts';

interface CaseFigures {
  readonly name: string;
  /** The case's figures by label, as `evaluateCase` gives them. */
  readonly figures: CaseMetrics;
}

/** A case with its volumes, or (so that not all volumes need be in memory) with pictures that `drawCase` made before. */
export type ReportCase = CaseFigures & (CaseVolumes | { readonly pictures: readonly Picture[] });

export interface Report {
  readonly title: string;
  readonly summary: Summary;
  readonly cases: readonly ReportCase[];
  readonly training?: TrainingCurve;
  /** Sentences for the reader, such as how the figures came about. Plain text. */
  readonly notes: readonly string[];
  readonly labelNames?: LabelNames;
}

/**
 * An HTML page that stands by itself: means, a table of all cases, pictures with both outlines, the training curve, and
 * what the figures mean. It has one inline stylesheet and no script, asks for nothing from anywhere (a content security
 * policy says so), follows the reader's light or dark theme, and is the same for the same input.
 */
export function renderReport(report: Report): string {
  const { title, summary, notes, training, labelNames = {} } = report;
  const cases = report.cases.map((item) => ({
    name: item.name,
    figures: item.figures,
    pictures: 'pictures' in item ? item.pictures : drawCase(item),
  }));
  const pictured = cases.some((item) => item.pictures.length > 0);
  const link = (index: number): string | null => (cases[index]?.pictures.length ? `case-${index + 1}` : null);
  const sections = [
    section('means', meansTitle(summary), missedWarning(summary) + renderMeanTiles(summary)),
    section('cases', 'Cases', renderCasesTable(summary, labelNames, cases, link)),
    pictured
      ? section(
          'pictures',
          'Pictures',
          LEGEND + cases.map((item, index) => renderPictures(item, `case-${index + 1}`, labelNames)).join(''),
        )
      : '',
    training === undefined
      ? ''
      : section('training', 'Training', `<div class="curve card">${trainingChart(training)}</div>`),
    notes.length === 0
      ? ''
      : section(
          'notes',
          'Notes',
          `<ul class="notes">${notes.map((note) => `<li>${escapeMarkup(note)}</li>`).join('')}</ul>`,
        ),
    section('definitions', 'Figures', renderDefinitions()),
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title>
<style>${STYLESHEET}</style>
</head>
<body>
<header><h1>${escapeMarkup(title)}</h1></header>
<main>
${sections.filter((text) => text !== '').join('\n')}
</main>
<footer><p>Made by rarevox. Not for diagnosis.</p></footer>
</body>
</html>
`;
}

const LEGEND = `<div class="legend card">
<label><input type="checkbox" id="show-reference" checked> <svg viewBox="0 0 34 12" aria-hidden="true"><path class="outline reference" d="M2 6H32"/></svg> reference</label>
<label><input type="checkbox" id="show-prediction" checked> <svg viewBox="0 0 34 12" aria-hidden="true"><path class="outline prediction" d="M2 6H32"/></svg> prediction</label>
<span class="quiet">The patient's right (R) is at the left, as radiologists look at it. Click a picture to enlarge it.</span>
</div>`;

function section(id: string, heading: string, body: string): string {
  return `<section aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>\n${body}</section>`;
}

function meansTitle(summary: Summary): string {
  const labels = Object.keys(summary.mean).length;
  const cases = summary.n_cases === 1 ? 'one case' : `${summary.n_cases} cases`;
  if (summary.n_cases === 1 && labels === 1) return 'Result';
  return `Mean of ${cases}${labels > 1 ? ` and ${labels} labels` : ''}`;
}

function missedWarning(summary: Summary): string {
  const missed = Object.values(summary.n_missed).reduce((sum, count) => sum + count, 0);
  if (missed === 0) return '';
  const what = missed === 1 ? 'case is' : 'cases are';
  return `<p class="warning">${missed} ${what} missed: nothing was predicted where the reference has a lesion. Counted with the worst value in every mean.</p>`;
}

function renderPictures(
  item: { name: string; figures: CaseMetrics; pictures: readonly Picture[] },
  id: string,
  labelNames: LabelNames,
): string {
  if (item.pictures.length === 0) return '';
  const entries = Object.entries(item.figures);
  const figures = entries.map(([label, of]) => {
    const dice = `Dice ${formatFigure('Dice', of.Dice)}`;
    if (entries.length > 1) return `<span>${labelName(label, labelNames)}: ${dice}</span>`;
    const lesions = `${of.lesions_ref} ${of.lesions_ref === 1 ? 'lesion' : 'lesions'} in the reference`;
    return `<span>${dice}, ${lesions}, ${of.lesions_pred} predicted</span>`;
  });
  const pictures = item.pictures.map((picture, index) => {
    const own = `${id}-${index + 1}`;
    // Growing in proportion to their aspect from nothing, pictures in one row get the same height.
    return (
      `<figure id="${own}" style="flex: ${shortNumber(picture.aspect)} 1 0">` +
      `<a class="open" href="#${own}">${picture.svg}</a>` +
      `<figcaption>${escapeMarkup(picture.caption)}</figcaption><a class="close" href="#${id}">Close</a></figure>`
    );
  });
  return (
    `<article class="case card" id="${id}"><div class="case-head"><h3>${escapeMarkup(item.name)}</h3>${figures.join('')}</div>` +
    `<div class="pictures">${pictures.join('')}</div></article>\n`
  );
}
