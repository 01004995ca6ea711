import { DataError, UsageError } from '../errors.ts';
import { listProbabilityMaps, type ProbabilityFile } from '../evaluate/probability-files.ts';
import { baseName } from '../evaluate/subject-key.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';

/**
 * The probability maps of one class in a folder and the folders below it.
 *
 * @throws DataError where there are none, or those of several classes; UsageError for a file
 */
export async function listMapsOfOneClass(files: FileAccess, folder: string): Promise<readonly ProbabilityFile[]> {
  if (isImageFile(folder)) {
    throw new UsageError(`${folder}: name the folder that \`rarevox predict --out\` wrote, with many subjects.`);
  }
  const maps = await listProbabilityMaps(files, folder);
  const classes = new Set(maps.map(({ word }) => word ?? 'unnamed'));
  if (classes.size > 1) {
    throw new DataError(
      `${folder} holds probabilities of several classes (${[...classes].sort().join(', ')}). Of several the most probable one is taken, ` +
        'whatever its probability, so that there is no threshold to choose: calibrate models of one class.',
    );
  }
  return maps;
}

/** The sidecar that tells how a probability map came about, beside it; null for a name that predict/output-names.ts doesn't make. */
export function sidecarOfMap(path: string): string | null {
  const match = /^(.*)_label-([A-Za-z0-9]+)_probseg$/.exec(baseName(withoutImageExtension(path)));
  if (match === null) return null;
  const folder = path.slice(0, path.length - baseName(path).length);
  return `${folder}${match[1]}_desc-${match[2]}_mask.json`;
}
