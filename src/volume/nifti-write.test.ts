import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { copyNifti } from './nifti-copy.ts';
import { readImage, readLabels } from './nifti-read.ts';
import { encodeNifti, writeNifti } from './nifti-write.ts';
import type { LabelVolume, ScalarVolume } from './volume.ts';

const folder = new URL('../../test/reference/volume/', import.meta.url);
const names = (JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as { files: { file: string }[] })
  .files;
const files = new MemoryFileAccess();
for (const { file } of names) files.set(file, readFileSync(new URL(file, folder)));

const oblique = [0.9, -0.1, 0.3, 12.5, 0.12, 1.1, 0, -7.25, -0.2, 0.1, 6, 3, 0, 0, 0, 1];

function labelMap(values: number[], Labels: new (length: number) => LabelVolume['data'] = Int32Array): LabelVolume {
  const data = new Labels(24);
  for (let i = 0; i < 24; i++) data[i] = values[i % values.length];
  return { kind: 'label', shape: [3, 4, 2], affine: oblique, data };
}

/** Header bytes that speak of the voxels' values or of their datatype, as [offset, length], by NIfTI version. */
const VALUE_FIELDS: Record<1 | 2, [number, number][]> = {
  1: [
    [40, 16],
    [56, 12],
    [68, 6],
    [112, 8],
    [124, 8],
    [328, 16],
  ],
  2: [
    [12, 68],
    [80, 24],
    [176, 16],
    [192, 16],
    [504, 20],
  ],
};

describe('with the header of a scan', () => {
  it.each(names)('keeps all else of $file', async ({ file }) => {
    const { volume, header } = await readImage(files, file, { frame: 0 });
    const mask = { ...labelMap([0, 1, 2]), affine: volume.affine };
    const bytes = await encodeNifti(mask, header, { gzip: false });
    const kept = bytes.slice(0, header.voxelOffset);
    const before = header.bytes.slice();
    for (const [offset, length] of VALUE_FIELDS[header.version]) {
      kept.fill(0, offset, offset + length);
      before.fill(0, offset, offset + length);
    }
    expect(kept).toEqual(before);

    const again = await readLabels(new MemoryFileAccess().set('mask.nii', bytes), 'mask.nii');
    expect(again.header).toMatchObject({
      version: header.version,
      littleEndian: header.littleEndian,
      dimensions: [3, 4, 2],
      datatype: 'uint8',
      slope: 1,
      intercept: 0,
    });
    expect(again.volume.affine).toEqual(volume.affine);
    expect([...again.volume.data]).toEqual([...mask.data]);
  });

  it.each(names)('gives back the values of $file', async ({ file }) => {
    const { volume, header } = await readImage(files, file, { frame: 0 });
    const written = new MemoryFileAccess().set('again.nii.gz', await encodeNifti(volume, header, { gzip: true }));
    expect((await readImage(written, 'again.nii.gz')).volume).toEqual(volume);
  });

  it('keeps extensions', async () => {
    const { volume, header } = await readImage(files, 'extension.nii.gz');
    const bytes = await encodeNifti(volume, header, { gzip: false });
    expect(new TextDecoder().decode(bytes.subarray(352, header.voxelOffset))).toContain(
      'kept when it is written again',
    );
  });

  it('takes the geometry of a volume that lies on another grid', async () => {
    const { header } = await readImage(files, 'qform-only.nii');
    const moved: ScalarVolume = {
      kind: 'scalar',
      shape: [2, 2, 5],
      affine: oblique,
      data: new Float32Array(20).fill(3),
    };
    const written = new MemoryFileAccess().set('moved.nii', await encodeNifti(moved, header, { gzip: false }));
    const { volume } = await readImage(written, 'moved.nii');
    expect(volume.shape).toEqual([2, 2, 5]);
    for (let i = 0; i < 16; i++) expect(volume.affine[i]).toBeCloseTo(oblique[i], 6);
  });
});

