import { caseStatistics } from '../evaluate/case-statistics.ts';
import { encodeCasesTable } from '../evaluate/cases-table.ts';
import { encodeCurves } from '../evaluate/curves-file.ts';
import { evaluateFolders, type FolderEvaluation } from '../evaluate/evaluate-folders.ts';
import type { EmptyPolicy } from '../evaluate/figures.ts';
import { scoreAgainstRaters } from '../evaluate/rater-scores.ts';
import { patientKey } from '../evaluate/subject-key.ts';
import { encodeSummary, type Summary } from '../evaluate/summary.ts';
import { readThreshold } from '../predict/sidecar.ts';
import { rankCases } from '../report/case-articles.ts';
import { drawCase, type Picture } from '../report/case-pictures.ts';
import type { LabelNames } from '../report/figures-tables.ts';
import { renderFiguresText } from '../report/figures-text.ts';
import type { TrainingCurve } from '../report/training-chart.ts';
import type { RunDescription } from '../train/run-description.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { ProgressDisplay } from './progress.ts';
import { provenanceOfProcess } from './provenance.ts';
import { type References, readBrainFor, readImageFor } from './references.ts';

export interface ScoreOptions {
  readonly connectivity: Connectivity;
  readonly empty: EmptyPolicy;
  readonly labels?: readonly number[];
  readonly allowMissing?: boolean;
  /** A file or a folder of probability maps. */
  readonly probabilities?: string;
  /** Predictions on another grid are resampled onto their reference's. */
  readonly resample?: boolean;
  /** Scores against every rater of the dataset as ISBI 2015 does, too. */
  readonly isbi?: boolean;
  /** Folder for summary.json, cases.csv and report.html (and curves.json); without it nothing is written. */
  readonly out?: string;
  readonly title: string;
  /** Shown in the report. */
  readonly training?: TrainingCurve;
  /** Of the run that was trained. Shown in the report. */
  readonly configuration?: RunDescription;
  /** Sentences for the report beside those about the scoring. */
  readonly notes?: readonly string[];
  readonly signal: AbortSignal;
}

/** What was scored, as it is printed. */
export interface Scores {
  readonly evaluation: FolderEvaluation;
  /** summary.json */
  readonly json: string;
  /** The figures as a table for a terminal. */
  readonly text: string;
  /** Path of report.html, where one was written. */
  readonly report: string | null;
}

/** More cases than this are not all shown: the report keeps the pictures of the best six, and else those with the lowest Dice. */
const PICTURED_CASES = 24;

/**
 * Scores predictions against references and writes summary.json, cases.csv and a report with pictures: what `evaluate`
 * does, `train` with its held-out subjects, and `demo`.
 */
export async function score(
  files: FileAccess,
  predictions: string,
  against: References,
  options: ScoreOptions,
  display: ProgressDisplay,
): Promise<Scores> {
  const { connectivity, empty, labels, allowMissing = false, resample = false, probabilities, out, signal } = options;
  const pictures = new Map<string, readonly Picture[]>();
  const scoring = {
    connectivity,
    empty,
    ...(labels && { labels }),
    allowMissing,
    resample,
    declaredLabels: against.labels,
    labelNames: against.labelNames,
    signal,
  };
  const evaluation = await evaluateFolders(
    files,
    predictions,
    against.references,
    {
      ...scoring,
      ...(probabilities !== undefined && { probabilities }),
      brainOf: (subject, reference) => readBrainFor(files, subject, reference, against),
    },
    async (event) => {
      if (event.kind === 'progress') display.show(event);
      else if (out !== undefined) {
        const image = await readImageFor(files, event, against.images, (text) => display.note(text));
        pictures.set(event.subject, drawCase({ ...event, ...(image && { image }) }));
      }
    },
  );
  const { missing, extra, cases } = evaluation;
  const patients = Object.fromEntries(
    cases.map(({ subject }) => [subject, against.patients[subject] ?? patientKey(subject)]),
  );
  const isbi = options.isbi === true ? await scoreAgainstRaters(files, predictions, against.raters, scoring) : null;
  const summary = { ...evaluation.summary, ...caseStatistics(cases, { patients }), ...(isbi && { isbi }) };
  const withUnmatched = { ...summary, missing_predictions: missing, extra_predictions: extra };
  const json = encodeSummary(withUnmatched);
  const text = renderFiguresText(summary, against.labelNames);
  if (out === undefined) return { evaluation, json, text, report: null };
  const report = `${out}/report.html`;
  await files.write(`${out}/summary.json`, json);
  await files.write(`${out}/cases.csv`, encodeCasesTable(summary));
  if (evaluation.curves.length > 0) await files.write(`${out}/curves.json`, encodeCurves(evaluation.curves));
  await files.write(report, await reportOf(files, evaluation, summary, pictures, against.labelNames, options));
  return { evaluation, json, text, report };
}

async function reportOf(
  files: FileAccess,
  { cases, curves, missing, extra }: FolderEvaluation,
  summary: Summary,
  pictures: ReadonlyMap<string, readonly Picture[]>,
  labelNames: LabelNames,
  { title, training, configuration, connectivity, empty, notes: furtherNotes = [] }: ScoreOptions,
): Promise<string> {
  const pictured = picturedCases(cases);
  const notes = [...furtherNotes, `Lesions are components of ${connectivity}-connected voxels.`];
  if (empty !== 'null') {
    const which = empty === 'one' ? 'best' : 'worst';
    notes.push(`Figures without a value count with the ${which} value (--empty ${empty}).`);
  }
  if (missing.length > 0) notes.push(`Not scored, since there is no prediction: ${missing.join(', ')}.`);
  if (extra.length > 0) notes.push(`Not scored, since there is no reference: ${extra.join(', ')}.`);
  if (pictured.size < cases.length) {
    notes.push(`Pictures of ${pictured.size} of ${cases.length} cases: the best six, and those with the lowest Dice.`);
  }
  const threshold = await readThreshold(
    files,
    cases.map(({ predictionFile }) => predictionFile),
  );
  // The chart library takes a third of a second to load: only those who draw pay for it.
  const { renderReport } = await import('../report/render-report.ts');
  return renderReport({
    title,
    summary,
    cases: cases.map((item) => ({
      name: item.subject,
      figures: item.metrics,
      pictures: pictured.has(item.subject) ? (pictures.get(item.subject) ?? []) : [],
    })),
    curves,
    threshold,
    ...(training && { training }),
    ...(configuration && { configuration }),
    notes,
    labelNames,
    provenance: provenanceOfProcess(),
  });
}

/** Subjects whose pictures the report keeps. */
function picturedCases(cases: FolderEvaluation['cases']): ReadonlySet<string> {
  const ranks = rankCases(cases.map(({ metrics }) => metrics));
  const lowestDice = ({ metrics }: (typeof cases)[number]): number =>
    Math.min(...Object.values(metrics).map(({ Dice }) => Dice ?? 1));
  const best = cases.filter((_, index) => ranks[index] === 'best');
  const others = cases.filter((_, index) => ranks[index] !== 'best').sort((a, b) => lowestDice(a) - lowestDice(b));
  return new Set([...best, ...others].slice(0, PICTURED_CASES).map(({ subject }) => subject));
}
