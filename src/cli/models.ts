import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { decodeModel } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { shippedModelFile, shippedModelNames } from '../node/shipped-models.ts';
import { sha256 } from '../preprocess/digest.ts';
import { type ModelOnShow, renderModelCard, renderModelCards } from '../report/model-card-page.ts';

interface ModelsFlags {
  readonly json?: true;
  readonly markdown?: true;
}

/** `rarevox models`: the models that come with the package, and their cards. */
export function modelsCommand(): Command {
  return new Command('models')
    .description(
      'List the models that come with rarevox, or print the card of one: what it is for, its data, its figures.',
    )
    .argument('[name]', 'a model of the list')
    .option('--json', 'print all that the files say of themselves as JSON')
    .option('--markdown', 'print the cards of all models as one page')
    .addHelpText(
      'after',
      `
Examples:
  $ rarevox models
  $ rarevox models ms-lesion
  $ rarevox predict --model ms-lesion --out DIR --image FLAIR=flair.nii.gz`,
    )
    .action(printModels);
}

async function printModels(name: string | undefined, { json, markdown }: ModelsFlags): Promise<void> {
  if (json === true && markdown === true) throw new UsageError('Give one of --json and --markdown.');
  const names = name === undefined ? await shippedModelNames() : [name];
  const models: ModelOnShow[] = [];
  for (const one of names) models.push(await openShippedModel(one));
  if (json === true) {
    const content = name === undefined ? models : models[0];
    process.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
  } else if (markdown === true) process.stdout.write(renderModelCards(models));
  else if (name === undefined) process.stdout.write(listOf(models));
  else process.stdout.write(`${renderModelCard(models[0] as ModelOnShow)}\n`);
}

/**
 * A model that comes with the package, as its card is shown.
 * @throws DataError for a name that there is not
 */
export async function openShippedModel(name: string): Promise<ModelOnShow> {
  const file = await shippedModelFile(name);
  const content = await nodeFileAccess.readBytes(file);
  const { description } = decodeModel(content, file);
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
