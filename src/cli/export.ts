import { Command, Option } from 'commander';
import { loadDataset } from '../dataset/load-dataset.ts';
import { UsageError } from '../errors.ts';
import { baseName } from '../evaluate/subject-key.ts';
import { encodeModel } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { readCardFile } from '../train/card-file.ts';
import type { CardCompletion } from '../train/complete-card.ts';
import { CHECKPOINT_NAMES, type CheckpointName, exportRun } from '../train/export-run.ts';
import { withInterrupt } from './interrupt.ts';
import { packageVersion } from './package-version.ts';
import { ProgressDisplay } from './progress.ts';

interface ExportFlags {
  readonly out: string;
  readonly checkpoint: CheckpointName;
  readonly authors?: string;
  readonly description?: string;
  readonly card?: string;
  readonly data?: string;
  readonly quiet?: true;
}

/** `rarevox export`: writes the model of a run's checkpoint as one ONNX file with its model card. */
export function exportCommand(): Command {
  return new Command('export')
    .description("Write a run's model as one ONNX file, with how to use it in its metadata.")
    .argument('<run>', 'folder of a run of `rarevox train`')
    .requiredOption('--out <file>', 'the file to write: model.onnx')
    .addOption(
      new Option('--checkpoint <name>', 'which weights: the final ones, those of the best validation, or the latest')
        .choices(CHECKPOINT_NAMES)
        .default('final'),
    )
    .option('--authors <names>', 'for the model card')
    .option('--description <text>', 'for the model card: what the model is for, in a sentence or two')
    .option('--card <file>', 'JSON with all that a card for others should say (docs/file-formats.md); needs --data')
    .option(
      '--data <data>',
      'the dataset that the run was trained on: its digest, patients, sites and voxel sizes go into the card',
    )
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox export RUN --out lesions.onnx
  $ rarevox export RUN --checkpoint best --out lesions.onnx --authors "A. Author, B. Author"
  $ rarevox export RUN --card card.json --data DATA --out lesions.onnx`,
    )
    .action((run: string, flags: ExportFlags) => withInterrupt((signal) => exportModel(run, flags, signal)));
}

async function exportModel(run: string, flags: ExportFlags, signal: AbortSignal): Promise<void> {
  const { out, checkpoint, authors, description } = flags;
  if (!out.endsWith('.onnx')) throw new UsageError(`--out names the model's file, which ends in .onnx: not ${out}.`);
  const completion = await completionOf(flags);
  const display = new ProgressDisplay(process.stderr, { quiet: flags.quiet === true });
  try {
    const model = await exportRun(nodeFileAccess, run.replace(/(?<=.)\/+$/, ''), {
      checkpoint,
      version: packageVersion(),
      ...(authors !== undefined && { authors }),
      ...(description !== undefined && { description }),
      ...(completion && { completion: { ...completion, signal, onEvent: (event) => display.show(event) } }),
    });
    await nodeFileAccess.write(out, encodeModel(model));
  } finally {
    display.clear();
  }
  process.stdout.write(`${out}\n`);
}

async function completionOf({ out, card, data, authors, description }: ExportFlags): Promise<CardCompletion | null> {
  if ((card === undefined) !== (data === undefined)) {
    throw new UsageError('--card and --data go together: a card for others tells what the data are.');
  }
  if (card === undefined || data === undefined) return null;
  if (authors !== undefined || description !== undefined) {
    throw new UsageError('--card has the authors and the description in it: leave --authors and --description out.');
  }
  const file = await readCardFile(nodeFileAccess, card);
  const name = baseName(out).slice(0, -'.onnx'.length);
  return { name, file, path: card, dataset: await loadDataset(nodeFileAccess, data) };
}
