import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileAccess } from '../node/file-access.ts';
import { freeFolder } from './free-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'rarevox-free-')), 'demo');
});

afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true });
});

describe('freeFolder', () => {
  it('takes the folder itself when it does not exist', async () => {
    expect(await freeFolder(nodeFileAccess, folder)).toBe(folder);
  });

  it('takes the folder itself when it is empty', async () => {
    await mkdir(folder);
    expect(await freeFolder(nodeFileAccess, folder)).toBe(folder);
  });

  it('passes by the folders that hold something, hidden files too', async () => {
    await mkdir(folder);
    await writeFile(join(folder, '.hidden'), '');
    await mkdir(`${folder}-2`);
    await writeFile(join(`${folder}-2`, 'notes.txt'), '');
    expect(await freeFolder(nodeFileAccess, folder)).toBe(`${folder}-3`);
  });

  it('refuses a file of that name', async () => {
    await writeFile(folder, '');
    await expect(freeFolder(nodeFileAccess, folder)).rejects.toThrow(folder);
  });
});
