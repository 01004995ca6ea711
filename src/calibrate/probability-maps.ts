import { DataError, throwFaults, UsageError } from '../errors.ts';
import { listProbabilityMaps, type ProbabilityFile, probabilityFilesOf } from '../evaluate/probability-files.ts';
import { baseName } from '../evaluate/subject-key.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { isImageFile, withoutImageExtension } from '../volume/image-name.ts';

/** Which labels are the structure to find. */
export interface Structure {
  /** One label; undefined: all foreground labels together. */
  readonly label?: number;
  /** Names of the labels by their number as text, as in the names of the maps. */
  readonly labelNames?: Readonly<Record<string, string>>;
}

/** The maps of one subject whose sum is the probability of the structure. */
export interface StructureMaps {
  readonly subject: string;
  /** The first of them. */
  readonly path: string;
  readonly paths: readonly string[];
}

/**
 * The probability maps of a structure in a folder and the folders below it, for each subject. Classes exclude each other, so that the
 * probability of any foreground is the sum of theirs.
 *
 * @returns also the number of classes that the folder has maps of
 * @throws DataError where there are none, or a subject lacks the map of a class or has several; UsageError for a file
 */
export async function listStructureMaps(
  files: FileAccess,
  folder: string,
  { label, labelNames = {} }: Structure,
): Promise<{ readonly maps: readonly StructureMaps[]; readonly classes: number }> {
  if (isImageFile(folder)) {
    throw new UsageError(`${folder}: name the folder that \`rarevox predict --out\` wrote, with many subjects.`);
  }
  const all = await listProbabilityMaps(files, folder);
  const words = [...new Set(all.map(wordOf))].sort();
  const maps: StructureMaps[] = [];
  const faults: string[] = [];
  for (const subject of new Set(all.map((map) => map.subject))) {
    const own = all.filter((map) => map.subject === subject);
    try {
      const paths =
        label === undefined
          ? oneOfEach(subject, own, words)
          : Object.values(probabilityFilesOf(own, subject, [label], labelNames));
      maps.push({ subject, path: paths[0] as string, paths });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.push(error.message);
    }
  }
  throwFaults(faults);
  return { maps, classes: words.length };
}

function wordOf({ word }: ProbabilityFile): string {
  return word ?? 'unnamed';
}

function oneOfEach(subject: string, own: readonly ProbabilityFile[], words: readonly string[]): readonly string[] {
  const found = own.map(wordOf).sort();
  if (found.join() === words.join()) return own.map(({ path }) => path);
  throw new DataError(
    `${subject} has probability maps of ${found.join(', ')}, and one of each of ${words.join(', ')} is wanted. Add or remove maps, or ` +
      'choose one class (--label).',
  );
}

/**
 * The sidecar that tells how a probability map came about, beside it; null for a name that predict/output-names.ts doesn't make.
 * @param isOneOfSeveral whether the prediction is of several classes
 */
export function sidecarOfMap(path: string, isOneOfSeveral = false): string | null {
  const match = /^(.*)_label-([A-Za-z0-9]+)_probseg$/.exec(baseName(withoutImageExtension(path)));
  if (match === null) return null;
  const folder = path.slice(0, path.length - baseName(path).length);
  return `${folder}${match[1]}_${isOneOfSeveral ? 'dseg' : `desc-${match[2]}_mask`}.json`;
}
