import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { modalityOf, parseBidsName } from './bids-name.ts';
import { type Fault, faultOf } from './check/fault.ts';
import { filesIn, foldersIn, lastPart } from './folders.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import { readParticipantSites } from './participants.ts';
import { modalitiesOf, type Subject } from './subject.ts';

/** A session's folders: `sub-01` or `sub-01/ses-2`, below the root and below every derivative. */
interface Session {
  readonly id: string;
  readonly group: string;
  readonly folder: string;
}

/**
 * Reads a BIDS folder: images of `sub-X[/ses-Y]/anat`, references `derivatives/D/sub-X[/ses-Y]/anat/…_label-lesion_mask` and
 * brain masks `…_desc-brain_mask`, sites from the `site` column of `participants.tsv`. Masks beside the images are taken too,
 * as datasets that are derivatives themselves have them. Masks in another space (`space-…`) are left alone. Subjects with a
 * reference are for training, the others for testing. Several masks for one scan are a fault.
 *
 * @throws DataError when there are no images
 */
export async function loadBids(files: FileAccess, root: string): Promise<OpenedDataset> {
  const sites = await readParticipantSites(files, `${root}/participants.tsv`);
  const derivatives = await foldersIn(files, `${root}/derivatives`);
  const faults: Fault[] = [];
  const subjects: Subject[] = [];
  for (const session of await sessionsOf(files, root)) {
    const images: Record<string, string> = {};
    const noteAmbiguous = (kind: string, paths: readonly string[]): void => {
      if (paths.length > 1)
        faults.push(faultOf('ambiguous-file', { file: null, subject: session.id }, { kind, paths }));
    };
    for (const fileName of await filesIn(files, `${root}/${session.folder}/anat`)) {
      const name = parseBidsName(fileName);
      if (name === null || ['mask', 'probseg', 'dseg', 'statmap'].includes(name.suffix)) continue;
      const modality = modalityOf(name);
      const path = `${root}/${session.folder}/anat/${fileName}`;
      const other = images[modality];
      if (other !== undefined) noteAmbiguous(modality, [other, path]);
      images[modality] = path;
    }
    if (Object.keys(images).length === 0) continue;

    const references: string[] = [];
    const brainMasks: string[] = [];
    for (const parent of [root, ...derivatives.map((name) => `${root}/derivatives/${name}`)]) {
      const folder = `${parent}/${session.folder}/anat`;
      for (const fileName of await filesIn(files, folder)) {
        const name = parseBidsName(fileName);
        if (name === null || name.suffix !== 'mask' || name.entities.has('space')) continue;
        if (name.entities.get('label') === 'lesion') references.push(`${folder}/${fileName}`);
        else if (name.entities.get('desc') === 'brain') brainMasks.push(`${folder}/${fileName}`);
      }
    }
    noteAmbiguous('lesion mask', references);
    noteAmbiguous('brain mask', brainMasks);
    const site = sites.get(session.group);
    subjects.push({
      id: session.id,
      group: session.group,
      ...(site === undefined ? {} : { site }),
      images,
      ...(references.length > 0 ? { reference: references[0] } : {}),
      ...(brainMasks.length > 0 ? { brainMask: brainMasks[0] } : {}),
      split: references.length > 0 ? 'training' : 'test',
    });
  }
  if (subjects.length === 0) {
    throw new DataError(
      `${root}: this BIDS folder holds no images; they are looked for in sub-*/anat and sub-*/ses-*/anat, as .nii or .nii.gz.`,
    );
  }
  return {
    dataset: {
      name: await nameOf(files, root),
      layout: 'bids',
      modalities: modalitiesOf(subjects),
      labels: [{ value: 1, name: 'lesion' }],
      subjects,
    },
    faults,
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

/** The dataset's own name, else the folder's. A description that cannot be read is no reason to refuse the scans. */
async function nameOf(files: FileAccess, root: string): Promise<string> {
  const path = `${root}/dataset_description.json`;
  const folderName = lastPart(root);
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
