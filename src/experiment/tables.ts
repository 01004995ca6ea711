import { type CaseStatistics, caseStatistics, medianOf } from '../evaluate/case-statistics.ts';
import type { FigureName } from '../evaluate/figures.ts';
import type { EvaluatedCase } from '../evaluate/summary.ts';
import { meanOf } from '../mean.ts';
import { formatFigure } from '../report/figure-cells.ts';
import { describeBootstrap, formatInterval } from '../report/statistics-table.ts';
import { type ArmOutcome, casesOf, type Outcome } from './outcome.ts';
import { judgedClaims, type PairedDifference, plannedComparisons } from './paired.ts';
import type { Table } from './table.ts';

/** An arm with results: its cases over folds and seeds, and what they come to. */
export interface ArmFigures {
  readonly arm: ArmOutcome;
  readonly cases: readonly EvaluatedCase[];
  readonly statistics: CaseStatistics['statistics'];
}

/** The figures of every arm that has results. The intervals take some seconds. */
export function armFigures({ arms, patients }: Outcome): ArmFigures[] {
  return arms
    .filter(({ cells }) => cells.length > 0)
    .map((arm) => {
      const cases = casesOf(arm.cells);
      return { arm, cases, statistics: caseStatistics(cases, { patients }).statistics };
    });
}

/**
 * The figures of every arm over the subjects that all arms have, since a mean over other patients says nothing of the arm; none where
 * every arm has the same subjects, or no subject is everyone's.
 */
function onSharedSubjects({ patients }: Outcome, arms: readonly ArmFigures[]): ArmFigures[] {
  const all = arms.map(({ cases }) => new Set(cases.map(({ subject }) => subject)));
  const shared = [...(all[0] ?? [])].filter((subject) => all.every((subjects) => subjects.has(subject)));
  if (shared.length === 0 || all.every(({ size }) => size === shared.length)) return [];
  return arms.map((of) => {
    const cases = of.cases.filter(({ subject }) => shared.includes(subject));
    return { ...of, cases, statistics: caseStatistics(cases, { patients }).statistics };
  });
}

/** Everything that an experiment's results say, as tables, those first that answer what was asked. Empty ones are left out. */
export function tablesOf(outcome: Outcome, arms: readonly ArmFigures[]): Table[] {
  const labels = [...new Set(arms.flatMap(({ cases }) => cases.flatMap(({ metrics }) => Object.keys(metrics))))].sort();
  const shared = onSharedSubjects(outcome, arms);
  return [
    claimsTable(outcome),
    comparisonsTable(outcome),
    ...labels.flatMap((label) => [
      figuresTable(outcome, arms, label),
      sharedFiguresTable(outcome, shared, label),
      sitesTable(outcome, arms, label),
      patientsTable(outcome, arms, label),
    ]),
  ].filter(({ rows }) => rows.length > 0);
}

/** How much of the experiment the tables rest on, in a sentence. */
export function describeProgress({ plan, runsDone }: Outcome): string {
  const total = plan.runs.length;
  const state = runsDone === total ? 'All' : runsDone === 0 ? 'None' : `${runsDone}`;
  return runsDone === total ? `${state} ${total} runs are done.` : `${state} of ${total} runs are done.`;
}

function claimsTable(outcome: Outcome): Table {
  const rows = judgedClaims(outcome).map(({ claim, verdict, differences }) => [
    claim.text,
    verdict,
    differences.map((of) => `${of.figure}, ${of.first} − ${of.second}: ${differenceText(of)}`).join('; '),
  ]);
  return {
    id: 'claims',
    title: 'Claims',
    head: ['Claim', 'Verdict', 'Mean paired difference with its 95 % interval'],
    rows,
    textColumns: 3,
    note:
      'Confirmed: the interval of the difference, by the bootstrap over patients, lies on the expected side of 0; not confirmed: on the other side; ' +
      `undecided: it holds 0. With ${patientCount(outcome)} patients the intervals are too narrow, and undecided says nothing against a claim.`,
  };
}

function comparisonsTable(outcome: Outcome): Table {
  const rows = plannedComparisons(outcome).map((of) => [
    `${of.first} − ${of.second}`,
    of.figure,
    signed(of.figure, of.difference),
    of.lower === null ? '–' : `${signed(of.figure, of.lower)} to ${signed(of.figure, of.upper)}`,
    String(of.n),
    pText(of.p),
    pText(of.holm),
  ]);
  return {
    id: 'comparisons',
    title: 'Planned comparisons',
    head: ['Arms', 'Figure', 'Mean difference', '95 % interval', 'n', 'p', 'p, Holm'],
    rows,
    textColumns: 2,
    note: "p: Wilcoxon's signed-rank test, paired by patient, two-sided; Holm: corrected over the comparisons of this table.",
  };
}

