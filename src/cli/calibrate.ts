import { Command } from 'commander';
import { chooseThreshold } from '../calibrate/choose-threshold.ts';
import { figuresAt } from '../calibrate/figures-at.ts';
import { checkIndependence, earlierUseOf } from '../calibrate/independence.ts';
import { checkPostProcessing, operatingPointOf, withOperatingPoint } from '../calibrate/operating-point.ts';
import { isMadeBy, provenanceOf, requireOneOrigin } from '../calibrate/provenance.ts';
import { type CalibrationSubjects, readCalibrationSubjects } from '../calibrate/read-subjects.ts';
import { DataError, UsageError } from '../errors.ts';
import { encodeModel, type Model } from '../model/model-file.ts';
import { type OperatingRule, operatingRuleSchema } from '../model/operating-point.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { loadModel } from '../node/load-model.ts';
import { renderOperatingPoint } from '../report/thresholds-table.ts';
import { withInterrupt } from './interrupt.ts';
import { parseInteger, parseNumber, parsePositive } from './option-values.ts';
import { ProgressDisplay } from './progress.ts';
import { openReferences } from './references.ts';

interface CalibrateFlags {
  readonly recall?: number;
  readonly precision?: number;
  readonly fBeta?: number;
  readonly missRate?: number;
  readonly label?: number;
  readonly model?: string;
  readonly out?: string;
  readonly rater?: string;
  readonly allowMissing?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Where the table compares with what a model without an operating point has. */
const USUAL_THRESHOLD = 0.5;

/** `rarevox calibrate`: chooses a model's threshold from predictions of subjects that were not used for anything else. */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('Choose a threshold from the probabilities of subjects with references.')
    .argument('<predictions>', 'a folder that `rarevox predict --save-probabilities` wrote')
    .argument('<references>', 'a folder of label maps, or a dataset')
    .option('--recall <r>', 'the largest threshold with at least this mean recall', parseNumber(0, 1))
    .option('--precision <p>', 'the smallest threshold with at least this mean precision (PPV)', parseNumber(0, 1))
    .option('--f-beta <b>', 'the threshold of the greatest mean F-beta', parsePositive)
    .option(
      '--miss-rate <alpha>',
      'the largest threshold that bounds the expected share of missed voxels of a new subject (conformal risk control)',
      parseNumber(0, 1),
    )
    .option(
      '--label <value>',
      'the label to find, by its value in the references (default: all foreground labels as one structure)',
      parseInteger(1),
    )
    .option(
      '--model <model>',
      'the model that made the predictions: a run folder of `rarevox train`, a model.onnx, or a name of `rarevox models`',
    )
    .option('--out <file>', 'write the model with the chosen threshold, and how it was chosen, to this model.onnx')
    .option('--rater <name>', "whose masks, in a dataset with several raters: mask2 (default: the layout's)")
    .option('--allow-missing', 'use the subjects that have a prediction, and list those that have none')
    .option('--json', 'print the result as JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox calibrate PREDICTIONS DATA --allow-missing --miss-rate 0.1 --model RUN --out model.onnx
  $ rarevox calibrate PREDICTIONS REFERENCES --f-beta 1`,
    )
    .action((predictions: string, references: string, flags: CalibrateFlags) =>
      withInterrupt((signal) => runCalibrate(predictions, references, flags, signal)),
    );
}

async function runCalibrate(
  predictions: string,
  references: string,
  flags: CalibrateFlags,
  signal: AbortSignal,
): Promise<void> {
  const rule = ruleOf(flags);
  await checkOutput(flags);
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  try {
    const model = flags.model === undefined ? null : await loadModel(flags.model);
    const opened = await openReferences(nodeFileAccess, references, flags.rater);
    const read = await readCalibrationSubjects(
      nodeFileAccess,
      predictions,
      opened.references,
      {
        allowMissing: flags.allowMissing === true,
        declaredLabels: opened.labels,
        ...(flags.label === undefined ? {} : { label: flags.label }),
        labelNames: model === null ? opened.labelNames : namesOf(model),
        signal,
      },
      (event) => display.show(event),
    );
    const names = read.subjects.map(({ subject }) => subject);
    const use = model === null ? null : earlierUseOf(names, model.description);
    const warnings = [
      ...checkIndependence(names, use, rule),
      ...(await checkOrigin(model, read, rule)),
      ...unmatched(read),
    ];
    const threshold = chooseThreshold(read.subjects, rule);
    if (model !== null) warnings.push(...checkPostProcessing(model, rule, threshold));
    const chosen = figuresAt(read.subjects, threshold);
    const present = figuresAt(read.subjects, model?.description.prediction.threshold ?? USUAL_THRESHOLD);
    const point = operatingPointOf(names, rule, chosen, use);
    if (model !== null && flags.out !== undefined) {
      await nodeFileAccess.write(flags.out, encodeModel(withOperatingPoint(model, point)));
    }
    for (const warning of warnings) display.warn(warning);
    const { missing, extra } = read;
    if (flags.json === true) {
      const { labels } = read;
      process.stdout.write(
        `${JSON.stringify({ ...point, labels, chosen, present, warnings, missing, extra }, null, 2)}\n`,
      );
    } else {
      process.stdout.write(renderOperatingPoint(point, chosen, present, read.labels));
      if (flags.out !== undefined) process.stdout.write(`\nModel: ${flags.out}\n`);
    }
  } finally {
    display.clear();
  }
}

function ruleOf({ recall, precision, fBeta, missRate }: CalibrateFlags): OperatingRule {
  const given: unknown[] = [];
  if (recall !== undefined) given.push({ kind: 'recall', target: recall });
  if (precision !== undefined) given.push({ kind: 'precision', target: precision });
  if (fBeta !== undefined) given.push({ kind: 'f-beta', beta: fBeta });
  if (missRate !== undefined) given.push({ kind: 'miss-rate', alpha: missRate });
  if (given.length !== 1) {
    throw new UsageError(
      'Give one of --recall, --precision, --f-beta and --miss-rate: what the threshold is chosen for.',
    );
  }
  const rule = operatingRuleSchema.safeParse(given[0]).data;
  if (rule !== undefined) return rule;
  throw new UsageError(
    missRate === undefined
      ? '--recall and --precision take a number above 0, and at most 1.'
      : '--miss-rate takes a number above 0 and below 1.',
  );
}

async function checkOutput({ out, model }: CalibrateFlags): Promise<void> {
  if (out === undefined) return;
  if (model === undefined) throw new UsageError('--out writes a copy of the model: it needs --model.');
  if (!out.endsWith('.onnx')) throw new UsageError(`${out}: name the output .onnx.`);
  if (await nodeFileAccess.exists(out)) throw new DataError(`${out}: it exists already; choose another name.`);
}

/** Whether the probabilities are of the given model, and of one model at all. */
async function checkOrigin(
  model: Model | null,
  { maps, classes, labels: found }: CalibrationSubjects,
  rule: OperatingRule,
): Promise<readonly string[]> {
  const provenance = await provenanceOf(nodeFileAccess, maps, classes > 1);
  if (rule.kind === 'miss-rate') requireOneOrigin(provenance);
  if (model === null) return [];
  const { labels } = model.description;
  const unknown = found.find((label) => labels.every(({ value }) => value !== label));
  if (unknown !== undefined) {
    throw new DataError(
      `The references hold the label ${unknown}, and the model finds ${labels.map(({ value, name }) => `${value} (${name})`).join(', ')}. ` +
        `Give references with the model's label${labels.length === 1 ? '' : 's, or one of them (--label)'}.`,
    );
  }
  if (await isMadeBy(model, provenance)) return [];
  return ["Some probability maps have no sidecar, so that it can't be told whether the model made them."];
}

function namesOf({ description }: Model): Record<string, string> {
  return Object.fromEntries(description.labels.map(({ value, name }) => [String(value), name]));
}

/** Said even with --quiet. */
function unmatched({ missing, extra }: CalibrationSubjects): string[] {
  return [
    ...(missing.length > 0 ? [`Not used, no prediction: ${missing.join(', ')}.`] : []),
    ...(extra.length > 0 ? [`Not used, no reference: ${extra.join(', ')}.`] : []),
  ];
}
