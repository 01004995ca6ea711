import type { EvaluationComparison, MethodFigure, PairedComparison } from '../evaluate/compare-evaluations.ts';
import type { CaseCounts } from '../evaluate/curves-file.ts';
import type { FigureName } from '../evaluate/figures.ts';
import { FIGURES } from '../evaluate/figures.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { poolCounts, pooledPoint } from '../evaluate/threshold-counts.ts';
import { boxPlot } from './box-plot.ts';
import { BOX_CAPTION } from './evaluation-plots.ts';
import { formatFigure } from './figure-cells.ts';
import { type LabelNames, labelName, renderDefinitions } from './figures-tables.ts';
import { escapeMarkup } from './markup.ts';
import { grid, notesSection, type Provenance, provenanceSection, renderPage, section } from './page.ts';
import { precisionRecallPlot } from './precision-recall-plot.ts';
import { describeBootstrap, formatInterval } from './statistics-table.ts';

/** One method with what is drawn of it. */
export interface ComparedMethod {
  readonly name: string;
  /** Where its scores come from. */
  readonly source: string;
  readonly cases: readonly EvaluatedCase[];
  readonly curves: readonly CaseCounts[];
  /** Of its masks, where it is known and one. */
  readonly threshold: number | null;
}

export interface ComparisonReport {
  readonly title: string;
  readonly comparison: EvaluationComparison;
  readonly methods: readonly ComparedMethod[];
  readonly notes: readonly string[];
  readonly labelNames?: LabelNames;
  readonly provenance: Provenance;
}

/** The report of a comparison of methods: statistics, paired tests, box plots side by side and precision-recall curves. */
export function renderComparison(report: ComparisonReport): string {
  return renderPage(report.title, [
    ...comparisonSections(report),
    notesSection(report.notes),
    provenanceSection(report.provenance),
    section('definitions', 'Figures', renderDefinitions()),
  ]);
}

/** What a comparison says, as the sections of a page. */
export function comparisonSections(report: Omit<ComparisonReport, 'title' | 'notes' | 'provenance'>): string[] {
  const { comparison, methods, labelNames = {} } = report;
  const parts = (heading: (label: string) => string, body: (label: string) => string): string =>
    comparison.labels
      .map((label) => (comparison.labels.length > 1 ? `<h3>${heading(label)}</h3>` : '') + body(label))
      .join('');
  const nameOf = (label: string): string => labelName(label, labelNames);
  return [
    section('methods', 'Methods', methodsTable(comparison, methods)),
    section(
      'figures',
      'Figures of each method',
      parts(nameOf, (label) => figuresTable(comparison, label)) +
        `<p class="quiet below">★ marks the best mean of a figure, whether or not the difference means anything. ${describeBootstrap(comparison.bootstrap, comparison.n_patients)} “No value” counts the cases that a mean and a median leave out.</p>`,
    ),
    section(
      'tests',
      'Differences, paired by subject',
      parts(nameOf, (label) => testsTable(comparison, label)) +
        '<p class="quiet below">Difference: first less second method, over the subjects in which both have a value, with the bootstrap interval of its mean. ' +
        "p: Wilcoxon's signed-rank test, paired by patient, two-sided, which leaves out equal pairs; corrected by Holm over the pairs of methods of one figure, not over figures. " +
        `${smallest(comparison)}</p>`,
    ),
    section('plots', 'Plots', grid(comparison.labels.flatMap((label) => plotsOf(report, label)))),
  ];
}

function methodsTable(
  { subjects, left_out: leftOut, n_patients: patients }: EvaluationComparison,
  methods: readonly ComparedMethod[],
): string {
  const rows = methods.map(
    ({ name, source, cases }) =>
      `<tr><th scope="row">${escapeMarkup(name)}</th><td class="text">${escapeMarkup(source)}</td><td>${cases.length}</td></tr>`,
  );
  const lost = leftOut.map(({ subject, missing_in: names }) => `${subject} (not in ${names.join(', ')})`);
  return (
    (lost.length === 0
      ? ''
      : `<p class="warning">Left out for all, since a method lacks them: ${escapeMarkup(lost.join('; '))}. A method that fails on hard cases looks better without them.</p>`) +
    '<div class="scroll card"><table><thead><tr><th scope="col">Method</th><th scope="col" class="text">Scores</th><th scope="col">Cases</th></tr></thead>' +
    `<tbody>${rows.join('')}</tbody></table></div>` +
    `<p class="quiet below">All that follows is over the ${subjects.length} ${subjects.length === 1 ? 'subject' : 'subjects'} that every method was scored on` +
    `${patients === subjects.length ? '' : `, of ${patients} patients; the tests take their scans as independent, which they are not`}.</p>`
  );
}

function figuresTable({ figures, methods, statistics }: EvaluationComparison, label: string): string {
  const rows = shownFigures(figures, statistics[label]).flatMap((figure) =>
    methods.map((method, index) => {
      const of = statistics[label]?.[figure]?.[method] as MethodFigure;
      const first =
        index === 0 ? `<th scope="rowgroup" rowspan="${methods.length}">${figure}${direction(figure)}</th>` : '';
      const cell = (value: number | null): string => `<td>${formatFigure(figure, value)}</td>`;
      return (
        `<tr class="${index === 0 ? 'group' : ''}${of.best ? ' best' : ''}">${first}<td class="text">${escapeMarkup(method)}${of.best ? ' ★' : ''}</td>` +
        `${cell(of.mean)}<td>${formatInterval(figure, of)}</td>${cell(of.median)}${cell(of.sd)}<td>${of.n}</td><td>${of.n_undefined}</td></tr>`
      );
    }),
  );
  return table(
    ['Figure', 'Method', 'Mean', '95 % interval', 'Median', 'SD', 'n', 'No value'],
    rows,
    'Figures of each method',
  );
}

