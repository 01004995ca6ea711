import { Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { encodeModel } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { CHECKPOINT_NAMES, type CheckpointName, exportRun } from '../train/export-run.ts';
import { packageVersion } from './package-version.ts';

interface ExportFlags {
  readonly out: string;
  readonly checkpoint: CheckpointName;
  readonly authors?: string;
  readonly description?: string;
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
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox export RUN --out lesions.onnx
  $ rarevox export RUN --checkpoint best --out lesions.onnx --authors "A. Author, B. Author"`,
    )
    .action(exportModel);
}

async function exportModel(run: string, flags: ExportFlags): Promise<void> {
  const { out, checkpoint, authors, description } = flags;
  if (!out.endsWith('.onnx')) throw new UsageError(`--out names the model's file, which ends in .onnx: not ${out}.`);
  const model = await exportRun(nodeFileAccess, run.replace(/(?<=.)\/+$/, ''), {
    checkpoint,
    version: packageVersion(),
    ...(authors !== undefined && { authors }),
    ...(description !== undefined && { description }),
  });
  await nodeFileAccess.write(out, encodeModel(model));
  process.stdout.write(`${out}\n`);
}
