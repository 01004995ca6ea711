import { Command, InvalidArgumentError } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { DataError, UsageError } from '../errors.ts';
import { compareEvaluations, type EvaluationComparison } from '../evaluate/compare-evaluations.ts';
import { encodeComparison, encodeTests } from '../evaluate/comparison-tables.ts';
import { readCounts } from '../evaluate/curves-file.ts';
import { FIGURE_NAMES, type FigureName } from '../evaluate/figures.ts';
import { patientKey, subjectKey } from '../evaluate/subject-key.ts';
import { readEvaluatedCases } from '../evaluate/summary-file.ts';
import { nodeFileAccess as files } from '../node/file-access.ts';
import { readThreshold } from '../predict/sidecar.ts';
import { type ComparedMethod, renderComparison } from '../report/comparison-report.ts';
import { renderComparisonText } from '../report/comparison-text.ts';
import type { LabelNames } from '../report/figures-tables.ts';
import { VALIDATION_SUMMARY } from '../train/run-folder.ts';
import { parseInteger, parseNames } from './option-values.ts';
import { provenanceOfProcess } from './provenance.ts';

interface CompareFlags {
  readonly figures: readonly FigureName[];
  readonly data?: string;
  readonly allowMissing?: true;
  readonly resamples?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: true;
}

/** What methods are judged by, unless told otherwise. */
const FIGURES_COMPARED: readonly FigureName[] = [
  'Dice',
  'Sensitivity',
  'PPV',
  'F2',
  'APR',
  'LTPR',
  'LFPR',
  'LesionF1',
  'VD',
  'HD95',
];

/** `rarevox compare`: compares methods by their scores, paired by subject. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Compare methods by their scores on the same subjects: intervals, paired tests, plots.')
    .argument(
      '<name=scores...>',
      'a name for each method, and its scores: a folder of `evaluate --out`, a run of `train`, or a summary.json',
    )
    .option('--figures <list>', 'figures to compare, in this order', parseFigures, FIGURES_COMPARED)
    .option('--data <dataset>', 'the dataset: names of labels, and which subjects are scans of one patient')
    .option('--allow-missing', 'compare on the subjects that every method was scored on, and list the others')
    .option('--resamples <n>', 'resamples of the bootstrap (default: 10000)', parseInteger(1))
    .option('--seed <s>', 'seed of the bootstrap (default: 0)', parseInteger(0))
    .option('--out <folder>', 'write compare.json, compare.csv, tests.csv and report.html there')
    .option('--json', 'print the comparison as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox compare dice=SCORES-A asymmetric=SCORES-B --out COMPARISON
  $ rarevox compare tiny=RUN-A compact=RUN-B unet=RUN-C --figures Dice,LesionF1
  $ rarevox compare ours=SCORES other=OTHER/summary.json --allow-missing --json`,
    )
    .action(compare);
}

async function compare(given: string[], flags: CompareFlags): Promise<void> {
  const methods = await Promise.all(parseMethods(given).map(openMethod));
  const dataset = flags.data === undefined ? null : await loadDataset(files, flags.data);
  const groups = new Map(dataset?.subjects.map(({ id, group }) => [subjectKey(id), group]));
  const subjects = methods.flatMap(({ cases }) => cases.map(({ subject }) => subject));
  const comparison = compareEvaluations(new Map(methods.map(({ name, cases }) => [name, cases])), flags.figures, {
    patients: Object.fromEntries(subjects.map((subject) => [subject, groups.get(subject) ?? patientKey(subject)])),
    ...(flags.resamples !== undefined && { resamples: flags.resamples }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  });
  checkLeftOut(comparison, flags);
  const labelNames = Object.fromEntries((dataset?.labels ?? []).map(({ value, name }) => [String(value), name]));
  const json = `${JSON.stringify({ sources: sourcesOf(methods), ...comparison }, null, 2)}\n`;
  const out = flags.out?.replace(/(?<=.)\/+$/, '');
  if (out !== undefined) await writeComparison(out, comparison, methods, json, labelNames);
  process.stdout.write(flags.json === true ? json : renderComparisonText(comparison, labelNames));
  if (out !== undefined && flags.json !== true) process.stdout.write(`\nReport: ${out}/report.html\n`);
}

async function writeComparison(
  out: string,
  comparison: EvaluationComparison,
  methods: readonly ComparedMethod[],
  json: string,
  labelNames: LabelNames,
): Promise<void> {
  const page = renderComparison({
    title: 'Comparison of methods',
    comparison,
    methods,
    notes: [],
    labelNames,
    provenance: provenanceOfProcess(),
  });
  await files.write(`${out}/compare.json`, json);
  await files.write(`${out}/compare.csv`, encodeComparison(comparison));
  await files.write(`${out}/tests.csv`, encodeTests(comparison));
  await files.write(`${out}/report.html`, page);
}

/** Scores must not look better because hard cases were left out: that takes a word of the user's, and is said in any case. */
function checkLeftOut({ left_out: leftOut }: EvaluationComparison, { allowMissing }: CompareFlags): void {
  if (leftOut.length === 0) return;
  const list = leftOut.map(({ subject, missing_in: names }) => `${subject} (not in ${names.join(', ')})`).join('; ');
  if (allowMissing !== true) {
    throw new DataError(
      `Not every method was scored on the same subjects: ${list}. ` +
        'Score them too, or compare on the others alone (--allow-missing).',
    );
  }
  process.stderr.write(`Left out for all methods: ${list}.\n`);
}

function parseMethods(given: readonly string[]): { name: string; path: string }[] {
  const methods = given.map((text) => {
    const at = text.indexOf('=');
    const [name, path] = [text.slice(0, Math.max(0, at)).trim(), text.slice(at + 1).replace(/(?<=.)\/+$/, '')];
    if (name === '' || path === '') throw new UsageError(`${text}: give a name and its scores, such as dice=SCORES.`);
    return { name, path };
  });
  const twice = methods.find(({ name }, index) => methods.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new UsageError(`${twice.name} is named twice.`);
  if (methods.length < 2) throw new UsageError('A comparison takes at least two methods.');
  return methods;
}

async function openMethod({ name, path }: { name: string; path: string }): Promise<ComparedMethod> {
  const source = await summaryAt(path);
  const cases = await readEvaluatedCases(files, source);
  const curves = source.replace(/[^/]+$/, 'curves.json');
  return {
    name,
    source,
    cases,
    curves: (await files.exists(curves)) ? await readCounts(files, curves) : [],
    threshold: await readThreshold(
      files,
      cases.map(({ predictionFile }) => predictionFile),
    ),
  };
}

async function summaryAt(path: string): Promise<string> {
  if (path.endsWith('.json')) return path;
  for (const name of ['summary.json', VALIDATION_SUMMARY]) {
    if (await files.exists(`${path}/${name}`)) return `${path}/${name}`;
  }
  throw new DataError(
    `${path} holds no summary.json, and no ${VALIDATION_SUMMARY}: score the predictions with \`rarevox evaluate --out\`.`,
  );
}

function sourcesOf(methods: readonly ComparedMethod[]): Readonly<Record<string, string>> {
  return Object.fromEntries(methods.map(({ name, source }) => [name, source]));
}

function parseFigures(text: string): readonly FigureName[] {
  return parseNames(text).map((name) => {
    const figure = FIGURE_NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
    if (figure === undefined) throw new InvalidArgumentError(`${name} is none of ${FIGURE_NAMES.join(', ')}.`);
    return figure;
  });
}
