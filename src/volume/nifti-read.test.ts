import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { describeFile } from './describe-file.ts';
import { gzip, webGzip } from './gzip.ts';
import { readImage, readLabels } from './nifti-read.ts';
import { encodeNifti } from './nifti-write.ts';
import { orientationOf } from './orientation.ts';
import type { LabelVolume, ScalarVolume } from './volume.ts';

interface ReferenceFile {
  readonly file: string;
  readonly dimensions: number[];
  readonly datatype: string;
  readonly affine: number[][];
  readonly orientation: string;
  readonly values: number[];
}

/** Made by test/reference/volume.py with NiBabel. */
const folder = new URL('../../test/reference/volume/', import.meta.url);
const reference = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as { files: ReferenceFile[] };
const files = new MemoryFileAccess();
for (const { file } of reference.files) files.set(file, readFileSync(new URL(file, folder)));

const plain: ScalarVolume = {
  kind: 'scalar',
  shape: [3, 2, 4],
  affine: [2, 0, 0, -10, 0, 3, 0, 5, 0, 0, 4, 0.5, 0, 0, 0, 1],
  data: Float32Array.from({ length: 24 }, (_, index) => index),
};

/** A NIfTI-1 file of 3x2x4 float32 voxels in which `edit` has changed something. */
async function edited(edit: (view: DataView) => void): Promise<MemoryFileAccess> {
  const bytes = await encodeNifti(plain, null, { gzip: false });
  edit(new DataView(bytes.buffer));
  return new MemoryFileAccess().set('scan.nii', bytes);
}

async function faultOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}

describe('against NiBabel', () => {
  it.each(reference.files)('$file', async (expected) => {
    const frames = expected.dimensions[3] ?? 1;
    const perFrame = expected.values.length / frames;
    for (let frame = 0; frame < frames; frame++) {
      const { volume, header } = await readImage(files, expected.file, { frame });
      expect(volume.shape).toEqual(expected.dimensions.slice(0, 3));
      expect(header.datatype).toBe(expected.datatype);
      expect(orientationOf(volume.affine)).toBe(expected.orientation);
      expected.affine.flat().forEach((value, index) => {
        expect(volume.affine[index]).toBeCloseTo(value, 5);
      });
      expect(volume.data).toEqual(Float32Array.from(expected.values.slice(frame * perFrame, (frame + 1) * perFrame)));
    }
  });

  it.each(reference.files)('describes $file', async ({ file, values, dimensions }) => {
    const description = await describeFile(files, file);
    expect(description.shape).toEqual(dimensions);
    expect(description.min).toBe(Math.min(...values));
    expect(description.max).toBe(Math.max(...values));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs((description.mean as number) - mean)).toBeLessThanOrEqual(
      1e-12 * Math.max(...values.map(Math.abs)),
    );
    expect(description.nonFinite).toBe(0);
  });
});

describe('geometry', () => {
  it('takes the voxel sizes alone where neither form is set, as the standard says', async () => {
    const bare = await edited((view) => view.setInt16(254, 0, true));
    expect((await readImage(bare, 'scan.nii')).volume.affine).toEqual([2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]);
  });

  it('converts meters and micrometers', async () => {
    const inMeters = await edited((view) => view.setUint8(123, 1));
    expect((await readImage(inMeters, 'scan.nii')).volume.affine.slice(0, 4)).toEqual([2000, 0, 0, -10000]);
    const inMicrometers = await edited((view) => view.setUint8(123, 3));
    expect((await readImage(inMicrometers, 'scan.nii')).volume.affine[0]).toBeCloseTo(0.002, 12);
  });
});

