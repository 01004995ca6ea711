import { z } from 'zod';
import { DataError, throwFaults } from '../errors.ts';
import type { FileAccess } from '../volume/file-access.ts';
import { type Fault, faultOf } from './check/fault.ts';
import { lastPart } from './folders.ts';
import type { OpenedDataset } from './opened-dataset.ts';
import { type Label, modalitiesOf, type Subject } from './subject.ts';
import { parseTable } from './table.ts';

/** Columns that are no modality, in the spelling without case, blanks, hyphens and underscores. */
const COLUMNS = ['id', 'group', 'site', 'split', 'reference', 'brainmask'] as const;
type Column = (typeof COLUMNS)[number];

const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const manifestSchema = z.union([
  z.array(rowSchema),
  z.strictObject({
    name: z.string().optional(),
    /** Foreground labels: name and value. */
    labels: z.record(z.string(), z.number().int().min(1)).optional(),
    scans: z.array(rowSchema),
  }),
]);

/** One scan of the manifest: what its columns hold, empty cells left out. */
interface ManifestRow {
  /** `row 3` or `scan 2`, for messages. */
  readonly place: string;
  readonly cells: ReadonlyMap<string, string>;
}

/**
 * Reads a manifest: a table (.csv, .tsv) or JSON with one row a scan and the columns `id`, `group` (the patient; the id where
 * left out), `site`, `split` (`training` or `test`; by default a scan with a reference is for training), `reference`,
 * `brain_mask`, and one for every modality. Paths count from the manifest's folder. A file that does not exist is a fault,
 * with row and column.
 *
 * @throws DataError with the faults of the manifest itself
 */
export async function loadManifest(files: FileAccess, path: string): Promise<OpenedDataset> {
  const { name, labels, rows } = await readManifest(files, path);
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  const faults: Fault[] = [];
  const wrong: string[] = [];
  const subjects = new Map<string, Subject>();
  for (const { place, cells } of rows) {
    const id = cells.get('id') ?? '';
    // Output files are named after it.
    if (!/^[A-Za-z0-9][\w.+-]*$/.test(id)) {
      const what = id === '' ? 'the id is missing' : `the id "${id}" does not make a file name`;
      wrong.push(`${path}: ${place}, column id: ${what}; use letters, digits, hyphens and underscores.`);
      continue;
    }
    const split = cells.get('split');
    if (split !== undefined && split !== 'training' && split !== 'test') {
      wrong.push(`${path}: ${place}, column split: it holds "${split}"; write training or test.`);
      continue;
    }
    const resolve = async (column: string): Promise<string> => {
      const given = (cells.get(column) as string).replaceAll('\\', '/');
      const file = /^(\/|[A-Za-z]:\/)/.test(given) ? given : `${folder}${given.replace(/^(\.\/)+/, '')}`;
      if (!(await files.exists(file))) {
        const at = { file: path, subject: id };
        faults.push(faultOf('missing-file', at, { place: `${place}, column ${column}`, path: file }));
      }
      return file;
    };
    const images: Record<string, string> = {};
    for (const column of cells.keys()) if (!isReserved(column)) images[column] = await resolve(column);
    if (subjects.has(id)) {
      faults.push(
        faultOf('duplicate-subject', { file: path, subject: id }, { how: `${place} has the id ${id} again` }),
      );
      continue;
    }
    const site = cells.get('site');
    subjects.set(id, {
      id,
      group: cells.get('group') ?? id,
      ...(site === undefined ? {} : { site }),
      images,
      ...(cells.has('reference') ? { reference: await resolve('reference') } : {}),
      ...(cells.has('brainmask') ? { brainMask: await resolve('brainmask') } : {}),
      split: split ?? (cells.has('reference') ? 'training' : 'test'),
    });
  }
  throwFaults(wrong);
  if (subjects.size === 0) throw new DataError(`${path}: it lists no scans; add one row a scan below the header.`);
  const sorted = [...subjects.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const modalities = modalitiesOf(sorted);
  if (modalities.length === 0) {
    throw new DataError(`${path}: it has no column for images; add one for each modality, such as FLAIR.`);
  }
  return { dataset: { name, layout: 'manifest', modalities, labels, subjects: sorted }, faults };
}

function isReserved(column: string): column is Column {
  return (COLUMNS as readonly string[]).includes(column);
}

/** `Brain mask`, `brain_mask` and `brainMask` are one column; the names of modalities stay as they are. */
function columnOf(header: string): string {
  const plain = header.toLowerCase().replaceAll(/[\s_-]/g, '');
  return isReserved(plain) ? plain : header;
}

async function readManifest(
  files: FileAccess,
  path: string,
): Promise<{ name: string; labels: Label[]; rows: ManifestRow[] }> {
  const text = await files.readText(path);
  const name = lastPart(path).replace(/\.\w+$/, '');
  const lesion = [{ value: 1, name: 'lesion' }];
  if (path.endsWith('.json')) {
    const manifest = parseManifest(text, path);
    const [scans, given] = Array.isArray(manifest) ? [manifest, {}] : [manifest.scans, manifest];
    const labels = Object.entries(given.labels ?? {})
      .map(([label, value]) => ({ value, name: label }))
      .sort((a, b) => a.value - b.value);
    const rows = scans.map((scan, index) => ({
      place: `scan ${index + 1}`,
      cells: cellsOf(
        Object.keys(scan),
        Object.values(scan).map((value) => String(value ?? '')),
      ),
    }));
    return { name: given.name ?? name, labels: labels.length > 0 ? labels : lesion, rows };
  }
  const [header, ...body] = parseTable(text, path);
  const columns = (header?.cells ?? []).map(columnOf);
  const faults: string[] = [];
  if (!columns.includes('id')) {
    faults.push(`${path}: it has no column id (it has ${columns.join(', ')}); name the scans in one.`);
  }
  for (const repeated of new Set(columns.filter((column, index) => columns.indexOf(column) < index))) {
    faults.push(`${path}: two columns are called ${repeated}; give each its own name.`);
  }
  throwFaults(faults);
  const rows = body.map(({ number, cells }) => ({ place: `row ${number}`, cells: cellsOf(columns, cells) }));
  return { name, labels: lesion, rows };
}

function parseManifest(text: string, path: string): z.infer<typeof manifestSchema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path}: it is no valid JSON (${(error as Error).message}); correct it.`, { cause: error });
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `${path}: it is no manifest; give a list of scans, or an object with "scans" and, where wanted, "name" and "labels" ` +
      '(docs/datasets.md).',
    { cause: parsed.error },
  );
}

/** BIDS's word for a missing value is `n/a`. */
function cellsOf(columns: readonly string[], values: readonly string[]): Map<string, string> {
  const pairs = columns.map((column, index) => [columnOf(column), values[index].trim()] as const);
  return new Map(pairs.filter(([column, value]) => column !== '' && value !== '' && value !== 'n/a'));
}
