import { DataError } from '../errors.ts';
import { decodeModel, type Model } from '../model/model-file.ts';
import { foldFoldersIn } from '../train/fold-folders.ts';
import { RUN_DESCRIPTION } from '../train/run-description.ts';
import { MODEL } from '../train/run-folder.ts';
import { nodeFileAccess } from './file-access.ts';

/**
 * Opens a model.onnx, or the one in a run folder of `rarevox train`.
 * @throws DataError when the file can't be read or is no model of rarevox, or the run is not finished
 */
export async function loadModel(path: string): Promise<Model> {
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
export async function loadModels(path: string): Promise<Model[]> {
  const folder = path.replace(/\/+$/, '');
  const isOne = folder.endsWith('.onnx') || (await nodeFileAccess.exists(`${folder}/${MODEL}`));
  const folds = isOne ? [] : await foldFoldersIn(nodeFileAccess, folder);
  if (folds.length === 0) return [await loadModel(path)];
  const models: Model[] = [];
  for (const fold of folds) models.push(await loadModel(fold));
  return models;
}
