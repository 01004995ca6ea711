import { fileURLToPath } from 'node:url';
import { closestName } from '../closest-name.ts';
import { DataError } from '../errors.ts';
import { nodeFileAccess } from './file-access.ts';

/** The models that come with the package, two folders above this file in the sources as in the installed package. */
export const SHIPPED_MODELS = fileURLToPath(new URL('../../models', import.meta.url));

const EXTENSION = '.onnx';

/** Names of the models in a folder, sorted: those of its files, without `.onnx`. None where there is no folder. */
export async function shippedModelNames(folder = SHIPPED_MODELS): Promise<string[]> {
  if (!(await nodeFileAccess.exists(folder))) return [];
  const entries = await nodeFileAccess.list(folder);
  const files = entries.filter(({ name, isFolder }) => !isFolder && name.endsWith(EXTENSION));
  return files.map(({ name }) => name.slice(0, -EXTENSION.length)).sort();
}

/**
 * The file of a shipped model.
 * @throws DataError for a name that there is not, with the closest one
 */
export async function shippedModelFile(name: string, folder = SHIPPED_MODELS): Promise<string> {
  const names = await shippedModelNames(folder);
  if (names.includes(name)) return `${folder}/${name}${EXTENSION}`;
  const closest = closestName(name, names);
  const advice =
    names.length === 0
      ? 'this copy of rarevox brings no models'
      : closest === null
        ? `there are ${names.join(', ')}`
        : `did you mean ${closest}?`;
  throw new DataError(`No model called ${name} comes with rarevox: ${advice}${advice.endsWith('?') ? '' : '.'}`);
}

/**
 * The path that a MODEL of the command line stands for: itself where there is such a file or folder, or it looks like a path; else
 * the file of the shipped model of that name.
 *
 * @throws DataError for a name that is neither
 */
export async function modelPathOf(model: string, folder = SHIPPED_MODELS): Promise<string> {
  const isPath = /[/\\]/.test(model) || model.endsWith(EXTENSION) || (await nodeFileAccess.exists(model));
  if (isPath) return model;
  try {
    return await shippedModelFile(model, folder);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`There is no file or folder ${model}. ${error.message}`, { cause: error });
  }
}
