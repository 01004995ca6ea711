import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';
import { baseName, subjectKey } from './subject-key.ts';

/** A label map and whom it shows. */
export interface LabelMapFile {
  readonly subject: string;
  readonly path: string;
}

/**
 * All label maps in a folder and the folders below it, sorted by path: every image file but those whose name says that it
 * is something else (a probability map, an image, a brain mask). Names that start with a dot are passed over.
 */
export async function listLabelMaps(files: FileAccess, folder: string): Promise<LabelMapFile[]> {
  const paths = await listImages(files, folder);
  const maps = paths.filter((path) => isLabelMapName(baseName(path)));
  return maps.map((path) => ({ subject: subjectKey(path), path }));
}

/** Paths of all image files in a folder and the folders below it, sorted. */
export async function listImages(files: FileAccess, folder: string): Promise<string[]> {
  const root = folder.replace(/(?<=.)\/+$/, '');
  const paths: string[] = [];
  for (const entry of await files.list(root)) {
    if (entry.name.startsWith('.')) continue;
    const path = `${root}/${entry.name}`;
    if (entry.isFolder) paths.push(...(await listImages(files, path)));
    else if (isImageFile(entry.name)) paths.push(path);
  }
  return paths.sort();
}

/** Suffixes of BIDS images, and of maps that are not labels. */
const OTHER_SUFFIX = /_(T1w|T2w|T2starw|PDw|FLAIR|inplaneT[12]|T1map|T2map|dwi|bold|probseg)$/i;

function isLabelMapName(name: string): boolean {
  const stem = withoutImageExtension(name);
  if (OTHER_SUFFIX.test(stem) || /_desc-brain(_|$)/.test(stem)) return false;
  // A derivative with a description says by its suffix whether it is a label map.
  return !/_(desc|label)-/.test(stem) || /_(mask|dseg)$/.test(stem);
}
