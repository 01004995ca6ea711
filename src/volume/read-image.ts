import { DataError } from '../errors.ts';
import { openByteSource } from './byte-source.ts';
import { isDicom } from './dicom/data-set.ts';
import { openDicomFile, openDicomFolder } from './dicom/open-dicom.ts';
import type { FileAccess } from './file-access.ts';
import type { ImageFormat, ImageSource } from './image-source.ts';
import { LabelCollector } from './label-collector.ts';
import { openMetaImage } from './metaimage-read.ts';
import { type NiftiFrames, openNifti } from './nifti-frames.ts';
import { layoutOf, type NiftiHeader, SMALLEST_HEADER } from './nifti-header.ts';
import { readImage as readNiftiImage, readLabels as readNiftiLabels } from './nifti-read.ts';
import { openNrrd } from './nrrd-read.ts';
import { type LabelVolume, type ScalarVolume, voxelCount } from './volume.ts';

/** Voxels of a label map that are looked at at a time. */
const LABEL_STEP = 1 << 16;

/**
 * Opens an image of any format that rarevox reads: NIfTI, NRRD, MetaImage, a DICOM file, or a folder with a DICOM series,
 * `folder#SERIES` where it has several (SERIES is the SeriesInstanceUID). The name's extension tells the format; where it is
 * none of the usual, the file's first bytes do.
 *
 * @throws DataError naming the file
 */
export async function openImage(files: FileAccess, path: string): Promise<ImageSource> {
  const place = await locate(files, path);
  switch (place.format) {
    case 'NIfTI': {
      return niftiSource(await openNifti(files, path));
    }
    case 'NRRD':
      return openNrrd(files, path);
    case 'MetaImage':
      return openMetaImage(files, path);
    case 'DICOM':
      return place.isFolder ? openDicomFolder(files, place.folder, place.series) : openDicomFile(files, path);
  }
}

/**
 * Reads a 3D image of any format, values scaled as its header says. Values that are not finite are kept: what they mean is
 * for the caller to say.
 *
 * @param options.frame which 3D volume of several, from 0; an image with several needs it
 * @returns the volume, and a NIfTI file's header, to write what belongs to it alike
 * @throws DataError naming the file
 */
export async function readImage(
  files: FileAccess,
  path: string,
  options: { frame?: number } = {},
): Promise<{ volume: ScalarVolume; header: NiftiHeader | null }> {
  if ((await locate(files, path)).format === 'NIfTI') return readNiftiImage(files, path, options);
  return readFrame(files, path, options.frame, async (source) => {
    const { shape, affine } = source;
    const data = new Float32Array(voxelCount(shape));
    await source.read(data);
    return { volume: { kind: 'scalar', shape, affine, data }, header: null };
  });
}

/**
 * Reads a 3D label map of any format, as the smallest of uint8, uint16, int16 and int32 that holds its values.
 *
 * @throws DataError naming the file, also where a value is no integer
 */
export async function readLabels(
  files: FileAccess,
  path: string,
): Promise<{ volume: LabelVolume; header: NiftiHeader | null }> {
  if ((await locate(files, path)).format === 'NIfTI') return readNiftiLabels(files, path);
  return readFrame(files, path, undefined, async (source) => {
    const { shape, affine } = source;
    const count = voxelCount(shape);
    const labels = new LabelCollector(count, path);
    const step = new Float64Array(Math.min(LABEL_STEP, count));
    for (let start = 0; start < count; start += step.length) {
      const part = step.subarray(0, count - start);
      await source.read(part);
      labels.add(part);
    }
    return { volume: { kind: 'label', shape, affine, data: labels.finish() }, header: null };
  });
}

/**
 * Refuses a choice of frame that an image does not have, or that is missing.
 *
 * @returns the frame
 */
export function checkFrame(frames: number, frame: number | undefined, path: string): number {
  if (frame === undefined && frames > 1) {
    throw new DataError(
      `${path}: it holds ${frames} volumes where one is needed; extract the wanted one with \`rarevox convert --frame N\`.`,
    );
  }
  const index = frame ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= frames) {
    throw new DataError(`${path}: it has no volume ${index}; it holds ${frames}, counted from 0.`);
  }
  return index;
}

