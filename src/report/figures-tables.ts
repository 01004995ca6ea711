import { FIGURES, type FigureName, type Figures } from '../evaluate/figures.ts';
import type { Summary } from '../evaluate/summary.ts';
import { formatFigure, remarkOn } from './figure-cells.ts';
import { escapeMarkup } from './markup.ts';
import { formatInterval } from './statistics-table.ts';

/** Names of labels for people, by the label's number as text. */
export type LabelNames = Readonly<Record<string, string>>;

/** The figures that are shown large, with what they say in a word or two. */
const TILES: readonly (readonly [FigureName, string])[] = [
  ['Dice', 'overlap'],
  ['Sensitivity', 'voxel recall'],
  ['PPV', 'voxel precision'],
  ['F2', 'recall-weighted'],
  ['LTPR', 'lesions found'],
  ['LFPR', 'false lesions'],
  ['VD', 'volume difference'],
];

/** The columns of the tables. Everything else is in cases.csv and summary.json. */
const COLUMNS: readonly FigureName[] = [
  'Dice',
  'Sensitivity',
  'PPV',
  'F2',
  'LTPR',
  'LFPR',
  'LesionF1',
  'VD',
  'HD95',
  'F1_score',
  'lesions_ref',
  'lesions_pred',
  'n_ref',
  'n_pred',
];

const HEADINGS: Partial<Record<FigureName, string>> = {
  LesionF1: 'Lesion<br>F1',
  lesions_ref: 'Lesions<br>reference',
  lesions_pred: 'Lesions<br>predicted',
  n_ref: 'Voxels<br>reference',
  n_pred: 'Voxels<br>predicted',
};

/** The means over cases (and labels), each with the number of cases that it leaves out, and of one label with its interval. */
export function renderMeanTiles(summary: Summary): string {
  const labels = Object.keys(summary.mean).length;
  const only = labels === 1 ? Object.values(summary.statistics ?? {})[0] : undefined;
  const tiles = TILES.map(([name, meaning]) => {
    const missing = summary.n_undefined.foreground_mean[name];
    const value = formatFigure(name, summary.foreground_mean[name]);
    const omission =
      missing === 0 ? '' : `<dd class="aside">no value in ${missing} of ${summary.n_cases * labels}</dd>`;
    const interval =
      only === undefined || only[name].lower === null
        ? ''
        : `<dd class="aside interval">${formatInterval(name, only[name])}</dd>`;
    return (
      `<div class="tile card"><dt>${name}</dt><dd>${value}</dd>${interval}` +
      `<dd class="aside">${meaning}</dd>${omission}</div>`
    );
  });
  return `<dl class="tiles">${tiles.join('')}</dl>`;
}

/** One row a case and label, then the means. `link` gives the place of a case's pictures, or null. */
export function renderCasesTable(
  summary: Summary,
  labelNames: LabelNames,
  cases: readonly { name: string; figures: Readonly<Record<string, Figures>> }[],
  link: (index: number) => string | null,
): string {
  const labels = Object.keys(summary.mean);
  const several = labels.length > 1;
  const rows = cases.flatMap((item, index) =>
    Object.entries(item.figures).map(([label, figures]) => {
      const name = escapeMarkup(item.name);
      const target = link(index);
      const remark = remarkOn(figures);
      return (
        `<tr><th scope="row">${target === null ? name : `<a href="#${target}">${name}</a>`}` +
        `${remark === null ? '' : `<span class="badge">${remark}</span>`}</th>` +
        (several ? `<td class="text">${labelName(label, labelNames)}</td>` : '') +
        `${figureCells(figures)}</tr>`
      );
    }),
  );
  const means = labels.map(
    (label) =>
      `<tr><th scope="row">Mean</th>${several ? `<td class="text">${labelName(label, labelNames)}</td>` : ''}` +
      `${figureCells(summary.mean[label] as Figures)}</tr>`,
  );
  if (several) {
    means.push(
      `<tr><th scope="row">Mean</th><td class="text">all labels</td>${figureCells(summary.foreground_mean)}</tr>`,
    );
  }
  const headings = COLUMNS.map((name) => `<th scope="col">${HEADINGS[name] ?? name}</th>`).join('');
  return (
    '<div class="scroll card" role="region" aria-label="Figures of every case" tabindex="0"><table class="wide">' +
    `<thead><tr><th scope="col">Case</th>${several ? '<th scope="col" class="text">Label</th>' : ''}${headings}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody><tfoot>${means.join('')}</tfoot></table></div>`
  );
}

/** What each figure means, and what happens where a mask is empty. */
export function renderDefinitions(): string {
  const rows = FIGURES.map(
    ({ name, better, definition }) =>
      `<tr><th scope="row">${name}</th><td class="text">${escapeMarkup(definition)}</td>` +
      `<td class="text">${better === null ? '' : `${better} is better`}</td></tr>`,
  );
  return (
    '<details class="card"><summary>What the figures mean</summary>' +
    '<p>TP, FP, FN and TN count voxels; each label is scored against everything else. A lesion is a connected component. ' +
    'A figure without a value (–) is left out of the mean and counted. Where both masks are empty only counts, volumes and ' +
    'Specificity have a value; where only the reference is, Sensitivity, LTPR, SensL, APR, AUC and VD have none. A missed case (nothing ' +
    'predicted where there is a lesion) always counts with the worst value: PPV and LesionPPV 0, LFPR 1, and for distances the diagonal ' +
    "of the volume, as a false alarm does. Anima's lesions have more than 3 mm3. APR and AUC need probability maps.</p>" +
    `<table><tbody>${rows.join('')}</tbody></table></details>`
  );
}

/** A label's name for people, as markup. */
export function labelName(label: string, names: LabelNames): string {
  return escapeMarkup(names[label] ?? `label ${label}`);
}

function figureCells(figures: Figures): string {
  return COLUMNS.map((name) => {
    const value = figures[name];
    const text = formatFigure(name, value);
    if (value === null) return `<td class="none"><span title="no value">${text}</span></td>`;
    if (name === 'Dice') return `<td class="bar" style="--share: ${(value * 100).toFixed(1)}%">${text}</td>`;
    return `<td>${text}</td>`;
  }).join('');
}
