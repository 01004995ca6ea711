import { z } from 'zod';
import { encodeCsv } from '../csv.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { decimals, decodeLesions } from './lesions-table.ts';
import { outputNames } from './output-names.ts';

const COLUMNS = ['subject', 'label', 'name', 'lesions', 'volume_mm3', 'largest_mm3', 'mask'];

const sidecarSchema = z.object({ Labels: z.record(z.string(), z.int()) });

/**
 * One row for each subject and class: how many lesions, their volume together, the largest one's, and the mask's path from the
 * output folder. A subject without lesions has a row with 0.
 *
 * @param out an output folder of `predictSubjects`
 * @param ids the subjects, in the order of the rows
 * @returns the table as CSV, and the subjects that are not predicted there
 */
export async function cohortTable(
  files: FileAccess,
  out: string,
  ids: readonly string[],
): Promise<{ readonly table: string; readonly missing: readonly string[] }> {
  const rows: string[][] = [];
  const missing: string[] = [];
  for (const id of ids) {
    const found = await predictionOf(files, out, id);
    if (found === null) {
      missing.push(id);
      continue;
    }
    const lesions = decodeLesions(await files.readText(`${out}/${found.lesions}`));
    for (const [name, label] of Object.entries(found.labels)) {
      const volumes = lesions.flatMap((lesion) => (lesion.label === label ? [lesion.volume] : []));
      const volume = volumes.reduce((sum, one) => sum + one, 0);
      const largest = volumes.reduce((max, one) => Math.max(max, one), 0);
      rows.push([id, String(label), name, String(volumes.length), decimals(volume), decimals(largest), found.mask]);
    }
  }
  return { table: encodeCsv([COLUMNS, ...rows]), missing };
}

/** The files of a subject that is finished, which its sidecar says, and its classes; null where it is not. */
async function predictionOf(
  files: FileAccess,
  out: string,
  id: string,
): Promise<{ lesions: string; mask: string; labels: Readonly<Record<string, number>> } | null> {
  // The table's name does not depend on the classes.
  const { lesions } = outputNames(id, ['lesion']);
  const folder = lesions.slice(0, Math.max(0, lesions.lastIndexOf('/')));
  const at = folder === '' ? out : `${out}/${folder}`;
  if (!(await files.exists(at))) return null;
  for (const { name } of await files.list(at)) {
    if (!name.startsWith(`${id}_`) || !/_(mask|dseg)\.json$/.test(name)) continue;
    const { Labels: labels } = sidecarSchema.parse(JSON.parse(await files.readText(`${at}/${name}`)));
    const path = folder === '' ? name : `${folder}/${name}`;
    return { lesions, mask: path.replace(/json$/, 'nii.gz'), labels };
  }
  return null;
}
