import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../errors.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { describeFile } from '../volume/describe-file.ts';
import { convertCommand } from './convert.ts';

const reference = new URL('../../test/reference/', import.meta.url).pathname;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...parameters: string[]) => convertCommand().parseAsync(parameters, { from: 'user' });

describe('rarevox convert', () => {
  it('writes a DICOM folder as NIfTI, on the same grid', async () => {
    const series = `${reference}formats/ct_series`;
    await run(series, `${folder}/new/ct.nii.gz`);
    const [from, to] = [
      await describeFile(nodeFileAccess, series),
      await describeFile(nodeFileAccess, `${folder}/new/ct.nii.gz`),
    ];
    expect(to).toMatchObject({
      format: 'NIfTI',
      shape: [88, 128, 4],
      datatype: 'int16',
      min: from.min,
      max: from.max,
      mean: from.mean,
    });
    expect(to.affine.flat().map((value) => Math.round(1e4 * value))).toEqual(
      from.affine.flat().map((value) => Math.round(1e4 * value)),
    );
  });

  it('replaces a file only with --force', async () => {
    const to = `${folder}/a.nrrd`;
    await run(`${reference}volume/uint8.nii`, to);
    await expect(run(`${reference}volume/int16.nii`, to)).rejects.toThrow(/a.nrrd: it exists already; .*--force/);
    expect((await describeFile(nodeFileAccess, to)).datatype).toBe('uint8');
    await run(`${reference}volume/int16.nii`, to, '--force');
    expect((await describeFile(nodeFileAccess, to)).datatype).toBe('int16');
    // Onto itself, in another datatype's place: the input is whole until the output is.
    await run(to, to, '--force');
    expect((await describeFile(nodeFileAccess, to)).datatype).toBe('int16');
  });

  it('takes one volume of several', async () => {
    await run(`${reference}volume/frames.nii.gz`, `${folder}/one.mha`, '--frame', '2');
    expect((await describeFile(nodeFileAccess, `${folder}/one.mha`)).shape).toEqual([3, 4, 2]);
    const none = run(`${reference}volume/frames.nii.gz`, `${folder}/none.mha`, '--frame', '3');
    await expect(none).rejects.toThrow(DataError);
  });

  it('leaves nothing behind where the input is at fault, and says which outputs it can write', async () => {
    await expect(run(`${folder}/missing.nrrd`, `${folder}/a.nii`)).rejects.toThrow(
      /missing.nrrd: cannot be read: it does not exist/,
    );
    await expect(run(`${reference}volume/uint8.nii`, `${folder}/a.png`)).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual([]);
  });
});