describe('in the datatype of a scan', () => {
  it.each(names)('gives back the voxels of $file, in its integer type', async ({ file }) => {
    const { volume, header } = await readImage(files, file, { frame: 0 });
    const written = new MemoryFileAccess();
    await writeNifti(written, 'again.nii', volume, header, { keepDatatype: true });
    const again = await readImage(written, 'again.nii');
    expect(again.volume).toEqual(volume);
    // What has more digits than float32 cannot be told from a float32 image.
    const isKept = /^u?int(8|16)$/.test(header.datatype);
    if (isKept) expect(again.header).toMatchObject({ ...header, dimensions: header.shape, frames: 1, bytes: {} });
    else expect(again.header.datatype).toBe('float32');
  });

  it.each([
    ['a fraction', [0, 0.5]],
    ['a value out of range', [0, 32768]],
    ['NaN', [0, Number.NaN]],
  ])('becomes float32 for %s', async (_, values) => {
    const { volume, header } = await readImage(files, 'int16.nii');
    const data = Float32Array.from({ length: 24 }, (_value, index) => values[index % 2]);
    const written = new MemoryFileAccess();
    await writeNifti(written, 'a.nii', { ...volume, data }, header, { keepDatatype: true });
    const again = await readImage(written, 'a.nii');
    expect(again.header.datatype).toBe('float32');
    expect(again.volume.data).toEqual(data);
  });
});

describe('copies', () => {
  it.each(names)('$file byte by byte, compressed and back', async ({ file }) => {
    const copies = new MemoryFileAccess().set(file, files.files.get(file) as Uint8Array);
    await copyNifti(copies, file, 'first.nii.gz');
    await copyNifti(copies, 'first.nii.gz', 'second.nii');
    if (file.endsWith('.nii')) expect(copies.files.get('second.nii')).toEqual(new Uint8Array(copies.files.get(file)!));
    else
      expect((await readImage(copies, 'second.nii', { frame: 0 })).volume).toEqual(
        (await readImage(files, file, { frame: 0 })).volume,
      );
  });
});

describe('without a header', () => {
  it('writes a NIfTI-1 file with the affine as sform', async () => {
    const written = new MemoryFileAccess().set('new.nii', await encodeNifti(labelMap([0, 7]), null, { gzip: false }));
    const { volume, header } = await readLabels(written, 'new.nii');
    expect(header).toMatchObject({ version: 1, littleEndian: true, voxelOffset: 352 });
    expect(volume.affine).toEqual(oblique.map(Math.fround));
    expect([...volume.data]).toEqual([...labelMap([0, 7]).data]);
  });

  it('writes NIfTI-2 where an axis is too long for 16 bits', async () => {
    const long: LabelVolume = {
      kind: 'label',
      shape: [40000, 1, 1],
      affine: oblique,
      data: new Uint8Array(40000).fill(1),
    };
    const written = new MemoryFileAccess().set('long.nii.gz', await encodeNifti(long, null, { gzip: true }));
    const { volume, header } = await readLabels(written, 'long.nii.gz');
    expect(header.version).toBe(2);
    expect(volume).toEqual(long);
  });
});

describe('datatypes of label maps', () => {
  it.each([
    [[0, 255], 'uint8'],
    [[0, 256], 'int16'],
    [[-1, 3], 'int16'],
    [[0, 40000], 'uint16'],
    [[-1, 40000], 'int32'],
    [[0, 70000], 'int32'],
  ])('%j become %s', async (values, datatype) => {
    const map = labelMap(values);
    const written = new MemoryFileAccess().set('map.nii', await encodeNifti(map, null, { gzip: false }));
    const { volume, header } = await readLabels(written, 'map.nii');
    expect(header.datatype).toBe(datatype);
    expect([...volume.data]).toEqual([...map.data]);
  });
});

it('compresses to the same bytes every time, without time stamp or platform', async () => {
  const first = await encodeNifti(labelMap([0, 1]), null, { gzip: true });
  const second = await encodeNifti(labelMap([0, 1]), null, { gzip: true });
  expect(second).toEqual(first);
  expect([...first.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, first[8], 255]);
});
