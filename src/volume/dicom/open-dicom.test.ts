import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Attributes, concatenate, dicomFile, encapsulated, sliceFile, words } from '../../../test/dicom-file.ts';
import { MemoryFileAccess } from '../../../test/memory-file-access.ts';
import { DataError } from '../../errors.ts';
import type { ImageSource } from '../image-source.ts';
import { openImage } from '../read-image.ts';
import { voxelCount } from '../volume.ts';

/** A folder `s` with a series: a slice at each height, its pixels counting from 10 * height. */
function series(heights: readonly number[], changes: (height: number) => Attributes = () => ({})): MemoryFileAccess {
  const files = new MemoryFileAccess();
  for (const [index, height] of heights.entries()) {
    const pixels = words(...[0, 1, 2, 3, 4, 5].map((value) => 10 * height + value));
    const attributes = { '00200032': `5\\6\\${height}`, '00200013': String(index), '7FE00010': pixels };
    files.set(`s/${index}`, sliceFile({ ...attributes, ...changes(height) }));
  }
  return files;
}

async function read(files: MemoryFileAccess, path: string): Promise<{ source: ImageSource; values: number[] }> {
  const source = await openImage(files, path);
  const values = new Float64Array(voxelCount(source.shape) * source.frames);
  await source.read(values);
  await source.finish();
  await source.close();
  return { source, values: Array.from(values) };
}

async function faultOf(files: MemoryFileAccess, path: string): Promise<string> {
  const failure: unknown = await read(files, path).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DataError);
  return (failure as DataError).message;
}

const slice = (height: number): number[] => [0, 1, 2, 3, 4, 5].map((value) => 10 * height + value);

describe('a series', () => {
  it('is put in order by place, not by name, and lies in RAS+', async () => {
    const { source, values } = await read(series([8, 2, 5]), 's/');
    expect(values).toEqual([slice(2), slice(5), slice(8)].flat());
    expect(source).toMatchObject({ dimensions: [2, 3, 3], datatype: 'uint16', slope: 1 });
    expect(source.affine).toEqual([-2, 0, 0, -5, 0, -1, 0, -6, 0, 0, 3, 2, 0, 0, 0, 1]);
  });

  it('keeps the slant of a tilted gantry', async () => {
    const slanted = series([0, 3, 6], (height) => ({ '00200032': `5\\${6 + height / 4}\\${height}` }));
    expect((await read(slanted, 's')).source.affine.slice(4, 8)).toEqual([0, -1, -0.75, -6]);
  });

  it('with slices that share places has several volumes, in the order of their acquisition', async () => {
    const files = series([0, 1, 0, 1]);
    for (const index of [2, 3]) {
      files.set(`s/${index}`, sliceFile({ '00200032': `5\\6\\${index - 2}`, '00200013': String(index - 10) }));
    }
    const { source, values } = await read(files, 's');
    expect(source.dimensions).toEqual([2, 3, 2, 2]);
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, ...slice(0), ...slice(1)]);
  });

  it('is scaled slice by slice where the slices have scalings of their own', async () => {
    const scaled = series([1, 2], (height) => ({ '00281053': String(height / 4), '00281052': '-1' }));
    const { source, values } = await read(scaled, 's');
    expect(source.datatype).toBe('float32');
    expect(values).toEqual([...slice(1).map((value) => value / 4 - 1), ...slice(2).map((value) => value / 2 - 1)]);
    const alike = await read(
      series([1, 2], () => ({ '00281053': '0.5', '00281052': '-1' })),
      's',
    );
    expect(alike.source).toMatchObject({ datatype: 'uint16', slope: 0.5, intercept: -1 });
  });

  it('may stand beside files that are no images', async () => {
    const files = series([0, 1]);
    files.set('s/notes.txt', 'taken on Monday').set('s/report', dicomFile({ '00080060': 'SR', '0020000E': '1.2.9' }));
    expect((await read(files, 's')).source.dimensions).toEqual([2, 3, 2]);
  });

  it('is chosen by its UID where there are several', async () => {
    const files = series([0, 1]);
    files.set(
      's/x',
      sliceFile({ '0020000E': '1.2.4', '0008103E': 'Survey', '00080008': 'ORIGINAL\\PRIMARY\\LOCALIZER' }),
    );
    expect((await read(files, 's#1.2.3')).source.dimensions).toEqual([2, 3, 2]);
    const list = '\n  s#1.2.3  (2 images, MR)\n  s#1.2.4  (1 images, MR, localizer, "Survey")';
    expect(await faultOf(files, 's')).toBe(`s: it holds 2 DICOM series; name one of these behind a #:${list}`);
    expect(await faultOf(files, 's#1.2.5')).toContain(`it holds no series 1.2.5; name one of these behind a #:${list}`);
    expect(await faultOf(files, 's#1.2.4')).toMatch(/^s#1.2.4: this is a localizer/);
  });
});

