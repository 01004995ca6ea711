import { encodeCsv } from '../csv.ts';
import { compareEvaluations, type EvaluationComparison } from '../evaluate/compare-evaluations.ts';
import { encodeTests } from '../evaluate/comparison-tables.ts';
import { FIGURE_NAMES } from '../evaluate/figures.ts';
import { encodeSummary, summarize } from '../evaluate/summary.ts';
import { type ComparedMethod, comparisonSections } from '../report/comparison-report.ts';
import { renderDefinitions } from '../report/figures-tables.ts';
import { escapeMarkup } from '../report/markup.ts';
import { notesSection, renderPage, section } from '../report/page.ts';
import { casesOf, countsOf, type Outcome, sharedCells } from './outcome.ts';
import { htmlTable, latexTable, markdownTable, type Table, textTable } from './table.ts';
import { type ArmFigures, armFigures, describeProgress, tablesOf } from './tables.ts';

/** What becomes of an experiment's results. */
export interface ExperimentOutput {
  /** By path in the output folder. The same results give the same bytes, whatever ran them and in whichever order. */
  readonly files: ReadonlyMap<string, string>;
  /** The tables for a terminal. */
  readonly text: string;
}

/** Tables, statistics and the report of the results that there are. */
export function experimentOutput(outcome: Outcome): ExperimentOutput {
  const { title } = outcome.plan.experiment;
  const arms = armFigures(outcome);
  const tables = tablesOf(outcome, arms);
  const comparison = comparisonOf(outcome);
  const notes = notesOf(outcome);
  const files = new Map<string, string>();
  files.set(
    'tables.md',
    `# ${title}\n\n${notes.map((note) => `- ${note}\n`).join('')}\n${tables.map(markdownTable).join('\n')}`,
  );
  files.set('tables.tex', `${notes.map((note) => `% ${note}\n`).join('')}\n${tables.map(latexTable).join('\n')}`);
  files.set('tables.csv', statisticsCsv(arms));
  files.set('cases.csv', casesCsv(outcome));
  if (comparison !== null) files.set('tests.csv', encodeTests(comparison));
  for (const [name, { cases }] of summaryNames(arms)) files.set(`summaries/${name}`, encodeSummary(summarize(cases)));
  files.set('report.html', reportOf(outcome, notes, tables, comparison));
  return { files, text: `${title}\n\n${notes.join('\n')}\n\n${tables.map(textTable).join('\n')}` };
}

/** What a reader has to know before the tables. */
function notesOf(outcome: Outcome): string[] {
  const { plan, versions, arms } = outcome;
  const { experiment, dataset, dataDigest } = plan;
  const { by, use, seed } = experiment.folds;
  const folds = [...new Set(plan.cells.map(({ fold }) => fold))];
  const missing = arms.filter(({ cells }) => cells.length === 0).map(({ name }) => name);
  return [
    describeProgress(outcome),
    `Dataset ${dataset.name}: ${dataset.subjects.length} subjects; digest ${dataDigest}.`,
    by === 'site'
      ? `Each site is held out in turn: ${folds.map((name) => name.replace(/^site /, '')).join(', ')}.`
      : `Patients are dealt out to folds, sites spread evenly over them (seed ${seed}); held out: ${folds.join(', ')}${use === undefined ? '' : ' alone'}.`,
    `Seeds of the training: ${experiment.seeds.join(', ')}.`,
    ...(versions.length === 0 ? [] : [`Made with rarevox ${versions.join(' and ')}.`]),
    ...(versions.length < 2
      ? []
      : ['Not all results are of one version of rarevox: a difference between arms may be one of versions.']),
    ...(missing.length === 0 ? [] : [`No results yet: ${missing.join(', ')}.`]),
    ...experiment.notes,
  ];
}

/** Each arm with the name of its file: its own name with a hyphen for what is a nuisance in a path, numbered where two become one. */
function summaryNames(arms: readonly ArmFigures[]): Map<string, ArmFigures> {
  const named = new Map<string, ArmFigures>();
  for (const of of arms) {
    const stem = of.arm.name.replace(/[^\p{L}\p{N}._+-]+/gu, '-');
    let name = `${stem}.json`;
    for (let number = 2; named.has(name); number++) name = `${stem}-${number}.json`;
    named.set(name, of);
  }
  return named;
}

/** `tables.csv`: every figure of every arm over its subjects, by label. */
function statisticsCsv(arms: readonly ArmFigures[]): string {
  const columns = ['mean', 'lower', 'upper', 'median', 'sd', 'n', 'n_undefined'] as const;
  const rows = arms.flatMap(({ arm, statistics }) =>
    Object.entries(statistics).flatMap(([label, of]) =>
      FIGURE_NAMES.map((figure) => [
        ...[arm.name, label, figure],
        ...columns.map((column) => String(of[figure][column] ?? '')),
      ]),
    ),
  );
  return encodeCsv([['arm', 'label', 'figure', ...columns], ...rows]);
}

/** `cases.csv`: every figure of every subject, by arm, seed and label. */
function casesCsv({ arms, sites }: Outcome): string {
  const rows = arms.flatMap(({ name, isBaseline, cells }) =>
    cells.flatMap(({ seed, fold, result }) =>
      result.cases.flatMap(({ subject, metrics }) =>
        Object.entries(metrics).map(([label, figures]) => [
          ...[name, isBaseline ? '' : String(seed), isBaseline ? '' : fold, subject, sites[subject] ?? '', label],
          ...FIGURE_NAMES.map((figure) => String(figures[figure] ?? '')),
        ]),
      ),
    ),
  );
  return encodeCsv([['arm', 'seed', 'fold', 'subject', 'site', 'label', ...FIGURE_NAMES], ...rows]);
}

function reportOf(
  outcome: Outcome,
  notes: readonly string[],
  tables: readonly Table[],
  comparison: EvaluationComparison | null,
): string {
  return renderPage(outcome.plan.experiment.title, [
    notesSection(notes),
    ...tables.map((table) => section(table.id, escapeMarkup(table.title), htmlTable(table))),
    ...(comparison === null
      ? []
      : comparisonSections({ comparison, methods: methodsOf(outcome), labelNames: labelNames(outcome) })),
    section('definitions', 'Figures', renderDefinitions()),
  ]);
}

/** Every pair of arms over what all arms with results share; null where there are not two, or they share nothing. */
function comparisonOf(outcome: Outcome): EvaluationComparison | null {
  const methods = new Map(methodsOf(outcome).map(({ name, cases }) => [name, cases]));
  const lists = [...methods.values()].map((cases) => cases.map(({ subject }) => subject));
  const shared = (lists[0] ?? []).filter((subject) => lists.every((subjects) => subjects.includes(subject)));
  if (methods.size < 2 || shared.length === 0) return null;
  return compareEvaluations(methods, outcome.plan.experiment.figures, { patients: outcome.patients });
}

function methodsOf({ arms }: Outcome): ComparedMethod[] {
  const present = arms.filter(({ cells }) => cells.length > 0);
  const shared = sharedCells(present);
  return present.map(({ name, isBaseline, planned }) => {
    const cells = shared.get(name) ?? [];
    return {
      name,
      source: isBaseline ? 'chosen on the other patients' : `${cells.length} of ${planned} folds and seeds`,
      cases: casesOf(cells),
      curves: countsOf(cells),
      threshold: null,
    };
  });
}

function labelNames({ plan }: Outcome): Record<string, string> {
  return Object.fromEntries(plan.dataset.labels.map(({ value, name }) => [String(value), name]));
}
