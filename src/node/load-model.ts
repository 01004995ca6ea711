import { DataError } from '../errors.ts';
import { decodeModel, type Model } from '../model/model-file.ts';
import { foldFoldersIn } from '../train/fold-folders.ts';
import { RUN_DESCRIPTION } from '../train/run-description.ts';
import { MODEL } from '../train/run-folder.ts';
import { nodeFileAccess } from './file-access.ts';
import { modelPathOf } from './shipped-models.ts';

/**
 * Opens a model.onnx, the one in a run folder of `rarevox train`, or a model that comes with the package, by its name
 * (`rarevox models` lists them); a file or folder of that name goes first.
 *
 * @throws DataError when the file can't be read or is no model of rarevox, the run is not finished, or there is no such model
 */
export async function loadModel(model: string): Promise<Model> {
  return openModel(await modelPathOf(model));
}

async function openModel(path: string): Promise<Model> {
  const folder = path.replace(/\/+$/, '');
  const file = path.endsWith('.onnx') ? path : `${folder}/${MODEL}`;
  if (file !== path && (await nodeFileAccess.exists(`${folder}/${RUN_DESCRIPTION}`))) {
    if (!(await nodeFileAccess.exists(file))) {
      throw new DataError(`${folder} has no ${MODEL} yet: finish the run with \`rarevox train DATA --resume\`.`);
    }
  }
  return decodeModel(await nodeFileAccess.readBytes(file), file);
}

/**
 * Opens what `loadModel` does, or all run folders `fold-0`, `fold-1`, … of a folder, by their numbers.
 * @throws DataError as `loadModel` does, of every fold that there is
 */
export async function loadModels(model: string): Promise<Model[]> {
  const path = await modelPathOf(model);
  const folder = path.replace(/\/+$/, '');
  const isOne = folder.endsWith('.onnx') || (await nodeFileAccess.exists(`${folder}/${MODEL}`));
  const folds = isOne ? [] : await foldFoldersIn(nodeFileAccess, folder);
  if (folds.length === 0) return [await openModel(path)];
  const models: Model[] = [];
  for (const fold of folds) models.push(await openModel(fold));
  return models;
}