/** Opens an image at one of its 3D volumes, lets `read` have it, and lets go of the file whatever happens. */
async function readFrame<T>(
  files: FileAccess,
  path: string,
  frame: number | undefined,
  read: (source: ImageSource) => Promise<T>,
): Promise<T> {
  const source = await openImage(files, path);
  try {
    await source.skip(checkFrame(source.frames, frame, path));
    const result = await read(source);
    await source.finish();
    return result;
  } finally {
    await source.close();
  }
}

function niftiSource(frames: NiftiFrames): ImageSource {
  const { header, isSizeKnown } = frames;
  const { dimensions, shape, affine, datatype, littleEndian, slope, intercept } = header;
  return {
    format: 'NIfTI',
    ...{ dimensions, shape, frames: header.frames, affine, datatype, littleEndian, slope, intercept },
    nifti: header,
    isSizeKnown,
    read: (out) => frames.read(out),
    readStored: (out) => frames.readStored(out),
    skip: (count) => frames.skip(count),
    finish: () => frames.finish(),
    close: () => frames.close(),
  };
}

type Place =
  | { readonly format: ImageFormat; readonly isFolder?: false }
  | {
      readonly format: 'DICOM';
      readonly isFolder: true;
      readonly folder: string;
      readonly series: string | undefined;
    };

const EXTENSIONS: readonly (readonly [RegExp, ImageFormat])[] = [
  [/\.(nii(\.gz)?|hdr|img)$/i, 'NIfTI'],
  [/\.(nrrd|nhdr)$/i, 'NRRD'],
  [/\.(mha|mhd)$/i, 'MetaImage'],
  [/\.(dcm|ima)(\.gz)?$/i, 'DICOM'],
];

/** What format a path has, by its name if that tells, else by what is there. */
async function locate(files: FileAccess, path: string): Promise<Place> {
  const trimmed = path.replace(/(?<=.)\/+$/, '');
  const folder = await folderOf(files, trimmed);
  if (folder !== null) return { format: 'DICOM', isFolder: true, ...folder };
  for (const [extension, format] of EXTENSIONS) if (extension.test(path)) return { format };
  const source = await openByteSource(files, path);
  const start = await source.take(LONGEST_MAGIC).finally(() => source.close());
  const format = formatOf(start);
  if (format !== null) return { format };
  throw new DataError(
    `${path}: this is no image that rarevox reads (NIfTI, NRRD, MetaImage, DICOM); convert or copy it again.`,
  );
}

/** The folder that a path names, and the series behind a #. Null where it names a file, or nothing. */
async function folderOf(
  files: FileAccess,
  path: string,
): Promise<{ folder: string; series: string | undefined } | null> {
  if (await isFolder(files, path)) return { folder: path, series: undefined };
  const match = /^(.+?)\/*#([\d.]+)$/.exec(path);
  if (match === null || (await files.exists(path)) || !(await isFolder(files, match[1]))) return null;
  return { folder: match[1], series: match[2] };
}

/** `FileAccess` tells what is a folder only by listing the folder above, or by refusing to list a file. */
async function isFolder(files: FileAccess, path: string): Promise<boolean> {
  if (EXTENSIONS.some(([extension]) => extension.test(path)) || !(await files.exists(path))) return false;
  try {
    return (await files.list(path)).length > 0;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

/** Bytes that are enough to tell every format by; the longest is NIfTI's shorter header. */
const LONGEST_MAGIC = SMALLEST_HEADER;

function formatOf(start: Uint8Array): ImageFormat | null {
  const text = new TextDecoder('latin1').decode(start.subarray(0, 256));
  if (text.startsWith('NRRD0')) return 'NRRD';
  if (/^(ObjectType|NDims|Comment)\s*=/.test(text)) return 'MetaImage';
  if (isDicom(start)) return 'DICOM';
  return layoutOf(start) === null ? null : 'NIfTI';
}
