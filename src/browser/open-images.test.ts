import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sliceFile } from '../../test/dicom-file.ts';
import { makeScan } from '../../test/synthetic-scan.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { readImage } from '../volume/read-image.ts';
import { onlyImage, openImages } from './open-images.ts';
import { type PageFile, PageFileAccess } from './page-file-access.ts';

function pageFile(path: string, content: Uint8Array | string): PageFile {
  return { path, file: new Blob([content as Uint8Array<ArrayBuffer>]) };
}

const { grid, images } = makeScan(1, { shape: [9, 8, 7] });
const scan = { kind: 'scalar', ...grid, data: images.FLAIR as Float32Array } as const;
const nifti = await encodeNifti(scan, null, { gzip: true });
const formats = join(import.meta.dirname, '..', '..', 'test', 'reference', 'formats');

describe('openImages', () => {
  it('tells images by their headers, guesses what they are, and leaves sidecars out', async () => {
    const opened = await openImages([
      pageFile('sub-01/anat/sub-01_FLAIR.nii.gz', nifti),
      pageFile('sub-01/anat/sub-01_FLAIR.json', '{}'),
      pageFile('sub-01/.DS_Store', 'x'),
      pageFile('sub-01/anat/sub-01_label-lesion_mask.nii.gz', nifti),
    ]);
    const { shape, affine } = grid;
    expect(opened).toEqual([
      expect.objectContaining({ name: 'sub-01_FLAIR.nii.gz', modality: 'FLAIR', isLabelMap: false, shape, faults: [] }),
      expect.objectContaining({
        name: 'sub-01_label-lesion_mask.nii.gz',
        modality: null,
        isLabelMap: true,
        series: [],
      }),
    ]);
    for (const [index, value] of affine.entries()) expect(opened[0]?.affine?.[index]).toBeCloseTo(value, 4);
    const { path, files } = opened[0]?.image ?? { path: '', files: [] };
    const { volume } = await readImage(new PageFileAccess(files), path);
    expect(volume.data).toEqual(scan.data);
  });

  it('takes a header and its voxels for one image, and says what is missing where they are apart', async () => {
    const raw = readFileSync(join(formats, 'mha.mha'));
    const [withoutVoxels] = await openImages([pageFile('a.nhdr', 'NRRD0004\ntype: short\n')]);
    expect(withoutVoxels?.image).toBeNull();
    expect(withoutVoxels?.faults).toHaveLength(1);
    const pair = await openImages([pageFile('x/T1.mha', raw), pageFile('x/T1.raw', 'no header here')]);
    expect(pair.map(({ name, modality }) => [name, modality])).toEqual([
      ['T1.mha', 'T1w'],
      ['T1.raw', null],
    ]);
  });

  it('says in plain words what is no scan', async () => {
    const faults = async (path: string, content: Uint8Array | string) =>
      (await openImages([pageFile(path, content)])).flatMap((image) => image.faults);
    expect(await faults('holiday.jpg', 'x')).toEqual([
      'holiday.jpg: this is a picture, not a scan; choose the scan itself (NIfTI, NRRD, MetaImage or DICOM).',
    ]);
    expect(await faults('study.zip', 'x')).toEqual([
      'study.zip: this is an archive; unpack it and choose the scans in it.',
    ]);
    expect(await faults('notes.doc', 'x')).toEqual([
      'notes.doc: this is no image that rarevox reads (NIfTI, NRRD, MetaImage, DICOM); convert or copy it again.',
    ]);
    expect(await faults('scan.nii.gz', nifti.slice(0, 40))).toEqual([expect.stringMatching(/^scan\.nii\.gz: /)]);
  });

  it('takes a folder of DICOM files for one image, wherever it is, with the modality of its description', async () => {
    const slices = [1, 2].map((number) =>
      sliceFile({
        '00200013': String(number),
        '00200032': `0\\0\\${2 * number}`,
        '0008103E': 't2_tirm_tra_dark-fluid',
      }),
    );
    const loose = slices.map((slice, index) => pageFile(`IM${index}`, slice));
    const opened = await openImages(loose);
    expect(opened).toEqual([
      expect.objectContaining({ name: 'DICOM', modality: 'FLAIR', shape: [2, 3, 2], series: [], faults: [] }),
    ]);
    const { path, files } = await onlyImage(loose, 'FLAIR');
    const { volume } = await readImage(new PageFileAccess(files), path);
    expect([...volume.data]).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  });

  it('lets choose where a folder holds several series', async () => {
    const series = (uid: string, description: string) =>
      [1, 2].map((number) => {
        const changes = { '0020000E': uid, '00200032': `0\\0\\${2 * number}`, '0008103E': description };
        return pageFile(`study/${uid}-${number}.dcm`, sliceFile(changes));
      });
    const files = [...series('1.2.3', 'T1 mprage'), ...series('1.2.4', 'localizer')];
    const [folder] = await openImages(files);
    expect(folder).toMatchObject({ name: 'study', image: null, faults: [] });
    expect(
      folder?.series.map(({ uid, description, images, modality }) => [uid, description, images, modality]),
    ).toEqual([
      ['1.2.3', 'T1 mprage', 2, 'T1w'],
      ['1.2.4', 'localizer', 2, null],
    ]);
    const { path } = folder?.series[0] ?? { path: '' };
    expect((await readImage(new PageFileAccess(files), path)).volume.shape).toEqual([2, 3, 2]);
    await expect(onlyImage(files, 'T1w')).rejects.toThrow(
      'T1w: one image is needed, and these are several (T1 mprage, localizer): choose one.',
    );
  });
});

describe('PageFileAccess', () => {
  it('gives bytes, pieces and folders of the files, and names a file that was not given', async () => {
    const large = Uint8Array.from({ length: 3 << 19 }, (_, index) => index % 251);
    const access = new PageFileAccess([pageFile('a/b/large.bin', large), pageFile('a/note.txt', 'text')]);
    expect(await access.list('a')).toEqual([
      { name: 'b', isFolder: true },
      { name: 'note.txt', isFolder: false },
    ]);
    expect([await access.exists('a/b'), await access.exists('a/c')]).toEqual([true, false]);
    expect(await access.readText('a/note.txt')).toBe('text');
    const { size, pieces } = await access.openStream('a/b/large.bin');
    const read: number[] = [];
    for await (const piece of pieces) read.push(piece.length);
    expect([size, read]).toEqual([large.length, [1 << 19, 1 << 19, 1 << 19]]);
    expect(Buffer.from(await access.readBytes('a/b/large.bin')).equals(large)).toBe(true);
    await expect(access.readBytes('a/other.txt')).rejects.toThrow('a/other.txt: this file was not given');
  });
});
