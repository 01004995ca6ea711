import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataError } from '../errors.ts';
import { nodeFileAccess as files } from './file-access.ts';

/** Set by a test: what the disk does after half of a file was written, and whether the process dies before it tidies up. */
const disk = vi.hoisted(() => ({ fault: null as Error | null, keep: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...parameters) => {
    const file = await real.open(...parameters);
    const writeWhole = file.writeFile.bind(file);
    file.writeFile = async (content, ...rest) => {
      if (disk.fault === null) return writeWhole(content, ...rest);
      await writeWhole((content as Uint8Array).subarray(0, 2), ...rest);
      throw disk.fault;
    };
    return file;
  };
  const rm: typeof real.rm = async (...parameters) => {
    if (!disk.keep) await real.rm(...parameters);
    disk.keep = false;
  };
  return { ...real, open, rm };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-'));
});
afterEach(async () => {
  disk.fault = null;
  disk.keep = false;
  await rm(folder, { recursive: true });
});

describe('writing', () => {
  it('makes folders, replaces whole files and leaves nothing else', async () => {
    const path = `${folder}/a/b/file.bin`;
    await files.write(path, 'first, and longer');
    await files.write(path, Uint8Array.of(1, 2, 3));
    expect([...(await files.readBytes(path))]).toEqual([1, 2, 3]);
    expect(await readdir(`${folder}/a/b`)).toEqual(['file.bin']);
  });

  it.each([
    ['ENOSPC', /^(.*)scan\.nii\.gz: cannot be written: the disk is full; make room/],
    ['EDQUOT', /quota/],
  ])('keeps the old file and no half one when the disk refuses (%s)', async (code, message) => {
    const path = `${folder}/scan.nii.gz`;
    await files.write(path, 'old');
    disk.fault = Object.assign(new Error('no'), { code });
    const error: unknown = await files.write(path, Uint8Array.of(1, 2, 3, 4)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect(await readdir(folder)).toEqual(['scan.nii.gz']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('names the file when a part of its path is a file', async () => {
    await writeFile(`${folder}/plain`, '');
    await expect(files.write(`${folder}/plain/x.nii`, '')).rejects.toThrow(
      /plain\/x\.nii: cannot be written: a part of its path is a file/,
    );
    await expect(files.write(`${folder}/plain/x.nii`, '')).rejects.toBeInstanceOf(DataError);
  });
});

describe('deleting', () => {
  it('removes a file, and does not mind when there is none', async () => {
    await files.write(`${folder}/a`, '');
    await files.remove(`${folder}/a`);
    await files.remove(`${folder}/a`);
    expect(await readdir(folder)).toEqual([]);
    await expect(files.remove(folder)).rejects.toThrow(`${folder}: cannot be deleted: `);
  });

  it('clears away what a kill left of a write, and nothing else', async () => {
    const kept = ['.hidden', '.notes.tmp', 'a.tmp', 'log.jsonl'];
    for (const name of kept) await writeFile(`${folder}/${name}`, '');
    // What `write` itself leaves when it is cut short: the file that it renames at the end.
    disk.fault = Object.assign(new Error('no'), { code: 'ENOSPC' });
    disk.keep = true;
    await files.write(`${folder}/log.jsonl`, Uint8Array.of(1, 2, 3, 4)).catch(() => undefined);
    expect(await readdir(folder)).toHaveLength(kept.length + 1);
    await files.removeUnfinished(folder);
    expect((await readdir(folder)).sort()).toEqual(kept);
  });
});

describe('reading', () => {
  it('lists entries by name and follows links to folders', async () => {
    await files.write(`${folder}/b/inside`, '');
    await files.write(`${folder}/a.txt`, 'text');
    await symlink(`${folder}/b`, `${folder}/c`);
    await symlink(`${folder}/nowhere`, `${folder}/d`);
    expect(await files.list(folder)).toEqual([
      { name: 'a.txt', isFolder: false },
      { name: 'b', isFolder: true },
      { name: 'c', isFolder: true },
      { name: 'd', isFolder: false },
    ]);
    expect(await files.readText(`${folder}/a.txt`)).toBe('text');
  });

  it('says what exists', async () => {
    await writeFile(`${folder}/a`, '');
    expect(await files.exists(`${folder}/a`)).toBe(true);
    expect(await files.exists(folder)).toBe(true);
    expect(await files.exists(`${folder}/b`)).toBe(false);
    expect(await files.exists(`${folder}/a/b`)).toBe(false);
  });

  it('names what is missing or no file', async () => {
    const missing = `${folder}/missing.nii`;
    for (const read of [files.readBytes, files.readText, files.list]) {
      await expect(read(missing)).rejects.toThrow(`${missing}: cannot be read: it does not exist; check the path.`);
      await expect(read(missing)).rejects.toBeInstanceOf(DataError);
    }
    await expect(files.readBytes(folder)).rejects.toThrow(/it is a folder; give a file/);
  });
});
