import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { describeFile } from './describe-file.ts';
import { gzip } from './gzip.ts';
import { copyNifti } from './nifti-copy.ts';
import { readImage, readLabels } from './nifti-read.ts';
import { encodeNifti } from './nifti-write.ts';

/** Pairs that NiBabel wrote, and what it read from them: test/reference/volume.py. */
const folder = new URL('../../test/reference/volume/', import.meta.url);
const { pairs } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  pairs: { file: string; version: 1 | 2; affine: number[][]; values: number[] }[];
};

function filesOf(name: string): MemoryFileAccess {
  const files = new MemoryFileAccess();
  for (const end of ['hdr', 'img']) files.set(`${name}.${end}`, readFileSync(new URL(`${name}.${end}`, folder)));
  return files;
}

describe.each(pairs)('$file', ({ file, version, affine, values }) => {
  it('is read by either half, compressed or not, as NiBabel reads it', async () => {
    const plain = filesOf(file);
    const zipped = new MemoryFileAccess();
    for (const [path, content] of plain.files) zipped.set(`${path}.gz`, await gzip(content));
    for (const [files, path] of [
      [plain, `${file}.hdr`],
      [plain, `${file}.img`],
      [zipped, `${file}.hdr.gz`],
      [zipped, `${file}.img.gz`],
    ] as const) {
      const { volume, header } = await readImage(files, path);
      expect(header).toMatchObject({ isPair: true, version });
      expect(volume.data).toEqual(Float32Array.from(values));
      affine.flat().forEach((value, index) => {
        expect(volume.affine[index]).toBeCloseTo(value, 5);
      });
    }
    expect((await describeFile(plain, `${file}.img`)).nifti).toMatchObject({ isPair: true, version });
  });

  it('becomes a single file with the same values, geometry and extensions', async () => {
    const files = filesOf(file);
    const { volume, header } = await readImage(files, `${file}.hdr`);
    files.set('encoded.nii', await encodeNifti(volume, header, { gzip: false, keepDatatype: true }));
    await copyNifti(files, `${file}.hdr`, 'copied.nii');
    expect(files.files.get('copied.nii')).toEqual(files.files.get('encoded.nii'));
    const again = await readImage(files, 'copied.nii');
    expect(again.volume).toEqual(volume);
    expect(again.header).toMatchObject({ isPair: false, datatype: header.datatype, slope: header.slope });
    expect(again.header.voxelOffset % 16).toBe(0);
    expect(new TextDecoder().decode(again.header.bytes)).toContain('kept in a pair');
  });
});

describe('faults of pairs', () => {
  const { file } = pairs[0];
  const faultOf = (files: MemoryFileAccess, path: string) =>
    readLabels(files, path).catch((error: Error) => error.message);

  it('names the half that is missing', async () => {
    const noVoxels = filesOf(file);
    noVoxels.files.delete(`${file}.img`);
    expect(await faultOf(noVoxels, `${file}.hdr`)).toBe(
      `${file}.hdr: this is half of a .hdr/.img pair, and its voxels are missing: put ${file}.img beside it.`,
    );
    const noHeader = filesOf(file);
    noHeader.files.delete(`${file}.hdr`);
    expect(await faultOf(noHeader, `${file}.img`)).toMatch(/its header is missing: put .*\.hdr beside it/);
  });

  it('keeps to the capitals of the name', async () => {
    const files = filesOf(file);
    for (const [path, content] of [...files.files]) files.set(path.toUpperCase(), content);
    const { header } = await readImage(files, `${file.toUpperCase()}.IMG`);
    expect(header.isPair).toBe(true);
  });

  it('refuses Analyze 7.5 and truncated voxels', async () => {
    const analyze = filesOf(file);
    const header = (analyze.files.get(`${file}.hdr`) as Uint8Array).slice();
    header.fill(0, 344, 348);
    analyze.set(`${file}.hdr`, header);
    expect(await faultOf(analyze, `${file}.img`)).toMatch(
      /^.*\.hdr: this is an Analyze 7\.5 file .* convert the original/,
    );
    const cut = filesOf(file);
    cut.set(`${file}.img`, (cut.files.get(`${file}.img`) as Uint8Array).subarray(0, 7));
    expect(await faultOf(cut, `${file}.hdr`)).toMatch(/^.*\.img: its header claims 3x4x2 .* truncated/);
  });
});