describe('faults of a header', () => {
  it.each<[string, (view: DataView) => void, RegExp]>([
    [
      'a voxel size of 0',
      (view) => [280, 296, 312].map((at) => view.setFloat32(at, 0, true)),
      /^scan\.nii: .*sform gives a voxel size of 0 \(0 x 3 x 4 mm\); set/,
    ],
    [
      'axes in one plane',
      (view) => [view.setFloat32(284, 2, true), view.setFloat32(300, 0, true)],
      /sform is singular/,
    ],
    ['NaN in the affine', (view) => view.setFloat32(292, Number.NaN, true), /sform holds values that are no numbers/],
    [
      'a voxel size of 0 in the qform',
      (view) => [view.setInt16(254, 0, true), view.setInt16(252, 1, true), view.setFloat32(84, 0, true)],
      /qform gives a voxel size of 0/,
    ],
    ['impossible dimensions', (view) => view.setInt16(44, -3, true), /impossible dimensions/],
    ['too many dimensions', (view) => view.setInt16(40, 9, true), /impossible dimensions/],
    ['color', (view) => view.setInt16(70, 128, true), /voxels are RGB color/],
    ['an unknown datatype', (view) => view.setInt16(70, 99, true), /unknown datatype 99/],
    ['an intercept that is no number', (view) => view.setFloat32(116, Number.NaN, true), /scl_inter/],
    ['voxels inside the header', (view) => view.setFloat32(108, 8, true), /at byte 8, inside the header/],
    [
      'negative voxel sizes',
      (view) => [view.setInt16(254, 0, true), view.setInt16(252, 1, true), view.setFloat32(84, -3, true)],
      /^scan\.nii: .*negative voxel size \(2 x -3 x 4, field pixdim\); set/,
    ],
    [
      'negative voxel sizes without any form',
      (view) => [view.setInt16(254, 0, true), view.setFloat32(80, -3, true)],
      /negative voxel size \(-3 x 3 x 4, field pixdim\)/,
    ],
    ['the header of a pair under another name', (view) => view.setUint8(345, 0x69), /magic .* \.hdr\/\.img pair/],
    [
      'an Analyze file',
      (view) => view.setUint32(344, 0),
      /^scan\.nii: this is an Analyze 7\.5 file .* which side is left/,
    ],
    ['no NIfTI', (view) => view.setInt32(0, 77, true), /no NIfTI file/],
  ])('%s', async (_, edit, message) => {
    expect(await faultOf(readImage(await edited(edit), 'scan.nii'))).toMatch(message);
  });
});

