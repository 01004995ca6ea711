import { Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { FolderEvaluation } from '../evaluate/evaluate-folders.ts';
import { EMPTY_POLICIES, type EmptyPolicy } from '../evaluate/figures.ts';
import { CONNECTIVITIES } from '../evaluate/lesion-matching.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import type { Connectivity } from '../volume/connected-components.ts';
import { withInterrupt } from './interrupt.ts';
import { ProgressDisplay } from './progress.ts';
import { findImages, openReferences } from './references.ts';
import { score } from './score.ts';

interface EvaluateOptions {
  readonly connectivity: string;
  readonly empty: EmptyPolicy;
  readonly labels?: readonly number[];
  readonly rater?: string;
  readonly image?: string;
  readonly probabilities?: string;
  readonly resample?: true;
  readonly isbi?: true;
  readonly allowMissing?: true;
  readonly out?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** `rarevox evaluate`: scores predictions against references. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Score predictions against references: two files, or two folders matched by subject.')
    .argument('<predictions>', 'a label map (.nii, .nii.gz), or a folder of them')
    .argument('<references>', 'a label map, a folder of them, or a dataset')
    .addOption(
      new Option('--connectivity <n>', 'when voxels form one lesion: by faces, also edges, also corners')
        .choices(CONNECTIVITIES.map(String))
        .default('18'),
    )
    .addOption(
      new Option('--empty <value>', 'what stands for a figure without a value: nothing, the best or the worst value')
        .choices(EMPTY_POLICIES)
        .default('null'),
    )
    .option('--labels <list>', 'labels to score, such as 1,2 (default: those of the references)', parseLabels)
    .option('--rater <name>', "whose masks, in a dataset with several raters: mask2 (default: the layout's)")
    .option(
      '--probabilities <path>',
      'probability maps (…_probseg), a file or a folder: for APR, curves and calibration',
    )
    .option('--resample', "put predictions that are on another grid on their reference's")
    .option('--isbi', 'also the score of ISBI 2015, against every rater of the dataset')
    .option('--image <path>', "scans for the report's pictures: a file, or a folder (default: the dataset's own)")
    .option('--allow-missing', 'score the subjects that have a prediction, and list those that have none')
    .option('--out <folder>', 'write summary.json, cases.csv and report.html there, and curves.json')
    .option('--json', 'print the summary as JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox evaluate prediction.nii.gz reference.nii.gz
  $ rarevox evaluate PREDICTIONS DATA --allow-missing --out SCORES
  $ rarevox evaluate PREDICTIONS DATA --probabilities PREDICTIONS --out SCORES`,
    )
    .action((predictions: string, references: string, options: EvaluateOptions) =>
      withInterrupt((signal) => evaluate(predictions, references, options, signal)),
    );
}

async function evaluate(
  predictions: string,
  references: string,
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<void> {
  const files = nodeFileAccess;
  const display = new ProgressDisplay(process.stderr, { quiet: options.quiet === true });
  const opened = await openReferences(files, references, options.rater);
  if (options.isbi === true && opened.raters.size === 0) {
    throw new UsageError(
      `--isbi goes with a dataset whose subjects have the masks of raters, and ${references} is none.`,
    );
  }
  const images = options.image === undefined ? opened.images : await findImages(files, options.image);
  try {
    const { evaluation, json, text, report } = await score(
      files,
      predictions,
      { ...opened, images },
      {
        connectivity: Number(options.connectivity) as Connectivity,
        empty: options.empty,
        ...(options.labels && { labels: options.labels }),
        ...(options.probabilities !== undefined && { probabilities: options.probabilities }),
        resample: options.resample === true,
        isbi: options.isbi === true,
        allowMissing: options.allowMissing === true,
        ...(options.out !== undefined && { out: options.out.replace(/\/+$/, '') }),
        title: 'Evaluation',
        signal,
      },
      display,
    );
    warnOfUnmatched(evaluation);
    process.stdout.write(options.json === true ? json : text);
    if (report !== null && options.json !== true) process.stdout.write(`\nReport: ${report}\n`);
  } finally {
    display.clear();
  }
}

/** Said even with --quiet: scores of a part must never pass for scores of the whole. */
function warnOfUnmatched({ missing, extra, cases }: FolderEvaluation): void {
  if (missing.length > 0) {
    const total = cases.length + missing.length;
    process.stderr.write(
      `Not scored, no prediction: ${missing.join(', ')} (${missing.length} of ${total} references).\n`,
    );
  }
  if (extra.length > 0) process.stderr.write(`Not scored, no reference: ${extra.join(', ')}.\n`);
}

function parseLabels(text: string): readonly number[] {
  const labels = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!labels.every((label) => Number.isInteger(label) && label > 0)) {
    throw new InvalidArgumentError('It takes whole numbers above 0 with commas between them, such as 1,2.');
  }
  return [...new Set(labels)].sort((a, b) => a - b);
}
