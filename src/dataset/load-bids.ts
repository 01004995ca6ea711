import { DataError, throwFaults } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { modalityOf, parseBidsName } from './bids-name.ts';
import { readParticipantSites } from './participants.ts';
import { type Dataset, modalitiesOf, type Subject } from './subject.ts';

/** A session's folders: `sub-01` or `sub-01/ses-2`, below the root and below every derivative. */
interface Session {
  readonly id: string;
  readonly group: string;
  readonly folder: string;
}

/**
 * Reads a BIDS folder: images of `sub-X[/ses-Y]/anat`, references `derivatives/D/sub-X[/ses-Y]/anat/…_label-lesion_mask` and
 * brain masks `…_desc-brain_mask`, sites from the `site` column of `participants.tsv`. Derivatives in another space
 * (`space-…`) are left alone. Subjects with a reference are for training, the others for testing.
 *
 * @throws DataError with all faults of the layout: no subjects, several masks for one scan
 */
export async function loadBids(files: FileAccess, root: string): Promise<Dataset> {
  const sites = await readParticipantSites(files, `${root}/participants.tsv`);
  const derivatives = await foldersIn(files, `${root}/derivatives`);
  const faults: string[] = [];
  const subjects: Subject[] = [];
  for (const session of await sessionsOf(files, root)) {
    const images: Record<string, string> = {};
    for (const fileName of await namesIn(files, `${root}/${session.folder}/anat`)) {
      const name = parseBidsName(fileName);
      if (name === null || ['mask', 'probseg', 'dseg'].includes(name.suffix)) continue;
      const modality = modalityOf(name);
      const path = `${root}/${session.folder}/anat/${fileName}`;
      const other = images[modality];
      if (other !== undefined) faults.push(`${session.id}: ${other} and ${path} are both its ${modality}; keep one.`);
      images[modality] = path;
    }
    if (Object.keys(images).length === 0) continue;

    const references: string[] = [];
    const brainMasks: string[] = [];
    for (const derivative of derivatives) {
      const folder = `${root}/derivatives/${derivative}/${session.folder}/anat`;
      for (const fileName of await namesIn(files, folder)) {
        const name = parseBidsName(fileName);
        if (name === null || name.suffix !== 'mask' || name.entities.has('space')) continue;
        if (name.entities.get('label') === 'lesion') references.push(`${folder}/${fileName}`);
        else if (name.entities.get('desc') === 'brain') brainMasks.push(`${folder}/${fileName}`);
      }
    }
    for (const [kind, paths] of [['lesion masks', references] as const, ['brain masks', brainMasks] as const]) {
      if (paths.length > 1) {
        faults.push(`${session.id}: it has ${paths.length} ${kind} (${paths.join(', ')}); keep the one to use.`);
      }
    }
    const site = sites.get(session.group);
    subjects.push({
      id: session.id,
      group: session.group,
      ...(site === undefined ? {} : { site }),
      images,
      ...(references.length === 1 ? { reference: references[0] } : {}),
      ...(brainMasks.length === 1 ? { brainMask: brainMasks[0] } : {}),
      split: references.length > 0 ? 'training' : 'test',
    });
  }
  if (subjects.length === 0) {
    throw new DataError(
      `${root}: this BIDS folder holds no images; they are looked for in sub-*/anat and sub-*/ses-*/anat, as .nii or .nii.gz.`,
    );
  }
  throwFaults(faults);
  return {
    name: await nameOf(files, root),
    layout: 'bids',
    modalities: modalitiesOf(subjects),
    labels: [{ value: 1, name: 'lesion' }],
    subjects,
  };
}

async function sessionsOf(files: FileAccess, root: string): Promise<Session[]> {
  const sessions: Session[] = [];
  for (const subject of await foldersIn(files, root)) {
    if (!subject.startsWith('sub-')) continue;
    sessions.push({ id: subject, group: subject, folder: subject });
    for (const session of await foldersIn(files, `${root}/${subject}`)) {
      if (!session.startsWith('ses-')) continue;
      sessions.push({ id: `${subject}_${session}`, group: subject, folder: `${subject}/${session}` });
    }
  }
  return sessions;
}

async function foldersIn(files: FileAccess, folder: string): Promise<string[]> {
  if (!(await files.exists(folder))) return [];
  return (await files.list(folder)).filter((entry) => entry.isFolder).map((entry) => entry.name);
}

async function namesIn(files: FileAccess, folder: string): Promise<string[]> {
  if (!(await files.exists(folder))) return [];
  return (await files.list(folder)).filter((entry) => !entry.isFolder).map((entry) => entry.name);
}

/** The dataset's own name, else the folder's. A description that cannot be read is no reason to refuse the scans. */
async function nameOf(files: FileAccess, root: string): Promise<string> {
  const path = `${root}/dataset_description.json`;
  const folderName = root.slice(root.lastIndexOf('/') + 1);
  if (!(await files.exists(path))) return folderName;
  try {
    const description: unknown = JSON.parse(await files.readText(path));
    if (typeof description === 'object' && description !== null && 'Name' in description)
      return String(description.Name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return folderName;
}