describe('a series with a fault', () => {
  it.each<[string, MemoryFileAccess, RegExp]>([
    [
      'a missing slice',
      series([0, 3, 6, 12, 15]),
      /^s: a slice is missing between 6 and 12 mm .*\(s\/2, s\/3\): that gap is 6 mm, the others 3 mm/,
    ],
    ['two missing slices', series([0, 3, 12, 15, 18]), /2 slices are missing between 3 and 12 mm/],
    [
      'uneven slices',
      series([0, 3, 6.5, 9, 12]),
      /not evenly spaced: s\/2 lies 0.5 mm from its place \(slices are 3 mm apart\)/,
    ],
    [
      'a slice twice',
      series([0, 3, 3, 6]),
      /at 0 mm along its normal it has 1 slices, at 3 mm 2 \(s\/1, s\/2\): slices are missing or doubled/,
    ],
    [
      'slices that cross',
      series([0, 3], (height) => (height === 3 ? { '00200037': '0\\1\\0\\0\\0\\1' } : {})),
      /not parallel \(s\/1 against s\/0\)/,
    ],
    [
      'slices of two sizes',
      series([0, 3], (height) => (height === 3 ? { '00280030': '1\\1' } : {})),
      /differ in size: 2x3 pixels \(uint16\) of 2x1 mm in s\/0, .* of 1x1 mm in s\/1/,
    ],
    [
      'a screenshot in it',
      series([0, 3], (height) => (height === 3 ? { '00200032': '' } : {})),
      /^s\/1: it does not say where in the patient it lies/,
    ],
    [
      'no images',
      new MemoryFileAccess().set('s/notes.txt', 'none'),
      /^s: this folder holds no DICOM images; give another/,
    ],
    [
      'only folders',
      new MemoryFileAccess().set('s/a/0', sliceFile()),
      /holds no DICOM images in itself, but 1 folders/,
    ],
  ])('%s', async (_, files, message) => {
    expect(await faultOf(files, 's')).toMatch(message);
  });
});