describe('truncated and damaged files', () => {
  it('names what the header claims and what is there', async () => {
    const bytes = await encodeNifti(plain, null, { gzip: false });
    const cut = new MemoryFileAccess().set('scan.nii', bytes.subarray(0, 352 + 50));
    expect(await faultOf(readImage(cut, 'scan.nii'))).toMatch(
      /^scan\.nii: its header claims 3x2x4 voxels of float32 \(96 bytes, field dim\), but the file .*truncated/,
    );
  });

  it('refuses every cut of a gzip file', async () => {
    const whole = await encodeNifti(plain, null, { gzip: true });
    for (let length = 0; length < whole.length; length++) {
      const cut = new MemoryFileAccess().set('scan.nii.gz', whole.subarray(0, length));
      await faultOf(readImage(cut, 'scan.nii.gz'));
      await faultOf(describeFile(cut, 'scan.nii.gz'));
    }
  });

  it('refuses gzip data whose checksum fails', async () => {
    const damaged = (await encodeNifti(plain, null, { gzip: true })).slice();
    damaged[damaged.length - 6] ^= 0xff;
    const holder = new MemoryFileAccess().set('scan.nii.gz', damaged);
    expect(await faultOf(readImage(holder, 'scan.nii.gz'))).toMatch(/gzip data is truncated or damaged/);
  });

  it('refuses a whole gzip file with fewer voxels than its header claims', async () => {
    const bytes = await encodeNifti(plain, null, { gzip: false });
    const short = new MemoryFileAccess().set('scan.nii.gz', await gzip(bytes.subarray(0, 352 + 50)));
    expect(await faultOf(readImage(short, 'scan.nii.gz'))).toMatch(/holds only 50 bytes of them/);
  });

  it('refuses implausible sizes without allocating them', async () => {
    // 32767^3 floats are 140 terabytes, which no allocation could serve.
    const huge = await edited((view) => [42, 44, 46].map((at) => view.setInt16(at, 32767, true)));
    expect(await faultOf(readImage(huge, 'scan.nii'))).toMatch(
      /^scan\.nii: its header claims 32767x32767x32767 voxels \(field dim\), more than can be read/,
    );
    const zipped = new MemoryFileAccess().set('scan.nii.gz', await gzip(await huge.readBytes('scan.nii')));
    expect(await faultOf(readImage(zipped, 'scan.nii.gz'))).toMatch(/\(field dim\), more than can be read/);
    // 2^30 voxels could be read, but not from a file of some hundred bytes.
    const large = await edited((view) => [42, 44, 46].map((at) => view.setInt16(at, 1024, true)));
    expect(await faultOf(readImage(large, 'scan.nii'))).toMatch(/1024x1024x1024 .*field dim.* cannot hold that many/);
    const largeZipped = new MemoryFileAccess().set('a.nii.gz', await gzip(await large.readBytes('scan.nii')));
    expect(await faultOf(readImage(largeZipped, 'a.nii.gz'))).toMatch(
      /^a\.nii\.gz: .*field dim.* cannot hold that many/,
    );
    const farOffset = await edited((view) => view.setFloat32(108, 2 ** 40, true));
    expect(await faultOf(readImage(farOffset, 'scan.nii'))).toMatch(/at byte 1099511627776 \(field vox_offset\)/);
    const manyFrames = await edited((view) => [40, 48, 50, 52, 54].map((at) => view.setInt16(at, 32767, true)));
    expect(await faultOf(readImage(manyFrames, 'scan.nii', { frame: 0 }))).toMatch(/impossible dimensions/);
  });

  it('refuses a bomb: gzip data that go on and on behind the voxels', async () => {
    const bytes = await encodeNifti(plain, null, { gzip: false });
    const padded = new Uint8Array(300 << 20);
    padded.set(bytes);
    const bomb = new MemoryFileAccess().set('scan.nii.gz', await gzip(padded));
    expect((await bomb.readBytes('scan.nii.gz')).length).toBeLessThan(padded.length / 500);
    let inflated = 0;
    const counting = {
      ...webGzip,
      async *decompress(content: AsyncIterable<Uint8Array>) {
        for await (const piece of webGzip.decompress(content)) {
          inflated += piece.length;
          yield piece;
        }
      },
    };
    const watched = Object.assign(bomb, { gzip: counting });
    for (const read of [readImage, readLabels, describeFile]) {
      inflated = 0;
      expect(await faultOf(read(watched, 'scan.nii.gz'))).toMatch(/^scan\.nii\.gz: it inflates to .* 96 bytes .*field/);
      expect(inflated).toBeLessThan(3 << 20);
    }
  });

  it('reads what is padded', async () => {
    const bytes = await encodeNifti(plain, null, { gzip: false });
    const padded = new Uint8Array(bytes.length + 1000);
    padded.set(bytes);
    const holder = new MemoryFileAccess().set('scan.nii.gz', await gzip(padded)).set('scan.nii', padded);
    expect((await readImage(holder, 'scan.nii.gz')).volume.data).toEqual(plain.data);
    expect((await readImage(holder, 'scan.nii')).volume.data).toEqual(plain.data);
  });

  it('reads what is larger than the first step of a compressed file, images and labels', async () => {
    const shape = [512, 128, 128] as const;
    const data = Uint16Array.from({ length: 2 ** 23 }, (_, index) => (index < 2 ** 22 ? index & 255 : index & 1023));
    const large: LabelVolume = { kind: 'label', shape, affine: plain.affine, data };
    const holder = new MemoryFileAccess().set('large.nii.gz', await encodeNifti(large, null, { gzip: true }));
    const labels = (await readLabels(holder, 'large.nii.gz')).volume.data;
    expect(labels).toBeInstanceOf(Uint16Array);
    expect(labels.every((value, index) => value === data[index])).toBe(true);
    const image = (await readImage(holder, 'large.nii.gz')).volume.data;
    expect(image.every((value, index) => value === data[index])).toBe(true);
  });

  it('says that a file is empty', async () => {
    expect(await faultOf(readImage(new MemoryFileAccess().set('a.nii', ''), 'a.nii'))).toMatch(
      /^a\.nii: the file is empty/,
    );
  });
});

