import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { loadBids } from './load-bids.ts';
import { loadDecathlon } from './load-decathlon.ts';
import type { Dataset } from './subject.ts';

/**
 * Finds out which layout a dataset folder has and lists its subjects. No image is read.
 *
 * @param root path of the folder, with forward slashes
 * @throws DataError when the folder is missing, its layout unknown, or its description at fault
 */
export async function loadDataset(files: FileAccess, root: string): Promise<Dataset> {
  const folder = root.replace(/(?<=.)\/+$/, '');
  if (!(await files.exists(folder))) throw new DataError(`${folder}: there is no such folder; check the path.`);
  const entries = await files.list(folder);

  if (entries.some((entry) => entry.name === 'dataset.json' && !entry.isFolder)) {
    const path = `${folder}/dataset.json`;
    const description = parseJson(await files.readText(path), path);
    if (typeof description === 'object' && description !== null && 'channel_names' in description) {
      throw new DataError(
        `${path}: this is an nnU-Net raw dataset, which is not supported yet; arrange the scans as BIDS or as a Decathlon folder.`,
      );
    }
    return loadDecathlon(folder, description);
  }
  const isBids = entries.some(
    (entry) => entry.name === 'dataset_description.json' || (entry.isFolder && entry.name.startsWith('sub-')),
  );
  if (isBids) return loadBids(files, folder);
  throw new DataError(
    `${folder}: its layout is unknown; give a BIDS folder (dataset_description.json, sub-*/anat) or a Medical Segmentation ` +
      'Decathlon folder (dataset.json, imagesTr, labelsTr).',
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path}: it is no valid JSON (${(error as Error).message}); correct it.`, { cause: error });
  }
}
