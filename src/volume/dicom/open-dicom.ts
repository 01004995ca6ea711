import { DataError } from '../../errors.ts';
import type { FileAccess } from '../file-access.ts';
import { FrameSource, type ImageSource } from '../image-source.ts';
import { decodeVoxels } from '../nifti-datatype.ts';
import { type ParsedDicom, parseDicom, readDicomBytes } from './data-set.ts';
import { type DecoderCache, readFrame } from './pixel-data.ts';
import { hasPixels, type SeriesLabel, type Slice, type SliceSource, seriesLabelOf, slicesOf } from './slice.ts';
import { type Stack, stackSlices } from './stack.ts';

/**
 * Opens a DICOM file: a slice, a mosaic or an enhanced multi-frame image; .dcm.gz too.
 *
 * @throws DataError naming the file
 */
export async function openDicomFile(files: FileAccess, path: string): Promise<ImageSource> {
  const parsed = await openFile(files, path);
  const label = seriesLabelOf(parsed);
  const slices = slicesOf(parsed);
  refuseLocalizer(label, path);
  return sourceOver(files, slices, path, parsed);
}

/**
 * Opens a series in a folder. Files that are no DICOM, or hold no image, are passed over; so are folders in it.
 *
 * @param series the SeriesInstanceUID, needed where the folder has several
 * @throws DataError naming the folder or the file; where several series could be meant, with a list of them
 */
export async function openDicomFolder(
  files: FileAccess,
  folder: string,
  series: string | undefined,
): Promise<ImageSource> {
  const { found, subfolders } = await collectSeries(files, folder);
  if (found.size === 0) {
    const below =
      subfolders > 0 ? ` in itself, but ${subfolders} folders; give the one with the series` : '; give another';
    throw new DataError(`${folder}: this folder holds no DICOM images${below}.`);
  }
  const chosen = series === undefined && found.size === 1 ? [...found.values()][0] : found.get(series ?? '');
  if (chosen === undefined) {
    const list = [...found.values()].map(
      ({ label, images }) =>
        `  ${folder}#${label.uid}  (${images} images, ${label.modality}${label.isLocalizer ? ', localizer' : ''}${label.description === '' ? '' : `, "${label.description}"`})`,
    );
    const what = series === undefined ? `it holds ${found.size} DICOM series` : `it holds no series ${series}`;
    throw new DataError(`${folder}: ${what}; name one of these behind a #:\n${list.join('\n')}`);
  }
  if (chosen.faults.length > 0) throw new DataError(chosen.faults.map(({ message }) => message).join('\n'));
  const name = found.size === 1 ? folder : `${folder}#${chosen.label.uid}`;
  refuseLocalizer(chosen.label, name);
  return sourceOver(files, chosen.slices, name, null);
}

/** A series in a folder: how it calls itself, and how many of the files are of it. */
export interface DicomSeries extends SeriesLabel {
  readonly images: number;
}

/**
 * The series in a folder, in the order in which their first files come.
 *
 * @throws DataError naming a file that is damaged
 */
export async function listDicomSeries(files: FileAccess, folder: string): Promise<DicomSeries[]> {
  const { found } = await collectSeries(files, folder);
  return [...found.values()].map(({ label, images }) => ({ ...label, images }));
}

interface CollectedSeries {
  readonly label: SeriesLabel;
  readonly slices: Slice[];
  /** Of files whose pixels are no slices. */
  readonly faults: DataError[];
  images: number;
}

/** Files that are no DICOM, or hold no image, are passed over; folders are counted. */
async function collectSeries(
  files: FileAccess,
  folder: string,
): Promise<{ found: ReadonlyMap<string, CollectedSeries>; subfolders: number }> {
  const found = new Map<string, CollectedSeries>();
  let subfolders = 0;
  for (const { name, isFolder } of await files.list(folder)) {
    if (isFolder) subfolders++;
    if (isFolder || name.startsWith('.')) continue;
    const path = `${folder}/${name}`;
    const file = await readDicomBytes(files, path);
    if (file === null) continue;
    const parsed = await parseDicom(file, path);
    if (!hasPixels(parsed)) continue;
    const label = seriesLabelOf(parsed);
    const entry = found.get(label.uid) ?? { label, slices: [], faults: [], images: 0 };
    found.set(label.uid, entry);
    entry.images++;
    try {
      entry.slices.push(...slicesOf(parsed));
    } catch (error) {
      // A screenshot beside a series is a fault only where it is wanted.
      if (!(error instanceof DataError)) throw error;
      entry.faults.push(error);
    }
  }
  return { found, subfolders };
}

