import { DataError, UsageError } from '../errors.ts';
import { type LabelMapFile, listImages } from '../evaluate/label-map-files.ts';
import { baseName, subjectKey } from '../evaluate/subject-key.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';

/** The name of a probability map as predict/output-names.ts makes it: the subject's stem, and the class. */
const PROBABILITIES = /^(.*)_label-([A-Za-z0-9]+)_probseg$/;

/**
 * The probability maps of one class in a folder and the folders below it, as `rarevox predict --save-probabilities` writes them.
 *
 * @throws DataError where there are none, or those of several classes
 */
export async function listProbabilityMaps(files: FileAccess, folder: string): Promise<LabelMapFile[]> {
  if (isImageFile(folder)) {
    throw new UsageError(`${folder}: name the folder that \`rarevox predict --out\` wrote, with many subjects.`);
  }
  const maps: LabelMapFile[] = [];
  const classes = new Set<string>();
  for (const path of await listImages(files, folder)) {
    const match = PROBABILITIES.exec(baseName(withoutImageExtension(path)));
    if (match === null) continue;
    classes.add(match[2]);
    maps.push({ subject: subjectKey(path), path });
  }
  if (maps.length === 0) {
    throw new DataError(
      `${folder} holds no probability maps (…_label-NAME_probseg.nii.gz). Predict with --save-probabilities.`,
    );
  }
  if (classes.size > 1) {
    throw new DataError(
      `${folder} holds probabilities of several classes (${[...classes].sort().join(', ')}). Of several the most probable one is taken, ` +
        'whatever its probability, so that there is no threshold to choose: calibrate models of one class.',
    );
  }
  return maps;
}

/** The sidecar that tells how a probability map came about, beside it. */
export function sidecarOfMap(path: string): string {
  const folder = path.slice(0, path.length - baseName(path).length);
  const [, stem, name] = PROBABILITIES.exec(baseName(withoutImageExtension(path))) as unknown as [
    string,
    string,
    string,
  ];
  return `${folder}${stem}_desc-${name}_mask.json`;
}
