import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { baseName } from '../evaluate/subject-key.ts';
import { decodeModel } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { shippedModelFile, shippedModelNames } from '../node/shipped-models.ts';
import { sha256 } from '../preprocess/digest.ts';
import { type ModelOnShow, renderModelCard, renderModelCards } from '../report/model-card-page.ts';

interface ModelsFlags {
  readonly json?: true;
  readonly markdown?: true;
}

/** `rarevox models`: the models that come with the package, and the card of one, or of a file. */
export function modelsCommand(): Command {
  return new Command('models')
    .description(
      'List the models that come with rarevox, or print the card of a model: what it is for, its data, its figures.',
    )
    .argument('[model]', 'a model of the list, or a model.onnx')
    .option('--json', 'print all that the files say of themselves as JSON')
    .option('--markdown', 'print the cards of all models as one page')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox models
  $ rarevox models ms-lesion
  $ rarevox models RUN/model.onnx
  $ rarevox predict --model ms-lesion --out DIR --image FLAIR=flair.nii.gz`,
    )
    .action(printModels);
}

async function printModels(model: string | undefined, { json, markdown }: ModelsFlags): Promise<void> {
  if (json === true && markdown === true) throw new UsageError('Give one of --json and --markdown.');
  const models: ModelOnShow[] = [];
  for (const one of model === undefined ? await shippedModelNames() : [model]) models.push(await openModelOnShow(one));
  if (json === true) {
    const content = model === undefined ? models : models[0];
    process.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
  } else if (markdown === true) process.stdout.write(renderModelCards(models));
  else if (model === undefined) process.stdout.write(listOf(models));
  else process.stdout.write(`${renderModelCard(models[0] as ModelOnShow)}\n`);
}

/**
 * A model as its card is shown.
 * @param model the name of one that comes with the package, or the path of an `.onnx` file
 * @throws DataError for a name that there is not, or a file that is no model of rarevox
 */
export async function openModelOnShow(model: string): Promise<ModelOnShow> {
  const file = model.endsWith('.onnx') ? model : await shippedModelFile(model);
  const content = await nodeFileAccess.readBytes(file);
  const { description } = decodeModel(content, file);
  const name = baseName(file).slice(0, -'.onnx'.length);
  return { name, bytes: content.length, sha256: await sha256(content), description };
}

/** One line a model: its name, and what it is. */
function listOf(models: readonly ModelOnShow[]): string {
  if (models.length === 0) return 'No model comes with this version.\n';
  const width = Math.max(...models.map(({ name }) => name.length));
  const lines = models.map(
    ({ name, description: { card } }) => `${name.padEnd(width)}  ${card.description ?? card.task}`,
  );
  return `${lines.join('\n')}\n`;
}
