import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { readImage } from './read-image.ts';

const VOXELS = Int16Array.from({ length: 24 }, (_, index) => 37 * index - 300);
const LITTLE = new Uint8Array(VOXELS.buffer);
const BIG = LITTLE.slice().map((_, index) => LITTLE[index ^ 1]);

/** Fields of a header as they are, changed or, where null, left out. */
type Changes = Readonly<Record<string, string | null>>;

function headerOf(fields: Readonly<Record<string, string>>, changes: Changes, separator: string): string {
  return Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}${separator}${value}\n`)
    .join('');
}

function joined(header: string, voxels: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(text.length + voxels.length);
  file.set(text);
  file.set(voxels, text.length);
  return file;
}

function nrrd(changes: Changes = {}, voxels: Uint8Array = LITTLE): Uint8Array {
  const fields = {
    type: 'short',
    dimension: '3',
    space: 'left-posterior-superior',
    sizes: '2 3 4',
    'space directions': '(0,2,0) (-3,0,0) (0,0,4)',
    kinds: 'domain domain domain',
    endian: 'little',
    encoding: 'raw',
    'space origin': '(10,20,30)',
  };
  return joined(`NRRD0004\n# a comment: with a colon\n${headerOf(fields, changes, ': ')}key:=value\n\n`, voxels);
}

function meta(changes: Changes = {}, voxels: Uint8Array = LITTLE): Uint8Array {
  const { ElementDataFile = 'LOCAL', ...others } = changes;
  const fields = {
    ObjectType: 'Image',
    NDims: '3',
    BinaryDataByteOrderMSB: 'False',
    TransformMatrix: '0 1 0 -1 0 0 0 0 1',
    Offset: '10 20 30',
    ElementSpacing: '2 3 4',
    DimSize: '2 3 4',
    ElementType: 'MET_SHORT',
  };
  return joined(`${headerOf(fields, others, ' = ')}ElementDataFile = ${ElementDataFile}\n`, voxels);
}

/**
 * By hand: i runs 2 mm to posterior, j 3 mm to the right, k 4 mm up, from a point 10 mm left, 20 posterior, 30 up. RAS+
 * counts right and anterior.
 */
const AFFINE = [0, 3, 0, -10, -2, 0, 0, -20, 0, 0, 4, 30, 0, 0, 0, 1];

async function read(name: string, content: Uint8Array, beside: Readonly<Record<string, Uint8Array>> = {}) {
  const files = new MemoryFileAccess().set(name, content);
  for (const [path, bytes] of Object.entries(beside)) files.set(path, bytes);
  const { volume } = await readImage(files, name);
  return { shape: volume.shape, affine: volume.affine.map((value) => value + 0), data: Array.from(volume.data) };
}

const SAME = { shape: [2, 3, 4], affine: AFFINE, data: Array.from(VOXELS) };

/** Lines before the voxels, and bytes before and behind them, as `line skip` and `byte skip` pass over. */
const SURROUNDED = joined('one\ntwo\nabc', LITTLE);

