import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shareFiles } from './shared-files.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  mkdirSync(join(folder, 'series', 'b'), { recursive: true });
  mkdirSync(join(folder, 'series', '.git'));
  mkdirSync(join(folder, 'empty'));
  for (const [name, text] of [
    ['flair 1.nii.gz', 'abc'],
    ['private.nii.gz', 'x'],
    ['series/b/IM2', '22'],
    ['series/IM1', '1'],
    ['series/.hidden', '1'],
    ['series/.git/config', '1'],
  ]) {
    writeFileSync(join(folder, name as string), text as string);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

it('lists files, and those of folders, and gives these alone', async () => {
  const find = await shareFiles([`${folder}/flair 1.nii.gz`, `${folder}/series/`]);
  const files = [
    { path: 'flair 1.nii.gz', url: '0/flair%201.nii.gz', size: 3 },
    { path: 'series/IM1', url: '1/IM1', size: 1 },
    { path: 'series/b/IM2', url: '2/IM2', size: 2 },
  ];
  expect(await find('/files.json')).toEqual({
    type: 'application/json; charset=utf-8',
    body: { text: `${JSON.stringify({ version: 1, files }, null, 2)}\n` },
  });
  expect(await find('/0/flair 1.nii.gz')).toEqual({
    type: 'application/gzip',
    body: { file: join(folder, 'flair 1.nii.gz') },
  });
  expect(await find('/2/IM2')).toEqual({
    type: 'application/octet-stream',
    body: { file: join(folder, 'series', 'b', 'IM2') },
  });
  for (const path of ['/0/private.nii.gz', '/0/../private.nii.gz', '/3/IM2', '/series/IM1', '/1/.hidden', '/']) {
    expect(await find(path), path).toBeNull();
  }
});

it('says of every path why it cannot be shared', async () => {
  await expect(
    shareFiles([`${folder}/none.nii`, `${folder}/flair 1.nii.gz`, `${folder}/empty`, '/dev/null']),
  ).rejects.toMatchObject({
    name: 'DataError',
    message:
      `${folder}/none.nii: there is no such file or folder; check the path.\n` +
      `${folder}/empty: holds no files; give a scan, or the folder of one.\n` +
      '/dev/null: is neither a file nor a folder; give a scan.',
  });
});
