import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { convertImage } from './convert-image.ts';
import type { ImageSource } from './image-source.ts';
import { NIFTI_DATATYPES } from './nifti-datatype.ts';
import { openImage } from './read-image.ts';
import { voxelCount } from './volume.ts';

const reference = new URL('../../test/reference/', import.meta.url).pathname;

/** Reads the disk's files, writes to memory. */
function files(): MemoryFileAccess {
  const memory = new MemoryFileAccess();
  const { readBytes, openStream, exists } = nodeFileAccess;
  const inMemory = (path: string): boolean => memory.files.has(path);
  const [own, stream, has] = [memory.readBytes, memory.openStream, memory.exists].map((method) =>
    method.bind(memory),
  ) as [typeof readBytes, typeof openStream, typeof exists];
  memory.readBytes = (path) => (inMemory(path) ? own(path) : readBytes(path));
  memory.openStream = (path) => (inMemory(path) ? stream(path) : openStream(path));
  memory.exists = (path) => (inMemory(path) ? has(path) : exists(path));
  memory.list = nodeFileAccess.list;
  return memory;
}

interface Content extends Pick<ImageSource, 'dimensions' | 'datatype' | 'slope' | 'affine'> {
  readonly stored: number[];
  readonly values: number[];
}

async function contentOf(memory: MemoryFileAccess, path: string): Promise<Content> {
  const first = await openImage(memory, path);
  const values = new Float64Array(voxelCount(first.shape) * first.frames);
  await first.read(values);
  await first.finish();
  const { dimensions, datatype, slope, affine } = first;
  const second = await openImage(memory, path);
  const stored = new Uint8Array(values.length * NIFTI_DATATYPES[datatype].bytes);
  await second.readStored(stored);
  for (const source of [first, second]) await source.close();
  return { dimensions, datatype, slope, affine, stored: Array.from(stored), values: Array.from(values) };
}

describe('convertImage', () => {
  it.each(['uint8', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'])(
    'keeps %s and the grid through .nrrd, .mha and back, to the bit',
    async (datatype) => {
      const memory = files();
      const from = `${reference}volume/${datatype}.nii`;
      await convertImage(memory, from, 'a.nrrd');
      await convertImage(memory, 'a.nrrd', 'b.mha');
      await convertImage(memory, 'b.mha', 'c.nii.gz');
      const original = await contentOf(memory, from);
      for (const path of ['a.nrrd', 'b.mha']) {
        const { affine, ...copy } = await contentOf(memory, path);
        const { affine: wanted, ...rest } = original;
        expect(copy).toEqual(rest);
        for (const [i, value] of wanted.entries()) expect(affine[i]).toBeCloseTo(value, 12);
      }
      // The single precision of NIfTI-1 takes the rounding away again.
      expect(await contentOf(memory, 'c.nii.gz')).toEqual(original);
    },
  );

  it('turns the bytes of big-endian files around', async () => {
    const memory = files();
    const from = `${reference}volume/big-endian-int16.nii.gz`;
    await convertImage(memory, from, 'a.nrrd');
    const [original, copy] = [await contentOf(memory, from), await contentOf(memory, 'a.nrrd')];
    expect(copy.values).toEqual(original.values);
    expect(copy.datatype).toBe('int16');
  });

  it('copies NIfTI as it is, and takes one volume out of a series with its header', async () => {
    const memory = files();
    const from = `${reference}volume/frames.nii.gz`;
    await convertImage(memory, from, 'all.nii');
    const all = await contentOf(memory, 'all.nii');
    expect(all).toEqual(await contentOf(memory, from));
    expect(all).toMatchObject({ dimensions: [3, 4, 2, 3], slope: 2 });
    await convertImage(memory, from, 'one.nii.gz', { frame: 1 });
    const one = await contentOf(memory, 'one.nii.gz');
    // Stored values times 2 plus 1, of -50 to 49: whole numbers that 8 bits do not hold.
    expect(one).toMatchObject({ dimensions: [3, 4, 2], slope: 1, datatype: 'int16', affine: all.affine });
    expect(one.values).toEqual(all.values.slice(24, 48));
    await expect(convertImage(memory, from, 'one.nrrd')).rejects.toThrow(
      /holds 3 volumes where one is needed.*--frame/,
    );
    await expect(convertImage(memory, from, 'one.nii', { frame: 3 })).rejects.toThrow(/has no volume 3; it holds 3/);
    expect(memory.files.has('one.nrrd')).toBe(false);
  });

  it('writes scaled values: whole numbers as integers, others as float32', async () => {
    const memory = files();
    const from = `${reference}volume/scaled-uint8.nii.gz`;
    await convertImage(memory, from, 'scaled.nrrd');
    const [original, copy] = [await contentOf(memory, from), await contentOf(memory, 'scaled.nrrd')];
    expect(copy).toMatchObject({ datatype: 'float32', slope: 1, values: original.values });
  });

  it('makes NIfTI of a DICOM series, on the scanner’s coordinates', async () => {
    const memory = files();
    const from = `${reference}formats/ct_series`;
    await convertImage(memory, from, 'ct.nii');
    const [original, copy] = [await contentOf(memory, from), await contentOf(memory, 'ct.nii')];
    expect(copy.values).toEqual(original.values);
    expect(copy).toMatchObject({ datatype: 'int16', dimensions: [88, 128, 4] });
    for (const [i, value] of original.affine.entries()) expect(copy.affine[i]).toBeCloseTo(value, 4);
    const header = new DataView((memory.files.get('ct.nii') as Uint8Array).slice().buffer);
    expect([header.getInt16(252, true), header.getInt16(254, true)]).toEqual([0, 1]);
    await convertImage(memory, from, 'again.nii');
    expect(memory.files.get('again.nii')).toEqual(memory.files.get('ct.nii'));
  });

  it('refuses an output whose name tells no format', async () => {
    await expect(convertImage(files(), `${reference}volume/uint8.nii`, 'a.dcm')).rejects.toThrow(UsageError);
  });
});
