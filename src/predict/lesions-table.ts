import { decodeCsv, encodeCsv } from '../csv.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { Lesion } from './lesions.ts';

const COLUMNS = [
  ...['subject', 'label', 'name', 'lesion', 'volume_mm3', 'voxels', 'x_mm', 'y_mm', 'z_mm'],
  ...['mean_probability', 'max_probability', 'mean_vote_spread'],
];
const HEADER = encodeCsv([COLUMNS]);
/** The table of all subjects, in the output folder. */
const ALL = 'lesions.csv';
/** Ends of the names of one subject's table; see `outputNames`. */
const ONE = '_lesions.csv';

/** A subject's lesions as CSV, one a row; the vote spread's cell is empty where it was not computed. */
export function encodeLesions(subject: string, lesions: readonly Lesion[]): string {
  const rows = lesions.map(({ label, number, volume, voxels, centroid, ...measured }) => [
    ...[subject, String(label.value), label.name, String(number), decimals(volume), String(voxels)],
    ...centroid.map(decimals),
    ...[measured.meanProbability, measured.maxProbability, measured.meanVoteSpread].map(decimals),
  ]);
  return HEADER + encodeCsv(rows);
}

/** A lesion as its table has it. */
export interface LesionRow extends Pick<Lesion, 'number' | 'voxels' | 'volume' | 'centroid'> {
  /** The class's value, and its name. */
  readonly label: number;
  readonly name: string;
  readonly meanProbability: number;
  readonly maxProbability: number;
  readonly meanVoteSpread: number | null;
}

/** The lesions in a table that `encodeLesions` wrote. */
export function decodeLesions(table: string): LesionRow[] {
  return decodeCsv(table)
    .slice(1)
    .map(([, label, name, number, volume, voxels, x, y, z, mean, max, spread]) => ({
      label: Number(label),
      name,
      number: Number(number),
      volume: Number(volume),
      voxels: Number(voxels),
      centroid: [Number(x), Number(y), Number(z)],
      meanProbability: Number(mean),
      maxProbability: Number(max),
      meanVoteSpread: spread === '' ? null : Number(spread),
    }));
}

/**
 * Joins the tables of all subjects in an output folder, whichever run they are of, in the order of their paths: `lesions.csv`.
 * Several runs may end at once in the same folder: each reads again after it wrote, until nothing is new, so whichever
 * writes last has seen the tables of all.
 */
export async function joinLesions(files: FileAccess, out: string): Promise<void> {
  let written: string | null = null;
  for (;;) {
    const table = await readAll(files, out);
    if (table === written) return;
    await files.write(`${out}/${ALL}`, table);
    written = table;
  }
}

async function readAll(files: FileAccess, out: string): Promise<string> {
  const rows: string[] = [];
  for (const path of await tablesIn(files, out)) {
    const text = await files.readText(path).catch(async (error: unknown) => {
      // Another run may be about to replace the table; it will join them again at its end.
      if (await files.exists(path)) throw error;
      return '';
    });
    if (text.startsWith(HEADER)) rows.push(text.slice(HEADER.length));
  }
  return HEADER + rows.join('');
}

/** Where `outputNames` puts tables: in the folder itself, and in `sub-X/anat` and `sub-X/ses-Y/anat`. */
async function tablesIn(
  files: FileAccess,
  folder: string,
  kind: 'root' | 'subject' | 'anat' = 'root',
): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, isFolder } of await files.list(folder)) {
    const path = `${folder}/${name}`;
    if (!isFolder) {
      if (kind !== 'subject' && name.endsWith(ONE)) paths.push(path);
    } else if (kind === 'root' ? name.startsWith('sub-') : kind === 'subject' && name.startsWith('ses-')) {
      paths.push(...(await tablesIn(files, path, 'subject')));
    } else if (kind === 'subject' && name === 'anat') {
      paths.push(...(await tablesIn(files, path, 'anat')));
    }
  }
  return paths;
}

/** Six significant digits, more than float32 maps and headers carry into a mean. */
export function decimals(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(6)));
}