describe('NRRD', () => {
  it.each<[string, Uint8Array]>([
    ['raw', nrrd()],
    ['big-endian', nrrd({ endian: 'big' }, BIG)],
    ['gzip', nrrd({ encoding: 'gzip' }, gzipSync(LITTLE))],
    ['in RAS', nrrd({ space: 'RAS', 'space directions': '(0,-2,0) (3,0,0) (0,0,4)', 'space origin': '(-10,-20,30)' })],
    ['in LAS', nrrd({ space: 'LAS', 'space directions': '(0,-2,0) (-3,0,0) (0,0,4)', 'space origin': '(10,-20,30)' })],
    [
      'in cm',
      nrrd({
        'space units': '"cm" "cm" "cm"',
        'space directions': '(0,.2,0) (-.3,0,0) (0,0,.4)',
        'space origin': '(1,2,3)',
      }),
    ],
    ['with lines and bytes to skip', nrrd({ 'line skip': '2', 'byte skip': '3' }, SURROUNDED)],
    ['at the end of the file', nrrd({ 'byte skip': '-1' }, SURROUNDED)],
  ])('%s', async (_, content) => {
    expect(await read('a.nrrd', content)).toEqual(SAME);
  });

  it('with the voxels in a file beside the header', async () => {
    const beside = { 'f/voxels.gz': new Uint8Array(gzipSync(LITTLE)) };
    expect(
      await read('f/a.nhdr', nrrd({ encoding: 'gzip', 'data file': 'voxels.gz' }, new Uint8Array(0)), beside),
    ).toEqual(SAME);
  });

  it('takes spacings alone as along the axes of LPS, and bytes of raw data that look like gzip as they are', async () => {
    const plain = { space: null, 'space directions': null, 'space origin': null, spacings: '2 3 4' };
    expect((await read('a.nrrd', nrrd(plain))).affine).toEqual([-2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]);
    const magic = LITTLE.slice();
    magic.set([0x1f, 0x8b]);
    expect((await read('a.nrrd', nrrd({}, magic))).data[0]).toBe(0x8b1f - 65536);
  });

  it.each<[string, RegExp, Uint8Array]>([
    ['is truncated', /claims 48 bytes of voxels, but the file holds only 47/, nrrd({}, LITTLE.subarray(1))],
    [
      'is truncated within gzip',
      /compressed data are truncated or damaged/,
      nrrd({ encoding: 'gzip' }, gzipSync(LITTLE).subarray(0, 30)),
    ],
    ['inflates to less', /holds only 40/, nrrd({ encoding: 'gzip' }, gzipSync(LITTLE.subarray(8)))],
    [
      'claims more than gzip can hold',
      /claims 2000000000000 bytes of voxels, but the file cannot/,
      nrrd({ sizes: '10000 10000 10000', encoding: 'gzip' }, gzipSync(LITTLE)),
    ],
    ['claims what no file holds', /claims 70362301923326 bytes/, nrrd({ sizes: '32767 32767 32767' })],
    ['has a negative size', /impossible sizes "2 -3 4"/, nrrd({ sizes: '2 -3 4' })],
    ['lacks a field', /its header has no "endian"/, nrrd({ endian: null })],
    ['has an encoding without a reader', /encoding is "bzip2"; save it/, nrrd({ encoding: 'bzip2' })],
    ['holds blocks', /of type "block"/, nrrd({ type: 'block' })],
    ['has colors', /followed by one other axis at most/, nrrd({ 'space directions': 'none (0,2,0) (-3,0,0)' })],
    ['has a singular affine', /axes lie in one plane/, nrrd({ 'space directions': '(0,2,0) (0,3,0) (0,0,4)' })],
    ['has no header', /no NRRD file/, joined('JUNK\n\n', LITTLE)],
    ['names a file that is missing', /should be in gone.raw, which does not exist/, nrrd({ 'data file': 'gone.raw' })],
    ['names several files', /spread over several files/, nrrd({ 'data file': 'slice%03d.raw 1 4 1' })],
  ])('is refused where it %s', async (_, message, content) => {
    const failure = await read('a.nrrd', content).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect((failure as DataError).message).toMatch(/^(a\.nrrd|gone\.raw): /);
    expect((failure as DataError).message).toMatch(message);
  });
});

describe('MetaImage', () => {
  it.each<[string, Uint8Array]>([
    ['raw', meta()],
    ['big-endian', meta({ BinaryDataByteOrderMSB: 'True' }, BIG)],
    ['compressed', meta({ CompressedData: 'True' }, deflateSync(LITTLE))],
    ['at the end of the file', meta({ HeaderSize: '-1' }, SURROUNDED)],
  ])('%s', async (_, content) => {
    expect(await read('a.mha', content)).toEqual(SAME);
  });

  it('with the voxels in a file beside the header', async () => {
    const header = meta({ ElementDataFile: 'voxels.raw' }, new Uint8Array(0));
    expect(await read('f/a.mhd', header, { 'f/voxels.raw': LITTLE })).toEqual(SAME);
    await expect(read('f/a.mhd', header)).rejects.toThrow(
      /^f\/a.mhd: its voxels should be in f\/voxels.raw, which does not exist/,
    );
    await expect(read('f/a.mhd', header, { 'f/voxels.raw': LITTLE.subarray(5) })).rejects.toThrow(
      /^f\/voxels.raw: .*holds only 43/,
    );
  });

  it.each<[string, RegExp, Uint8Array]>([
    ['is truncated', /claims 48 bytes of voxels, but the file holds only 40/, meta({}, LITTLE.subarray(8))],
    [
      'is truncated within zlib',
      /compressed data are truncated or damaged/,
      meta({ CompressedData: 'True' }, deflateSync(LITTLE).subarray(0, 20)),
    ],
    [
      'claims more than zlib can hold',
      /the file cannot hold that many/,
      meta({ DimSize: '30000 30000 30000', CompressedData: 'True' }, deflateSync(LITTLE)),
    ],
    ['has a DimSize of 0', /impossible DimSize "2 0 4"/, meta({ DimSize: '2 0 4' })],
    ['has a spacing of 0', /a voxel size is 0/, meta({ ElementSpacing: '2 0 4' })],
    ['has colors', /3 numbers each/, meta({ ElementNumberOfChannels: '3' })],
    ['is written as text', /written as text/, meta({ BinaryData: 'False' })],
    ['is spread over files', /spread over several files/, meta({ ElementDataFile: 'LIST' })],
    ['has no header', /no MetaImage file/, joined('JUNK\n', LITTLE)],
  ])('is refused where it %s', async (_, message, content) => {
    const failure = await read('a.mha', content).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect((failure as DataError).message).toMatch(/^a\.mha: /);
    expect((failure as DataError).message).toMatch(message);
  });
});
