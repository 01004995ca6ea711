import { DataError, throwFaults } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { faultOf, partsOfMessage, sentenceOf } from './check/fault.ts';
import { lastPart, parentOf } from './folders.ts';
import { loadBids } from './load-bids.ts';
import { loadDecathlon } from './load-decathlon.ts';
import { findIsbiPatients, loadIsbi } from './load-isbi.ts';
import { loadManifest } from './load-manifest.ts';
import { findMssegPatients, loadMsseg } from './load-msseg.ts';
import { loadNnunet } from './load-nnunet.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import { readSplits, SPLITS_FILE } from './splits-file.ts';
import type { Dataset, Layout } from './subject.ts';

/** A folder with one of these files in it has a manifest; the first counts. */
const MANIFESTS = ['manifest.csv', 'manifest.tsv', 'manifest.json'];

/**
 * Finds out which layout a dataset has and lists its subjects. No image is read.
 *
 * @param root path of the folder or the manifest, with forward slashes
 * @throws DataError when there is no such folder, its layout unknown, or names and lists are at fault
 */
export async function loadDataset(files: FileAccess, root: string): Promise<Dataset> {
  const { dataset, faults } = await openDataset(files, root);
  throwFaults(faults.map(sentenceOf));
  return dataset;
}

/**
 * `loadDataset` for those who want to look at a dataset in spite of its faults.
 * @throws DataError when it cannot be told what its subjects are
 */
export async function openDataset(files: FileAccess, root: string): Promise<OpenedDataset> {
  const path = root.replace(/(?<=.)\/+$/, '');
  if (!(await files.exists(path))) throw new DataError(`${path}: there is no such folder; check the path.`);
  const opened = await openLayout(files, path);
  if (opened === null) {
    throw new DataError(
      `${path}: its layout is unknown; looked for: a manifest (${MANIFESTS.join(', ')}), nnU-Net (dataset.json with channel_names), ` +
        'Medical Segmentation Decathlon (dataset.json with modality), BIDS (dataset_description.json or sub-* folders), ' +
        'ISBI 2015 (training01/preprocessed), MSSEG 2016 (FLAIR_preprocessed.nii.gz or Preprocessed_Data in a folder for ' +
        'each patient); arrange the scans like one of them, or list them in a manifest.',
    );
  }
  const splits = `${isManifest(path) ? parentOf(path) : path}/${SPLITS_FILE}`;
  if (!(await files.exists(splits))) return opened;
  try {
    return { ...opened, dataset: { ...opened.dataset, folds: await readSplits(files, splits) } };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const fault = faultOf('wrong-splits', { file: splits }, partsOfMessage(error.message, splits));
    return { ...opened, faults: [...opened.faults, fault] };
  }
}

/** The layout of a dataset, by what lies in its folder; null where it is none, such as a plain folder of masks. */
export async function detectLayout(files: FileAccess, path: string): Promise<Layout | null> {
  if (!(await files.exists(path))) return null;
  return (await layoutOf(files, path))?.layout ?? null;
}

async function openLayout(files: FileAccess, path: string): Promise<OpenedDataset | null> {
  return (await layoutOf(files, path))?.open() ?? null;
}

interface FoundLayout {
  readonly layout: Layout;
  readonly open: () => Promise<OpenedDataset>;
}

async function layoutOf(files: FileAccess, path: string): Promise<FoundLayout | null> {
  const found = (layout: Layout, open: () => Promise<OpenedDataset>): FoundLayout => ({ layout, open });
  if (isManifest(path)) return found('manifest', () => loadManifest(files, path));
  const entries = await files.list(path);
  const hasFile = (name: string): boolean => entries.some((entry) => entry.name === name && !entry.isFolder);

  const manifest = MANIFESTS.find(hasFile);
  if (manifest !== undefined) return found('manifest', () => loadManifest(files, `${path}/${manifest}`));
  if (hasFile('dataset.json')) {
    const description = parseJson(await files.readText(`${path}/dataset.json`), `${path}/dataset.json`);
    const isNnunet = typeof description === 'object' && description !== null && 'channel_names' in description;
    if (isNnunet) return found('nnunet', () => loadNnunet(files, path, description, lastPart(path)));
    return found('decathlon', async () => loadDecathlon(path, description));
  }
  const isBids =
    hasFile('dataset_description.json') || entries.some(({ name, isFolder }) => isFolder && name.startsWith('sub-'));
  if (isBids) return found('bids', () => loadBids(files, path));
  const longitudinal = await findIsbiPatients(files, path);
  if (longitudinal.length > 0) return found('isbi', () => loadIsbi(files, path, longitudinal));
  const patients = await findMssegPatients(files, path);
  if (patients.length > 0) return found('msseg', () => loadMsseg(files, path, patients));
  return null;
}

function isManifest(path: string): boolean {
  return /\.(csv|tsv|json)$/.test(path);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path}: it is no valid JSON (${(error as Error).message}); correct it.`, { cause: error });
  }
}
