import type { FileAccess } from '../volume/file-access.ts';
import { type Fault, faultOf } from './check/fault.ts';
import { filesIn, findFolders, lastPart } from './folders.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import { modalitiesOf, type Subject } from './subject.ts';

/** The challenge's names of the sequences, and those of BIDS, so that a model trained on one dataset takes another. */
const MODALITIES: Readonly<Record<string, string>> = { flair: 'FLAIR', mprage: 'T1w', pd: 'PDw', t2: 'T2w' };
const PATIENT = /^(training|test)\d+$/;
const IMAGE = /^((?:training|test)\d+_\d+)_(flair|mprage|pd|t2)_pp\.nii(\.gz)?$/;
const REFERENCE = /^((?:training|test)\d+_\d+)_(mask\d+)\.nii(\.gz)?$/;

/** Patients' folders of the ISBI 2015 release: `training01` or `test01` with `preprocessed` in it. */
export function findIsbiPatients(files: FileAccess, root: string): Promise<string[]> {
  return findFolders(
    files,
    root,
    3,
    (name, entries) => PATIENT.test(name) && entries.some((entry) => entry.isFolder && entry.name === 'preprocessed'),
  );
}

/**
 * Reads the release of the ISBI 2015 longitudinal MS lesion segmentation challenge (Carass et al., NeuroImage
 * 2017;148:77-102): the pre-processed images, every time point a subject of its own, with the patient as its group. The two
 * raters' masks are in `references`; `mask1` is the reference.
 *
 * @param patients from `findIsbiPatients`
 */
export async function loadIsbi(files: FileAccess, root: string, patients: readonly string[]): Promise<OpenedDataset> {
  const subjects: Subject[] = [];
  const faults: Fault[] = [];
  for (const folder of patients) {
    const images = new Map<string, Record<string, string>>();
    const references = new Map<string, Record<string, string>>();
    for (const file of await filesIn(files, `${root}/${folder}/preprocessed`)) {
      const match = IMAGE.exec(file);
      if (match === null) continue;
      const path = `${root}/${folder}/preprocessed/${file}`;
      images.set(match[1], { ...images.get(match[1]), [MODALITIES[match[2]]]: path });
    }
    for (const file of await filesIn(files, `${root}/${folder}/masks`)) {
      const match = REFERENCE.exec(file);
      if (match === null) continue;
      const path = `${root}/${folder}/masks/${file}`;
      references.set(match[1], { ...references.get(match[1]), [match[2]]: path });
      if (!images.has(match[1])) {
        const explanation = `there is no image preprocessed/${match[1]}_flair_pp.nii for this mask`;
        const place = { file: path, subject: match[1] };
        faults.push(faultOf('layout', place, { explanation, advice: 'add the images or remove the mask' }));
      }
    }
    for (const [id, own] of images) {
      const raters = references.get(id);
      const [first] = Object.keys(raters ?? {}).sort();
      const group = lastPart(folder);
      subjects.push({
        id,
        group,
        images: own,
        ...(raters === undefined ? {} : { reference: raters[first], references: raters }),
        split: raters === undefined ? 'test' : 'training',
      });
    }
  }
  subjects.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    dataset: {
      name: lastPart(root),
      layout: 'isbi',
      modalities: modalitiesOf(subjects),
      labels: [{ value: 1, name: 'lesion' }],
      subjects,
    },
    faults,
  };
}