describe('values', () => {
  it('keeps values that are not finite, and counts them', async () => {
    const holder = await edited((view) => {
      view.setFloat32(352, Number.NaN, true);
      view.setFloat32(356, Infinity, true);
    });
    const { volume } = await readImage(holder, 'scan.nii');
    expect([...volume.data.slice(0, 3)]).toEqual([Number.NaN, Infinity, 2]);
    const description = await describeFile(holder, 'scan.nii');
    expect(description).toMatchObject({ min: 2, max: 23, mean: (23 * 24) / 2 / 22 - 1 / 22, nonFinite: 2 });
  });

  it('has no minimum, maximum or mean where no value is finite', async () => {
    const nan = { ...plain, data: new Float32Array(24).fill(Number.NaN) };
    const holder = new MemoryFileAccess().set('nan.nii', await encodeNifti(nan, null, { gzip: false }));
    expect(await describeFile(holder, 'nan.nii')).toMatchObject({ min: null, max: null, mean: null, nonFinite: 24 });
  });

  it('asks for a frame of a 4D file, and refuses one that is not there', async () => {
    expect(await faultOf(readImage(files, 'frames.nii.gz'))).toMatch(/holds 3 volumes where one is needed/);
    expect(await faultOf(readImage(files, 'frames.nii.gz', { frame: 3 }))).toMatch(/no volume 3; it holds 3/);
    expect(await faultOf(readLabels(files, 'frames.nii.gz'))).toMatch(/holds 3 volumes/);
  });
});

describe('label maps', () => {
  const asFile = async (values: number[]): Promise<MemoryFileAccess> => {
    const data = Float32Array.from({ length: 24 }, (_, index) => values[index % values.length]);
    return new MemoryFileAccess().set('mask.nii', await encodeNifti({ ...plain, data }, null, { gzip: false }));
  };

  it.each([
    [[0, 255], Uint8Array],
    [[0, 256], Uint16Array],
    [[0, 65535], Uint16Array],
    [[-1, 255], Int16Array],
    [[-1, 40000], Int32Array],
    [[0, 65536], Int32Array],
  ])('%j fit in %o', async (values, type) => {
    const { volume } = await readLabels(await asFile(values), 'mask.nii');
    expect(volume.data).toBeInstanceOf(type);
    expect([...volume.data.slice(0, 2)]).toEqual(values);
  });

  it('rounds the float noise of a scaling away', async () => {
    const { volume } = await readLabels(await asFile([0, 0.99999, 2.00001]), 'mask.nii');
    expect([...volume.data.slice(0, 3)]).toEqual([0, 1, 2]);
  });

  it('refuses what is no integer', async () => {
    expect(await faultOf(readLabels(await asFile([0, 0.5]), 'mask.nii'))).toMatch(/voxel 1 holds 0\.5; use a mask/);
    expect(await faultOf(readLabels(await asFile([0, Number.NaN]), 'mask.nii'))).toMatch(/voxel 1 holds NaN/);
    expect(await faultOf(readLabels(await asFile([0, 2 ** 40]), 'mask.nii'))).toMatch(/more than 32 bits/);
  });
});
