/** What the names of image files end in; a DICOM series is a folder, and its files are named in any way. */
const IMAGE_EXTENSION = /\.(nii(\.gz)?|nrrd|nhdr|mha|mhd)$/i;
const OTHER_EXTENSION = /\.(hdr|img|(dcm|ima)(\.gz)?)$/i;

/** Whether the name is that of a file with a whole image in it: NIfTI, NRRD or MetaImage. */
export function isImageFile(path: string): boolean {
  return IMAGE_EXTENSION.test(path);
}

/** The path without the extension of an image format, if it has one; of a DICOM `folder#SERIES` the folder. */
export function withoutImageExtension(path: string): string {
  return path
    .replace(/#[\d.]+$/, '')
    .replace(/\/+$/, '')
    .replace(IMAGE_EXTENSION, '')
    .replace(OTHER_EXTENSION, '');
}