function testsTable({ figures, statistics, comparisons }: EvaluationComparison, label: string): string {
  const rows = shownFigures(figures, statistics[label]).flatMap((figure) =>
    (comparisons[label]?.[figure] ?? []).map((of, index, all) => {
      const first = index === 0 ? `<th scope="rowgroup" rowspan="${all.length}">${figure}</th>` : '';
      return (
        `<tr class="${index === 0 ? 'group' : ''}${of.p_holm !== null && of.p_holm < 0.05 ? ' best' : ''}">${first}` +
        `<td class="text">${escapeMarkup(of.first)} − ${escapeMarkup(of.second)}</td>` +
        `<td>${signed(figure, of.mean_difference)}</td><td>${of.lower === null ? '–' : `${signed(figure, of.lower)} to ${signed(figure, of.upper)}`}</td>` +
        `<td>${signed(figure, of.median_difference)}</td><td>${of.n}</td><td>${of.n_equal}</td><td>${of.n_undefined}</td>` +
        `<td>${formatP(of.p)}</td><td>${formatP(of.p_holm)}${significance(of)}</td></tr>`
      );
    }),
  );
  const heads = [
    'Figure',
    'Methods',
    'Mean difference',
    '95 % interval',
    'Median difference',
    'n differing',
    'n equal',
    'No value',
    'p',
    'p, Holm',
  ];
  return table(heads, rows, 'Differences between methods');
}

function table(heads: readonly string[], rows: readonly string[], name: string): string {
  const cells = heads.map((head, index) => `<th scope="col"${index === 1 ? ' class="text"' : ''}>${head}</th>`);
  return (
    `<div class="scroll card" role="region" aria-label="${name}" tabindex="0"><table class="grouped">` +
    `<thead><tr>${cells.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  );
}

function plotsOf(
  { comparison, methods, labelNames = {} }: Pick<ComparisonReport, 'comparison' | 'methods' | 'labelNames'>,
  label: string,
): string[] {
  const of = comparison.labels.length > 1 ? `${labelNames[label] ?? `label ${label}`}: ` : '';
  const subjects = new Set(comparison.subjects);
  const ownCases = (method: ComparedMethod): EvaluatedCase[] =>
    method.cases.filter(({ subject }) => subjects.has(subject));
  const figures = shownFigures(comparison.figures, comparison.statistics[label]);
  const plots = figures.map((figure, index) => {
    const rows = methods.map((method, series) => ({
      name: method.name,
      values: ownCases(method).map(({ metrics }) => metrics[label]?.[figure] ?? null),
      series,
    }));
    const values = rows.flatMap((row) => row.values.filter((value) => value !== null));
    const isShare = values.every((value) => value <= 1) && figure !== 'VD';
    const max = isShare ? 1 : 1.04 * Math.max(...values) || 1;
    const better = FIGURES.find(({ name }) => name === figure)?.better;
    const goodness = better === undefined || better === null ? 'per case' : `${better} is better`;
    return boxPlot(`${of}${figure}`, rows, { label: goodness, min: 0, max }, index === 0 ? BOX_CAPTION : undefined);
  });
  const curves = precisionRecallPlot(
    `${of}Precision and recall`,
    methods.map((method) => {
      const own = method.curves.filter((one) => String(one.label) === label && subjects.has(one.subject));
      return {
        name: method.name,
        pooled: poolCounts(own.map(({ counts }) => counts)),
        chosen: pooledPoint(ownCases(method).flatMap(({ metrics }) => metrics[label] ?? [])),
        threshold: method.threshold,
        cases: [],
      };
    }),
    'Voxels of all cases together. Cases without a voxel of the label in the reference are left out. Marks are what the scored masks have.',
  );
  return curves === '' ? plots : [...plots, curves];
}

/** Figures that some method has a value of. */
function shownFigures(
  figures: readonly FigureName[],
  statistics: EvaluationComparison['statistics'][string] | undefined,
): FigureName[] {
  return figures.filter((figure) => Object.values(statistics?.[figure] ?? {}).some(({ n }) => n > 0));
}

/** With few subjects no difference can be significant: the reader should know. */
function smallest({ n_patients: patients, methods }: EvaluationComparison): string {
  const p = 2 ** (1 - patients);
  const pairs = (methods.length * (methods.length - 1)) / 2;
  return p * pairs < 0.05
    ? ''
    : `With ${patients} patients p can't be below ${formatP(p)}: no difference here can become significant.`;
}

function significance({ p_holm: p }: PairedComparison): string {
  return p !== null && p < 0.05 ? ' *' : '';
}

function direction(figure: FigureName): string {
  const better = FIGURES.find(({ name }) => name === figure)?.better;
  return better === undefined || better === null ? '' : better === 'higher' ? ' ↑' : ' ↓';
}

function signed(figure: FigureName, value: number | null): string {
  if (value === null) return '–';
  return `${value < 0 ? '−' : '+'}${formatFigure(figure, Math.abs(value))}`;
}

/** To three decimals, below that as `< 0.001`. */
export function formatP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '&lt; 0.001' : p.toFixed(3);
}