describe('a file', () => {
  const open = (changes: Attributes) => read(new MemoryFileAccess().set('a.dcm', sliceFile(changes)), 'a.dcm');

  it('has bits that do not count cleared, and its sign from the highest that counts', async () => {
    const twelve = { '00280101': 12, '00280102': 11, '7FE00010': words(0xf001, 0x0fff, 0x1800, 3, 4, 5) };
    expect((await open(twelve)).values).toEqual([1, 4095, 2048, 3, 4, 5]);
    expect((await open({ ...twelve, '00280103': 1 })).values).toEqual([1, -1, -2048, 3, 4, 5]);
    expect(
      (await open({ '00280101': 12, '00280102': 15, '7FE00010': words(0x10f, 0x20, 0x30, 0, 0, 0) })).values,
    ).toEqual([16, 2, 3, 0, 0, 0]);
  });

  it('of an enhanced multi-frame image is a stack of frames', async () => {
    const frame = (height: number): Attributes => ({
      '00209113': [{ '00200032': `5\\6\\${height}` }],
      '00289145': [{ '00281053': '2', '00281052': '1' }],
    });
    const { source, values } = await open({
      '00200032': '',
      '00200037': '',
      '00280008': '2',
      '00280030': '',
      '52009229': [{ '00209116': [{ '00200037': '1\\0\\0\\0\\1\\0' }], '00289110': [{ '00280030': '1\\2' }] }],
      '52009230': [frame(7), frame(3)],
      '7FE00010': words(...slice(7), ...slice(3)),
    });
    expect(source).toMatchObject({ dimensions: [2, 3, 2], slope: 2, intercept: 1 });
    expect(source.affine).toEqual([-2, 0, 0, -5, 0, -1, 0, -6, 0, 0, 4, 3, 0, 0, 0, 1]);
    expect(values).toEqual([...slice(3), ...slice(7)].map((value) => 2 * value + 1));
  });

  it('of a Siemens mosaic is cut into its tiles', async () => {
    // Three slices of 2x3 pixels in a mosaic of 4x6, the fourth tile empty.
    const rows = [0, 1, 2].map((row) =>
      [
        [1, 2],
        [3, 4],
      ].map((tiles) => tiles.flatMap((tile) => [100 * tile + 10 * row, 100 * tile + 10 * row + 1])),
    );
    const pixels = [0, 1].flatMap((half) => rows.flatMap((row) => row[half] as number[]));
    const { source, values } = await open({
      '00080008': 'ORIGINAL\\PRIMARY\\MOSAIC',
      '00180088': '5',
      '00280010': 6,
      '00280011': 4,
      '00291010': siemensHeader({ NumberOfImagesInMosaic: ['3'], SliceNormalVector: ['0', '0', '1.0'] }),
      '7FE00010': words(...pixels),
    });
    expect(source.dimensions).toEqual([2, 3, 3]);
    expect(values).toEqual([1, 2, 3].flatMap((tile) => [0, 1, 10, 11, 20, 21].map((value) => 100 * tile + value)));
    // Half of the 2 columns of 2 mm and of the 3 rows of 1 mm by which the mosaic is larger.
    expect(source.affine).toEqual([-2, 0, 0, -2, 0, -1, 0, -1.5, 0, 0, 5, 0, 0, 0, 0, 1]);
  });

  it.each<[string, Attributes, RegExp]>([
    ['is a localizer', { '00080008': 'ORIGINAL\\PRIMARY\\LOCALIZER' }, /this is a localizer/],
    ['is in color', { '00280002': 3, '00280004': 'RGB' }, /its pixels are colors \(RGB\)/],
    [
      'is a segmentation',
      { '00280100': 1, '00280101': 1, '00280102': 0 },
      /its pixels have 1 bits, as DICOM segmentations have/,
    ],
    [
      'claims more rows than it has',
      { '00280010': 60000 },
      /claims 2x60000x1 pixels of 16 bits \(240000 bytes\), but the file cannot hold that many/,
    ],
    ['claims more frames than it has', { '00280008': '2147483647' }, /cannot hold that many/],
    ['uses bits that are not there', { '00280102': 16 }, /of 16 bits it uses 16 up to bit 16/],
    [
      'is compressed as JPEG baseline',
      { '00020010': '1.2.840.10008.1.2.4.50', '7FE00010': encapsulated(words(1)) },
      /JPEG baseline, transfer syntax 1.2.840.10008.1.2.4.50, which rarevox does not read; decompress it/,
    ],
    [
      'is compressed in a private way',
      { '00020010': '1.2.3.4', '7FE00010': encapsulated(words(1)) },
      /compressed as transfer syntax 1.2.3.4, which/,
    ],
    ['is deflated', { '00020010': '1.2.840.10008.1.2.1.99' }, /deflated as a whole/],
    [
      'has JPEG-LS data that are none',
      { '00020010': '1.2.840.10008.1.2.4.80', '7FE00010': encapsulated(words(1, 2)) },
      /its JPEG-LS data do not hold the 2x3 pixels/,
    ],
    [
      'has JPEG 2000 data that are none',
      { '00020010': '1.2.840.10008.1.2.4.90', '7FE00010': encapsulated(words(1, 2)) },
      /its JPEG 2000 data do not hold/,
    ],
    [
      'has JPEG data that are none',
      { '00020010': '1.2.840.10008.1.2.4.70', '7FE00010': encapsulated(words(1, 2)) },
      /its JPEG lossless data do not hold/,
    ],
    [
      'has RLE data that are none',
      { '00020010': '1.2.840.10008.1.2.5', '7FE00010': encapsulated(words(1, 2)) },
      /its RLE data hold 0 segments/,
    ],
    [
      'is a mosaic without its header',
      { '00080008': 'ORIGINAL\\MOSAIC' },
      /its private Siemens header does not say of how many slices/,
    ],
    ['has a pixel size of 0', { '00280030': '0\\2' }, /its PixelSpacing is 0 x 2 mm/],
  ])('is refused where it %s', async (_, changes, message) => {
    const fault = await faultOf(new MemoryFileAccess().set('a.dcm', sliceFile(changes)), 'a.dcm');
    expect(fault).toMatch(/^a\.dcm: /);
    expect(fault).toMatch(message);
  });

  it('is refused where it holds no image, or is truncated, or none at all', async () => {
    const files = new MemoryFileAccess().set('report.dcm', dicomFile({ '00080060': 'SR' }));
    expect(await faultOf(files, 'report.dcm')).toBe(
      'report.dcm: this DICOM file holds no image (modality SR); leave it out.',
    );
    files.set('a.dcm', sliceFile().subarray(0, -3)).set('b.dcm', words(1, 2, 3));
    expect(await faultOf(files, 'a.dcm')).toMatch(/a.dcm: this DICOM file is truncated or damaged/);
    expect(await faultOf(files, 'b.dcm')).toMatch(/b.dcm: this is no DICOM file/);
  });

  it('is refused where it inflates to more than its header calls for', async () => {
    const bomb = concatenate([sliceFile(), new Uint8Array(40_000_000)]);
    const files = new MemoryFileAccess().set('a.dcm.gz', new Uint8Array(gzipSync(bomb)));
    expect(await faultOf(files, 'a.dcm.gz')).toMatch(
      /inflates to much more than its DICOM header calls for|truncated or damaged/,
    );
    files.set('b.dcm.gz', new Uint8Array(gzipSync(sliceFile())));
    expect((await read(files, 'b.dcm.gz')).values).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is refused wherever it is cut short, however its pixels are compressed', async () => {
    const folder = new URL('../../../test/reference/formats/', import.meta.url);
    for (const name of [
      'MR_small_RLE',
      'MR_small_jp2klossless',
      'MR_small_jpeg_ls_lossless',
      'MR_small_jpeg_lossless',
    ]) {
      const whole = readFileSync(new URL(`${name}.dcm`, folder));
      for (let share = 1; share < 8; share++) {
        const part = whole.subarray(0, Math.floor((whole.length * share) / 8));
        expect(await faultOf(new MemoryFileAccess().set('a.dcm', part), 'a.dcm')).toMatch(/^a\.dcm: /);
      }
    }
  });
});

/** A "CSA2" header with some elements of text items. */
function siemensHeader(elements: Readonly<Record<string, readonly string[]>>): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: string): void => bytes.set(new TextEncoder().encode(value), at);
  put(0, 'SV10');
  view.setUint32(8, Object.keys(elements).length, true);
  let at = 16;
  for (const [name, items] of Object.entries(elements)) {
    put(at, name);
    view.setUint32(at + 76, items.length, true);
    at += 84;
    for (const item of items) {
      view.setUint32(at + 4, item.length, true);
      put(at + 16, item);
      at += 16 + 4 * Math.ceil(item.length / 4);
    }
  }
  return bytes.subarray(0, at + (at % 2));
}
