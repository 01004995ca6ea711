import { guessModality, isLabelMapName } from '../dataset/guess-modality.ts';
import { DataError } from '../errors.ts';
import { isDicom } from '../volume/dicom/data-set.ts';
import { listDicomSeries } from '../volume/dicom/open-dicom.ts';
import { isImageFile } from '../volume/image-name.ts';
import { openImage } from '../volume/read-image.ts';
import { type PageFile, PageFileAccess } from './page-file-access.ts';
import type { OpenedImage, ScanImage, SeriesChoice } from './scan-image.ts';

/** Where DICOM files stand that came without a folder. */
const LOOSE_FOLDER = 'DICOM';
/** What lies beside scans and is none of a user's concern. */
const SIDECAR =
  /(^|\/)(\.[^/]*|DICOMDIR|dataset_description\.json|Thumbs\.db)$|\.(json|tsv|csv|txt|md|bval|bvec|html)$/i;
/** Voxels of a header that stands in a file of its own. */
const VOXELS = /\.(img(\.gz)?|raw(\.gz)?|zraw)$/i;
const HEADER = /\.(hdr(\.gz)?|nhdr|mhd)$/i;
/** Bytes that tell a DICOM file. */
const MAGIC = 132;

/**
 * Sorts the files that a page was given into images: each NIfTI, NRRD or MetaImage file is one, and so is each folder with
 * DICOM files. Of each it reads what the header says, no voxels but those of DICOM files.
 *
 * @returns the images in the order of their paths, and an entry with a fault for whatever is none
 */
export async function openImages(given: readonly PageFile[]): Promise<OpenedImage[]> {
  const found: Promise<OpenedImage>[] = [];
  const dicom = new Map<string, PageFile[]>();
  const files = [...given].sort((a, b) => (a.path < b.path ? -1 : 1));
  const isPart = (path: string): boolean => {
    const folder = folderOf(path);
    return VOXELS.test(path) && files.some((other) => HEADER.test(other.path) && folderOf(other.path) === folder);
  };
  for (const entry of files) {
    const { path } = entry;
    if (SIDECAR.test(path) || isPart(path)) continue;
    if (isImageFile(path)) {
      // A header may name a file beside it.
      found.push(describe(nameOf(path), { path, files: HEADER.test(path) ? files : [entry] }));
    } else if (/\.(hdr|img)(\.gz)?$/i.test(path)) {
      found.push(describe(nameOf(path), { path, files }));
    } else if (await isDicomFile(entry)) {
      const folder = folderOf(path) === '' ? LOOSE_FOLDER : folderOf(path);
      const moved = { path: `${folder}/${nameOf(path)}`, file: entry.file };
      dicom.set(folder, [...(dicom.get(folder) ?? []), moved]);
    } else {
      found.push(Promise.resolve(faulty(nameOf(path), `${path}: ${notAnImage(path)}`)));
    }
  }
  for (const [folder, members] of dicom) found.push(describeFolder({ path: folder, files: members }));
  return Promise.all(found);
}

/**
 * The one image that a list of files is.
 *
 * @throws DataError where they are none, or several, or damaged
 */
export async function onlyImage(files: readonly PageFile[], name: string): Promise<ScanImage> {
  const opened = await openImages(files);
  const faults = opened.flatMap((one) => one.faults);
  if (faults.length > 0) throw new DataError(faults.join('\n'));
  if (opened.length === 0) throw new DataError(`${name}: no image was given.`);
  const [first] = opened as [OpenedImage];
  if (opened.length > 1 || first.image === null) {
    const names =
      first.image === null ? first.series.map(({ description }) => description) : opened.map((one) => one.name);
    throw new DataError(`${name}: one image is needed, and these are several (${names.join(', ')}): choose one.`);
  }
  return first.image;
}

async function describe(name: string, image: ScanImage): Promise<OpenedImage> {
  const guess = { name, modality: guessModality(name), isLabelMap: isLabelMapName(name) };
  try {
    const source = await openImage(new PageFileAccess(image.files), image.path);
    const { shape, affine, frames } = source;
    await source.close();
    if (frames > 1) {
      const fault = `${image.path}: it holds ${frames} volumes where one is needed; extract the wanted one with \`rarevox convert --frame N\`.`;
      return { ...faulty(name, fault), ...guess, shape, affine };
    }
    return { ...guess, image, shape, affine, series: [], faults: [] };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { ...faulty(name, error.message), ...guess };
  }
}

async function describeFolder({ path, files }: ScanImage): Promise<OpenedImage> {
  const name = nameOf(path);
  let found: Awaited<ReturnType<typeof listDicomSeries>>;
  try {
    found = await listDicomSeries(new PageFileAccess(files), path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return faulty(name, error.message);
  }
  if (found.length === 0) return faulty(name, `${path}: these DICOM files hold no images; choose others.`);
  const series = found.map(
    ({ uid, description, images, isLocalizer }): SeriesChoice => ({
      ...{ path: `${path}#${uid}`, files, uid, description, images, isLocalizer },
      modality: guessModality(description),
    }),
  );
  const [only] = series as [SeriesChoice];
  if (series.length > 1) return { ...faulty(name, ''), series, faults: [] };
  const described = await describe(name, { path, files });
  return { ...described, modality: described.modality ?? only.modality };
}

function faulty(name: string, fault: string): OpenedImage {
  return {
    name,
    image: null,
    modality: null,
    isLabelMap: false,
    shape: null,
    affine: null,
    series: [],
    faults: [fault],
  };
}

function notAnImage(path: string): string {
  if (/\.(png|jpe?g|gif|bmp|tiff?|pdf)$/i.test(path)) {
    return 'this is a picture, not a scan; choose the scan itself (NIfTI, NRRD, MetaImage or DICOM).';
  }
  if (/\.(zip|tar|tgz|7z|rar)$/i.test(path)) return 'this is an archive; unpack it and choose the scans in it.';
  return 'this is no image that rarevox reads (NIfTI, NRRD, MetaImage, DICOM); convert or copy it again.';
}

async function isDicomFile({ path, file }: PageFile): Promise<boolean> {
  if (/\.(dcm|ima)(\.gz)?$/i.test(path)) return true;
  try {
    return isDicom(new Uint8Array(await file.slice(0, MAGIC).arrayBuffer()));
  } catch {
    // It is told as no image; a file that vanished is none.
    return false;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
