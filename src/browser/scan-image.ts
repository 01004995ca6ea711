import { UsageError } from '../errors.ts';
import type { Affine, ScalarVolume, Triple } from '../volume/volume.ts';
import type { PageFile } from './page-file-access.ts';

/** An image among the files that a page was given: which files it is made of, and which of them to open. */
export interface ScanImage {
  /** The file to open, or a folder with a DICOM series, `folder#SERIES` where it has several. */
  readonly path: string;
  readonly files: readonly PageFile[];
}

/** One of several DICOM series in a folder. */
export interface SeriesChoice extends ScanImage {
  /** Its SeriesInstanceUID. */
  readonly uid: string;
  /** What the scanner called it; may be empty. */
  readonly description: string;
  /** Files with pixels. */
  readonly images: number;
  /** A scout image, which is no scan. */
  readonly isLocalizer: boolean;
  /** Guessed from the description, as `OpenedImage.modality` is from names. */
  readonly modality: string | null;
}

/** What was found among the files that a page was given. */
export interface OpenedImage {
  /** The file's name, or the folder's for a DICOM series. */
  readonly name: string;
  /** What to hand on to `predict`; null where there is a fault, or a series must be chosen first. */
  readonly image: ScanImage | null;
  /** The sequence, such as `FLAIR`, as far as names tell; null where they don't. */
  readonly modality: string | null;
  /** Whether the name says that it is a mask or another label map rather than a scan. */
  readonly isLabelMap: boolean;
  /** Voxels along i, j, k; null where it could not be read. */
  readonly shape: Triple | null;
  /** Voxel indices to mm, RAS+; null where it could not be read. */
  readonly affine: Affine | null;
  /** Where a folder holds several DICOM series: choose one, and take its `image` members. Empty otherwise. */
  readonly series: readonly SeriesChoice[];
  /** What keeps it from being used, one sentence or more each. */
  readonly faults: readonly string[];
}

/** What `predict` takes for one sequence: a file, all files of an image, what `openImages` found, or voxels. */
export type ImageInput = Blob | readonly File[] | ScanImage | ScalarVolume;

/** The files of a page with their paths: the folder's where a folder was chosen. */
export function pageFilesOf(files: readonly (File | PageFile)[]): PageFile[] {
  const named = files.map((file): PageFile => {
    if (!(file instanceof File)) return file;
    return { path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file };
  });
  // Two files of one name, chosen one after the other, from folders that the browser doesn't tell.
  const seen = new Map<string, number>();
  return named.map(({ path, file }) => {
    const count = (seen.get(path) ?? 0) + 1;
    seen.set(path, count);
    return { path: count === 1 ? path : `${count}/${path}`, file };
  });
}

/**
 * The files of everything that a drop brings, folders with all that is in them.
 *
 * @param data of a `drop` event; it must be asked within the event
 */
export async function droppedFiles(data: DataTransfer): Promise<PageFile[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map(filesOfEntry))).flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<PageFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: PageFile[] = [];
  // A browser hands out a folder in parts, and an empty one at its end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return files;
    files.push(...(await Promise.all(part.map(filesOfEntry))).flat());
  }
}

/** @throws UsageError where the input is none of the kinds */
export function scanImageOf(input: Exclude<ImageInput, ScalarVolume>, name: string): ScanImage | readonly PageFile[] {
  if (input instanceof Blob) {
    const path = input instanceof File ? input.name : name;
    return { path, files: [{ path, file: input }] };
  }
  if (Array.isArray(input)) return pageFilesOf(input as readonly File[]);
  if ('path' in input && 'files' in input) return input;
  throw new UsageError(`${name}: give a file, a list of files, an image that openImages found, or a volume.`);
}
