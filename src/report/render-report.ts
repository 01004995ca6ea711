import type { CaseCounts } from '../evaluate/curves-file.ts';
import type { CaseMetrics } from '../evaluate/evaluate-case.ts';
import type { Summary } from '../evaluate/summary.ts';
import type { RunDescription } from '../train/run-description.ts';
import { type CaseRank, caseFigures, rankCases, renderCase, renderLegend } from './case-articles.ts';
import { type CaseVolumes, drawCase, type Picture } from './case-pictures.ts';
import { evaluationPlots } from './evaluation-plots.ts';
import { type LabelNames, labelName, renderCasesTable, renderDefinitions, renderMeanTiles } from './figures-tables.ts';
import { grid, notesSection, type Provenance, provenanceSection, renderPage, section } from './page.ts';
import { describeBootstrap, renderStatistics } from './statistics-table.ts';
import type { TrainingCurve } from './training-chart.ts';
import { renderTraining } from './training-section.ts';

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
  /** Of the cases and labels with a probability map. */
  readonly curves?: readonly CaseCounts[];
  /** The threshold of the masks, where it is known and one. */
  readonly threshold?: number | null;
  readonly training?: TrainingCurve;
  /** Of the run that was trained. */
  readonly configuration?: RunDescription;
  /** Sentences for the reader, such as how the figures came about. Plain text. */
  readonly notes: readonly string[];
  readonly labelNames?: LabelNames;
  readonly provenance?: Provenance;
}

/**
 * The report of an evaluation: means with intervals, plots, a table of all cases, pictures with both outlines, worst cases first, the training
 * curve, how it was made, and what the figures mean. A page by itself (`renderPage`), the same for the same input.
 */
export function renderReport(report: Report): string {
  const { title, summary, notes, training, labelNames = {}, curves = [], threshold = null } = report;
  const cases = report.cases.map((item) => ({
    name: item.name,
    figures: item.figures,
    pictures: 'pictures' in item ? item.pictures : drawCase(item),
  }));
  const link = (index: number): string | null => (cases[index]?.pictures.length ? `case-${index + 1}` : null);
  const labels = Object.keys(summary.mean);
  const plots = labels.flatMap((label) => {
    const of = labels.length > 1 ? `${labelNames[label] ?? `label ${label}`}: ` : '';
    return evaluationPlots(summary, label, of, curves, threshold);
  });
  return renderPage(title, [
    section('means', meansTitle(summary), missedWarning(summary) + renderMeanTiles(summary)),
    section('statistics', 'Statistics over the cases', statisticsOf(summary, labelNames)),
    section('plots', 'Plots', grid(plots)),
    section('cases', 'Cases', renderCasesTable(summary, labelNames, cases, link)),
    section('pictures', 'Pictures', picturesOf(cases, labelNames)),
    section('training', 'Training', renderTraining(training, report.configuration)),
    notesSection(notes),
    provenanceSection(report.provenance),
    section('definitions', 'Figures', renderDefinitions()),
  ]);
}

function statisticsOf({ statistics, bootstrap, n_cases: count }: Summary, labelNames: LabelNames): string {
  if (statistics === undefined || bootstrap === undefined || count < 2) return '';
  const labels = Object.keys(statistics);
  const tables = labels.map(
    (label) =>
      (labels.length > 1 ? `<h3>${labelName(label, labelNames)}</h3>` : '') +
      renderStatistics(statistics[label], bootstrap),
  );
  const groups = Math.max(...labels.map((label) => statistics[label].TP.n_groups));
  return `${tables.join('')}<p class="quiet below">${describeBootstrap(bootstrap, groups)} “No value” counts the cases that a mean and a median leave out.</p>`;
}

function picturesOf(
  cases: readonly { name: string; figures: CaseMetrics; pictures: readonly Picture[] }[],
  labelNames: LabelNames,
): string {
  if (cases.every(({ pictures }) => pictures.length === 0)) return '';
  const ranks = rankCases(cases.map(({ figures }) => figures));
  const lowest = ({ figures }: { figures: CaseMetrics }): number =>
    Math.min(...Object.values(figures).map(({ Dice }) => Dice ?? 1));
  const group = (rank: CaseRank, heading: string): string => {
    const own = [...cases.entries()].filter(([index, { pictures }]) => ranks[index] === rank && pictures.length > 0);
    own.sort(([, a], [, b]) => lowest(a) - lowest(b));
    if (own.length === 0) return '';
    const articles = own.map(([index, { name, figures, pictures }]) =>
      renderCase(name, caseFigures(figures, labelNames), pictures, `case-${index + 1}`),
    );
    return `${heading === '' ? '' : `<h3 class="group">${heading}</h3>`}${articles.join('')}`;
  };
  const isRanked = ranks.includes('worst');
  return (
    renderLegend({ reference: true, probability: false }) +
    group('worst', 'Worst cases: the lowest Dice') +
    group('best', 'Best cases: the highest Dice') +
    group('between', isRanked ? 'Cases between' : '')
  );
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