function refuseLocalizer({ isLocalizer }: SeriesLabel, name: string): void {
  if (isLocalizer) throw new DataError(`${name}: this is a localizer (a scout image), no scan; choose another series.`);
}

async function openFile(files: FileAccess, path: string): Promise<ParsedDicom> {
  const file = await readDicomBytes(files, path);
  if (file !== null) return parseDicom(file, path);
  throw new DataError(`${path}: this is no DICOM file (it has no DICM at byte 128); convert or copy it again.`);
}

/**
 * The voxels of a stack, read from its files as they are asked for: only one file and one volume are in memory at a time.
 *
 * @param only the parsed file where all slices are of one
 */
function sourceOver(files: FileAccess, slices: readonly Slice[], name: string, only: ParsedDicom | null): ImageSource {
  const { volumes, affine }: Stack = stackSlices(slices, name);
  const [first] = slices;
  const { slope, intercept } = first;
  // Slices with scalings of their own, as of PET, come as scaled floats.
  const oneScale = slices.every((slice) => slice.slope === slope && slice.intercept === intercept);
  const shape = [first.extent[0], first.extent[1], volumes[0].length] as const;
  const decoders: DecoderCache = new Map();
  let open = only;
  const parsedFile = async (path: string): Promise<ParsedDicom> => {
    if (open?.path !== path) open = await openFile(files, path);
    return open;
  };
  /** The frame last decoded: all slices of a mosaic are cut from one. */
  let decoded: { readonly source: SliceSource; readonly pixels: Uint8Array } | null = null;
  const pixelsOf = async ({ source, format }: Slice): Promise<Uint8Array> => {
    if (decoded?.source.path !== source.path || decoded.source.frame !== source.frame) {
      const parsed = await parsedFile(source.path);
      decoded = { source, pixels: await readFrame(parsed, format, source.frame, decoders) };
    }
    return decoded.pixels;
  };
  const bytesOfVoxel = oneScale ? first.format.bytes : 4;
  const readVolume = async (frame: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(shape[0] * shape[1] * shape[2] * bytesOfVoxel);
    for (const [k, slice] of volumes[frame].entries()) {
      const pixels = cut(await pixelsOf(slice), slice);
      bytes.set(oneScale ? pixels : scaled(pixels, slice), (k * bytes.length) / shape[2]);
    }
    return bytes;
  };
  const description = {
    format: 'DICOM',
    dimensions: volumes.length === 1 ? shape : [...shape, volumes.length],
    affine,
    datatype: oneScale ? first.format.datatype : 'float32',
    littleEndian: true,
    slope: oneScale ? slope : 1,
    intercept: oneScale ? intercept : 0,
  } as const;
  return new FrameSource(description, readVolume);
}

/** The slice's part of its frame: a tile of a mosaic, else all of it. */
function cut(frame: Uint8Array, { source, extent, format }: Slice): Uint8Array {
  if (extent[0] === format.columns && extent[1] === format.rows) return frame;
  const tile = new Uint8Array(extent[0] * extent[1] * format.bytes);
  const rowBytes = extent[0] * format.bytes;
  for (let row = 0; row < extent[1]; row++) {
    const start = ((source.corner[1] + row) * format.columns + source.corner[0]) * format.bytes;
    tile.set(frame.subarray(start, start + rowBytes), row * rowBytes);
  }
  return tile;
}

function scaled(pixels: Uint8Array, { format, slope, intercept }: Slice): Uint8Array {
  const values = new Float32Array(pixels.length / format.bytes);
  decodeVoxels(pixels, format.datatype, true, slope, intercept, values);
  // Float32Array is little-endian wherever JavaScript runs today.
  return new Uint8Array(values.buffer);
}
