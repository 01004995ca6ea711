import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { encodeNifti } from './nifti-write.ts';
import { openImage, readImage, readLabels } from './read-image.ts';
import { voxelCount } from './volume.ts';

const folder = join(import.meta.dirname, '../../test/reference/formats');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  file: string;
  shape: number[];
  affine: number[];
  values: string;
}[];

/** All values of an image as doubles. */
async function valuesOf(
  path: string,
): Promise<{ shape: readonly number[]; affine: readonly number[]; values: Float64Array }> {
  const source = await openImage(nodeFileAccess, path);
  const values = new Float64Array(voxelCount(source.shape) * source.frames);
  await source.read(values);
  await source.finish();
  await source.close();
  return { shape: source.dimensions, affine: source.affine, values };
}

describe('openImage', () => {
  it.each(expected)('reads $file as an independent reader does', async ({ file, shape, affine, values }) => {
    const read = await valuesOf(join(folder, file));
    expect(read.shape).toEqual(shape);
    for (const [i, value] of affine.entries()) expect(read.affine[i]).toBeCloseTo(value, 9);
    expect(createHash('sha256').update(new Uint8Array(read.values.buffer)).digest('hex')).toBe(values);
  });

  it('has an expectation for every file', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(nrrd|mha|dcm|dcm\.gz)$/.test(name),
    );
    expect(expected.map(({ file }) => file).sort()).toEqual([...files, 'ct_series'].sort());
  });

  it('knows formats by their first bytes where the name tells none', async () => {
    const files = new MemoryFileAccess();
    const nifti = {
      kind: 'scalar',
      shape: [2, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    } as const;
    files.set('a', await encodeNifti({ ...nifti, data: new Float32Array([1, 2]) }, null, { gzip: true }));
    files.set('b', readFileSync(join(folder, 'brain1_label.nrrd')));
    files.set('c', readFileSync(join(folder, 'mha.mha')));
    files.set('d', readFileSync(join(folder, 'enh.dcm.gz')));
    const formats: string[] = [];
    for (const path of ['a', 'b', 'c', 'd']) formats.push((await openImage(files, path)).format);
    expect(formats).toEqual(['NIfTI', 'NRRD', 'MetaImage', 'DICOM']);
    files.set('e', 'once upon a time there was an image, and this is not it');
    await expect(openImage(files, 'e')).rejects.toThrow(/^e: this is no image that rarevox reads/);
    await expect(openImage(files, 'f')).rejects.toThrow(DataError);
  });
});

describe('readImage and readLabels', () => {
  it('give volumes of any format, with a header for NIfTI alone', async () => {
    const path = join(folder, 'brain1_label.nrrd');
    const labels = await readLabels(nodeFileAccess, path);
    expect(labels.header).toBeNull();
    expect(labels.volume.data).toBeInstanceOf(Uint8Array);
    expect(Array.from(labels.volume.data).reduce((sum, value) => sum + value, 0)).toBe(4137);
    const image = await readImage(nodeFileAccess, path);
    expect(Array.from(image.volume.data)).toEqual(Array.from(labels.volume.data));
    await expect(readImage(nodeFileAccess, path, { frame: 1 })).rejects.toThrow(/it has no volume 1; it holds 1/);
  });
});