function figuresTable(outcome: Outcome, arms: readonly ArmFigures[], label: string): Table {
  const { figures } = outcome.plan.experiment;
  const { bootstrap } = caseStatistics([]);
  return {
    id: `figures-${label}`,
    title: `Figures of each arm${labelSuffix(outcome, label)}`,
    head: ['Arm', 'Folds and seeds', 'n', ...figures],
    rows: arms.map((of) => [
      of.arm.name,
      of.arm.isBaseline ? '–' : `${of.arm.cells.length} of ${of.arm.planned}`,
      String(of.cases.length),
      ...figureCells(of, figures, label),
    ]),
    textColumns: 2,
    note: `Means over the subjects that the arm has, n of them, each the mean over its seeds. ${describeBootstrap(bootstrap, patientCount(outcome))}`,
  };
}

/** Of what `onSharedSubjects` gives. */
function sharedFiguresTable(outcome: Outcome, arms: readonly ArmFigures[], label: string): Table {
  const { figures } = outcome.plan.experiment;
  const { length } = arms[0]?.cases ?? [];
  return {
    id: `shared-${label}`,
    title: `Figures over the subjects that all arms have${labelSuffix(outcome, label)}`,
    head: ['Arm', ...figures],
    rows: arms.map((of) => [of.arm.name, ...figureCells(of, figures, label)]),
    textColumns: 1,
    note: `Means over the ${length === 1 ? 'one subject' : `${length} subjects`} that every arm has, with intervals as in the table of each arm.`,
  };
}

/** Each figure's mean over the subjects, with its interval where there is one. */
function figureCells({ statistics }: ArmFigures, figures: readonly FigureName[], label: string): string[] {
  return figures.map((figure) => {
    const of = statistics[label]?.[figure];
    if (of === undefined || of.mean === null) return '–';
    const mean = formatFigure(figure, of.mean);
    return of.lower === null ? mean : `${mean} (${formatInterval(figure, of)})`;
  });
}

/** Plain means: a site has too few patients for an interval. */
function sitesTable(outcome: Outcome, arms: readonly ArmFigures[], label: string): Table {
  const { figures } = outcome.plan.experiment;
  const sites = [...new Set(Object.values(outcome.sites))].sort();
  const rows =
    sites.length < 2
      ? []
      : sites.flatMap((site) =>
          arms.flatMap(({ arm, cases }) => {
            const own = cases.filter(({ subject }) => outcome.sites[subject] === site);
            if (own.length === 0) return [];
            const means = figures.map((figure) => formatFigure(figure, meanOf(valuesOf(own, label, figure))));
            return [[site, arm.name, String(own.length), ...means]];
          }),
        );
  return {
    id: `sites-${label}`,
    title: `Figures by site${labelSuffix(outcome, label)}`,
    head: ['Site', 'Arm', 'n', ...figures],
    rows,
    textColumns: 2,
    note: 'Means over the subjects of a site, without intervals, since they are few.',
  };
}

function patientsTable(outcome: Outcome, arms: readonly ArmFigures[], label: string): Table {
  const figure = outcome.plan.experiment.figures[0] as FigureName;
  const subjects = [...new Set(arms.flatMap(({ cases }) => cases.map(({ subject }) => subject)))].sort();
  const columns = arms.map(({ cases }) => {
    const bySubject = new Map(cases.map(({ subject, metrics }) => [subject, metrics[label]?.[figure] ?? null]));
    return subjects.map((subject) => bySubject.get(subject) ?? null);
  });
  const rows = subjects.map((subject, row) => [
    subject,
    outcome.sites[subject] ?? '–',
    ...columns.map((values) => formatFigure(figure, values[row] ?? null)),
  ]);
  const summary = (name: string, of: (values: readonly (number | null)[]) => number | null): string[] => [
    ...[name, ''],
    ...columns.map((values) => formatFigure(figure, of(values))),
  ];
  return {
    id: `patients-${label}`,
    title: `${figure} of each subject${labelSuffix(outcome, label)}`,
    head: ['Subject', 'Site', ...arms.map(({ arm }) => arm.name)],
    rows: rows.length === 0 ? [] : [...rows, summary('mean', meanOf), summary('median', medianOf)],
    textColumns: 2,
    note: '',
  };
}

function valuesOf(cases: readonly EvaluatedCase[], label: string, figure: FigureName): (number | null)[] {
  return cases.map(({ metrics }) => metrics[label]?.[figure] ?? null);
}

function labelSuffix({ plan }: Outcome, label: string): string {
  const { labels } = plan.dataset;
  if (labels.length < 2) return '';
  return `: ${labels.find(({ value }) => String(value) === label)?.name ?? `label ${label}`}`;
}

function patientCount({ arms, patients }: Outcome): number {
  const scored = arms.flatMap(({ cells }) => cells.flatMap(({ result }) => result.cases.map(({ subject }) => subject)));
  return new Set(scored.map((subject) => patients[subject] ?? subject)).size;
}

function differenceText({ figure, difference, lower, upper, n }: PairedDifference): string {
  if (difference === null) return 'no subject yet';
  const interval = lower === null ? '' : ` (${signed(figure, lower)} to ${signed(figure, upper)})`;
  return `${signed(figure, difference)}${interval}, n ${n}`;
}

function signed(figure: FigureName, value: number | null): string {
  if (value === null) return '–';
  return `${value < 0 ? '−' : '+'}${formatFigure(figure, Math.abs(value))}`;
}

function pText(p: number | null): string {
  return p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3);
}
