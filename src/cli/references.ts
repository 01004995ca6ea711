import { detectLayout, loadDataset } from '../dataset/load-dataset.ts';
import { withRater } from '../dataset/rater.ts';
import type { Label, Subject } from '../dataset/subject.ts';
import { DataError, UsageError } from '../errors.ts';
import type { CaseEvent } from '../evaluate/evaluate-folders.ts';
import { type LabelMapFile, listImages } from '../evaluate/label-map-files.ts';
import { baseName, subjectKey } from '../evaluate/subject-key.ts';
import type { LabelNames } from '../report/figures-tables.ts';
import { describeGridDifference } from '../volume/affine.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';
import { readImage, readLabels } from '../volume/read-image.ts';
import type { Grid, ScalarVolume } from '../volume/volume.ts';

/** What predictions are scored against, and the scans to show under the outlines. */
export interface References {
  readonly references: string | readonly LabelMapFile[];
  /** Labels that the dataset declares; empty for a plain file or folder. */
  readonly labels: readonly number[];
  readonly labelNames: LabelNames;
  /** The scan to show for each subject; one under the key '' serves whichever subject there is. */
  readonly images: ReadonlyMap<string, ScanFile>;
  /** The brain mask of each subject that has one. */
  readonly brainMasks: ReadonlyMap<string, string>;
  /** The patient of each subject; empty for a plain file or folder. */
  readonly patients: Readonly<Record<string, string>>;
  /** Every rater's masks, by name in alphabetical order; empty where there are not several raters. */
  readonly raters: ReadonlyMap<string, readonly LabelMapFile[]>;
}

/** A volume of an image file. */
export interface ScanFile {
  readonly path: string;
  /** Which volume of a 4D file. */
  readonly frame?: number;
}

/**
 * A dataset's references where the folder is one, else the path as it stands.
 * @param rater whose masks, for a dataset that has several raters'; null: the layout's default
 */
export async function openReferences(
  files: FileAccess,
  path: string,
  rater: string | null = null,
): Promise<References> {
  if (isImageFile(path) || !(await isDataset(files, path))) {
    if (rater !== null) throw new UsageError(`--rater goes with a dataset, and ${path} is none.`);
    const none = { images: new Map(), brainMasks: new Map(), raters: new Map() };
    return { references: path, labels: [], labelNames: {}, patients: {}, ...none };
  }
  const { labels, subjects } = withRater(await loadDataset(files, path), rater);
  return referencesOf(labels, subjects);
}

/** The references and scans of a dataset's subjects; those without a reference are left out. */
export function referencesOf(labels: readonly Label[], subjects: readonly Subject[]): References {
  const references: LabelMapFile[] = [];
  const images = new Map<string, ScanFile>();
  const brainMasks = new Map<string, string>();
  const patients: Record<string, string> = {};
  const masks: Record<string, LabelMapFile[]> = {};
  for (const subject of subjects) {
    if (subject.reference === undefined) continue;
    // By the id, as predictions are named after it; a reference may be called Consensus.nii.gz for every patient.
    const key = subjectKey(subject.id);
    references.push({ subject: key, path: subject.reference });
    patients[key] = subject.group;
    for (const [rater, path] of Object.entries(subject.references ?? {})) {
      masks[rater] ??= [];
      masks[rater].push({ subject: key, path });
    }
    if (subject.brainMask !== undefined) brainMasks.set(key, subject.brainMask);
    const modality = subject.images.FLAIR === undefined ? Object.keys(subject.images)[0] : 'FLAIR';
    if (modality === undefined) continue;
    const frame = subject.frames?.[modality];
    images.set(key, { path: subject.images[modality], ...(frame === undefined ? {} : { frame }) });
  }
  return {
    references,
    labels: labels.map(({ value }) => value),
    labelNames: Object.fromEntries(labels.map(({ value, name }) => [String(value), name])),
    images,
    brainMasks,
    patients,
    raters: new Map(Object.entries(masks).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Scans by subject: one file (under the key ''), the scans of a dataset, or the files of a folder, FLAIR first. */
export async function findImages(files: FileAccess, path: string): Promise<ReadonlyMap<string, ScanFile>> {
  if (isImageFile(path)) return new Map([['', { path }]]);
  if (await isDataset(files, path)) return (await openReferences(files, path)).images;
  const images = new Map<string, ScanFile>();
  for (const file of await listImages(files, path)) {
    if (/_(mask|dseg|probseg)$/i.test(withoutImageExtension(file))) continue;
    // nnU-Net's names of images end in the number of the channel.
    const key = subjectKey(file).replace(/_\d{4}$/, '');
    const earlier = images.get(key);
    if (earlier === undefined || (isFlair(file) && !isFlair(earlier.path))) images.set(key, { path: file });
  }
  if (images.size === 0)
    throw new DataError(`${path} holds no scans (images: .nii, .nii.gz, .nrrd, .mha) for pictures.`);
  return images;
}

/** The scan of a case, or null with a note: a report without a picture is better than none. */
export async function readImageFor(
  files: FileAccess,
  event: CaseEvent,
  images: ReadonlyMap<string, ScanFile>,
  note: (text: string) => void,
): Promise<ScalarVolume | null> {
  const scan = images.get(event.subject) ?? images.get('');
  if (scan === undefined) {
    if (images.size > 0) note(`${event.subject} has no scan; its pictures show the outlines alone.`);
    return null;
  }
  try {
    const { volume } = await readImage(files, scan.path, scan.frame === undefined ? {} : { frame: scan.frame });
    const difference = describeGridDifference(volume, event.reference);
    if (difference === null) return volume;
    note(
      `${scan.path} is not on the grid of ${event.referenceFile} (${difference}); its pictures show the outlines alone.`,
    );
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    note(`${error.message} The pictures of ${event.subject} show the outlines alone.`);
  }
  return null;
}

/**
 * The brain of a subject on its reference's grid: the dataset's brain mask, else the voxels of its scan other than 0; null where there is
 * neither, or it is on another grid.
 */
export async function readBrainFor(
  files: FileAccess,
  subject: string,
  reference: Grid,
  { brainMasks, images }: Pick<References, 'brainMasks' | 'images'>,
): Promise<Uint8Array | null> {
  const mask = brainMasks.get(subject);
  const scan = images.get(subject) ?? images.get('');
  if (mask === undefined && scan === undefined) return null;
  const { volume } =
    mask !== undefined
      ? await readLabels(files, mask)
      : await readImage(files, (scan as ScanFile).path, scan?.frame === undefined ? {} : { frame: scan.frame });
  if (describeGridDifference(volume, reference) !== null) return null;
  const brain = new Uint8Array(volume.data.length);
  for (let v = 0; v < brain.length; v++) brain[v] = volume.data[v] === 0 ? 0 : 1;
  return brain;
}

/** Whether a folder is a dataset with references of its own; a folder of BIDS derivatives is a plain folder of maps. */
async function isDataset(files: FileAccess, folder: string): Promise<boolean> {
  const layout = await detectLayout(files, folder);
  if (layout !== 'bids') return layout !== null;
  const description = `${folder}/dataset_description.json`;
  if (!(await files.exists(description))) return false;
  return !/"DatasetType"\s*:\s*"derivative"/.test(await files.readText(description));
}

function isFlair(path: string): boolean {
  return /FLAIR/i.test(baseName(path));
}
