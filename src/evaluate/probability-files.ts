import { DataError } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';
import { listImages } from './label-map-files.ts';
import { baseName, subjectKey } from './subject-key.ts';

/** A probability map of one label in one subject. */
export interface ProbabilityFile {
  readonly subject: string;
  readonly path: string;
  /** What the name says of the label, such as `lesion` of `sub-01_label-lesion_probseg.nii.gz`; null where it says nothing. */
  readonly word: string | null;
}

/**
 * The probability maps at a path: the file itself, or every image in the folder and those below it whose name ends in `_probseg`, as
 * `rarevox predict --save-probabilities` names them.
 *
 * @throws DataError where there is none
 */
export async function listProbabilityMaps(files: FileAccess, path: string): Promise<ProbabilityFile[]> {
  const isFile = isImageFile(path);
  const paths = isFile ? [path] : (await listImages(files, path)).filter((name) => /_probseg$/.test(stemOf(name)));
  if (paths.length === 0) {
    throw new DataError(
      `${path} holds no probability maps (names that end in _probseg): predict with --save-probabilities, and name that folder.`,
    );
  }
  return paths.map((name) => ({
    subject: subjectKey(name),
    path: name,
    word: /_label-([A-Za-z0-9]+)/.exec(stemOf(name))?.[1] ?? null,
  }));
}

/**
 * The map of each label in one subject. A map belongs to a label by the label's name or number after `label-`; the only map of a
 * subject belongs to the only label.
 *
 * @param labelNames by the label's number as text
 * @returns paths by the label's number as text
 * @throws DataError naming the subject where a label has no map, or several
 */
export function probabilityFilesOf(
  maps: readonly ProbabilityFile[],
  subject: string,
  labels: readonly number[],
  labelNames: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = maps.filter((map) => map.subject === subject);
  const paths: Record<string, string> = {};
  const faults: string[] = [];
  for (const label of labels) {
    const key = String(label);
    // BIDS allows letters and digits only, and predictions are named so.
    const word = labelNames[key]?.replace(/[^A-Za-z0-9]/g, '');
    const named = own.filter((map) => map.word === key || (word !== undefined && map.word === word));
    const found = named.length === 0 && labels.length === 1 && own.length === 1 ? own : named;
    if (found.length === 1) paths[key] = found[0].path;
    else {
      const which = `${subject}, label ${labelNames[key] === undefined ? key : `${key} (${labelNames[key]})`}`;
      const there = own.length === 0 ? 'none of this subject' : own.map(({ path }) => path).join(', ');
      faults.push(
        `${which}: ${found.length === 0 ? 'no' : 'more than one'} probability map; there is ${there}. ` +
          `Name it ${subject}_label-${word ?? key}_probseg.nii.gz.`,
      );
    }
  }
  if (faults.length > 0) throw new DataError(faults.join('\n'));
  return paths;
}

function stemOf(path: string): string {
  return baseName(withoutImageExtension(path));
}
