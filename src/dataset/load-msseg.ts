import type { FileAccess, FolderEntry } from '../volume/file-access.ts';
import { filesIn, findFolders, lastPart } from './folders.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import { modalitiesOf, type Subject } from './subject.ts';

/** The challenge's names of the sequences, and those of BIDS, so that a model trained on one dataset takes another. */
const MODALITIES: Readonly<Record<string, string>> = {
  FLAIR: 'FLAIR',
  T1: 'T1w',
  T2: 'T2w',
  DP: 'PDw',
  PD: 'PDw',
  GADO: 'ce-gadolinium_T1w',
};
const IMAGE = /^(FLAIR|T1|T2|DP|PD|GADO)_preprocessed\.nii(\.gz)?$/;
const REFERENCE = /^(Consensus|ManualSegmentation_\d+)\.nii(\.gz)?$/;
/** `Mask_registered` is what Anima's script, which made the pre-processed release, calls it. */
const BRAIN_MASK = /^(Brain_Mask|Mask_registered)\.nii(\.gz)?$/;

/**
 * Patients' folders of a release of MSSEG 2016, by their pre-processed images: `Center_01/Patient_02` with
 * `Preprocessed_Data`, or any folder with `FLAIR_preprocessed.nii.gz` in it.
 */
export function findMssegPatients(files: FileAccess, root: string): Promise<string[]> {
  return findFolders(files, root, 3, isPatient);
}

function isPatient(_: string, entries: readonly FolderEntry[]): boolean {
  return entries.some(({ name, isFolder }) => (isFolder ? name === 'Preprocessed_Data' : IMAGE.test(name)));
}

/**
 * Reads a release of the MICCAI 2016 MS lesion segmentation challenge (Commowick et al., NeuroImage 2021;244:118589), as in
 * `docs/datasets.md`. The reference is the consensus where there is one, else the first rater's; all are in `references`.
 * Below a folder named like `Testing` scans are for testing, else those with a reference for training. The site is the center.
 *
 * @param patients from `findMssegPatients`
 */
export async function loadMsseg(files: FileAccess, root: string, patients: readonly string[]): Promise<OpenedDataset> {
  const subjects: Subject[] = [];
  for (const folder of patients) {
    const images: Record<string, string> = {};
    const references: Record<string, string> = {};
    const brainMasks: string[] = [];
    for (const part of ['', '/Preprocessed_Data', '/Masks']) {
      const parent = `${root}/${folder}${part}`;
      for (const file of await filesIn(files, parent)) {
        const path = `${parent}/${file}`;
        const image = IMAGE.exec(file);
        const rater = REFERENCE.exec(file);
        if (image !== null) images[MODALITIES[image[1]]] = path;
        else if (rater !== null) references[rater[1]] = path;
        else if (BRAIN_MASK.test(file)) brainMasks.push(path);
      }
    }
    const parts = folder.split('/');
    const id = parts.map((part) => part.replaceAll(/[^A-Za-z0-9_-]/g, '-')).join('_');
    const site = parts.find((part) => /^center/i.test(part));
    // "Consensus" comes before "ManualSegmentation_1".
    const [reference] = Object.keys(references).sort();
    const isTest = reference === undefined || parts.some((part) => /^test/i.test(part));
    subjects.push({
      id,
      group: id,
      ...(site === undefined ? {} : { site }),
      images,
      ...(reference === undefined ? {} : { reference: references[reference], references }),
      ...(brainMasks.length === 0 ? {} : { brainMask: brainMasks[0] }),
      split: isTest ? 'test' : 'training',
    });
  }
  subjects.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    dataset: {
      name: lastPart(root),
      layout: 'msseg',
      modalities: modalitiesOf(subjects),
      labels: [{ value: 1, name: 'lesion' }],
      subjects,
    },
    faults: [],
  };
}
