import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import type { Subject } from '../dataset/subject.ts';
import { contentOf } from './subject-content.ts';

const labels = [{ value: 1, name: 'lesion' }];
const subject: Subject = {
  id: 'sub-01',
  group: 'sub-01',
  images: { FLAIR: 'a/flair.nii.gz', T1w: 'a/t1.nii.gz' },
  reference: 'a/mask.nii.gz',
  split: 'training',
};
const filesIn = (folder: string): MemoryFileAccess =>
  new MemoryFileAccess()
    .set(`${folder}/flair.nii.gz`, 'flair')
    .set(`${folder}/t1.nii.gz`, 't1')
    .set(`${folder}/mask.nii.gz`, 'mask');
const both = ['FLAIR', 'T1w'];

describe('contentOf', () => {
  it('is the same for the same bytes under other names', async () => {
    const renamed: Subject = {
      id: 'sub-99',
      group: 'patient-7',
      site: 'b',
      images: { FLAIR: 'b/flair.nii.gz', T1w: 'b/t1.nii.gz', T2w: 'b/t2.nii.gz' },
      reference: 'b/mask.nii.gz',
      split: 'test',
    };
    const content = await contentOf(filesIn('a'), subject, both, labels);
    expect(content).toMatch(/sha256:[0-9a-f]{64}/);
    expect(await contentOf(filesIn('b'), renamed, both, [{ value: 1, name: 'other' }])).toBe(content);
  });

  it.each<[string, (files: MemoryFileAccess) => Promise<string | null>]>([
    ['an image', (files) => contentOf(files.set('a/t1.nii.gz', 't1 again'), subject, both, labels)],
    ['the reference', (files) => contentOf(files.set('a/mask.nii.gz', 'masks'), subject, both, labels)],
    ['the order of the modalities', (files) => contentOf(files, subject, ['T1w', 'FLAIR'], labels)],
    ['the modalities', (files) => contentOf(files, subject, ['FLAIR'], labels)],
    ['the labels', (files) => contentOf(files, subject, both, [{ value: 2, name: 'lesion' }])],
    ['the frame', (files) => contentOf(files, { ...subject, frames: { T1w: 1 } }, both, labels)],
    ['a brain mask', (files) => contentOf(files, { ...subject, brainMask: 'a/mask.nii.gz' }, both, labels)],
    [
      'images that change places',
      (files) =>
        contentOf(files, { ...subject, images: { FLAIR: 'a/t1.nii.gz', T1w: 'a/flair.nii.gz' } }, both, labels),
    ],
    [
      'an entry that no one knows yet',
      (files) => contentOf(files, { ...subject, raters: ['a/mask.nii.gz'] } as Subject, both, labels),
    ],
  ])('changes with %s', async (_, changed) => {
    const content = await contentOf(filesIn('a'), subject, both, labels);
    const other = await changed(filesIn('a'));
    expect(other).not.toBeNull();
    expect(other).not.toBe(content);
  });

  it('follows a folder to all files in it, and a pair to both', async () => {
    const dicom = { ...subject, images: { FLAIR: 'series', T1w: 'a/t1.hdr' } };
    const files = (): MemoryFileAccess =>
      filesIn('a')
        .set('series/1.dcm', 'one')
        .set('series/more/2.dcm', 'two')
        .set('a/t1.hdr', 'header')
        .set('a/t1.img', 'values');
    const content = await contentOf(files(), dicom, both, labels);
    expect(content).not.toBeNull();
    expect(await contentOf(files(), dicom, both, labels)).toBe(content);
    for (const path of ['series/1.dcm', 'series/more/2.dcm', 'a/t1.hdr', 'a/t1.img', 'series/more/3.dcm']) {
      expect(await contentOf(files().set(path, 'changed'), dicom, both, labels), path).not.toBe(content);
    }
  });

  it('has a missing file by its name, and is unknown for a header that may name another file', async () => {
    expect(
      await contentOf(filesIn('b'), { ...subject, images: { FLAIR: 'a/none.hdr' } }, ['FLAIR'], labels),
    ).not.toBeNull();
    const detached = { ...subject, images: { FLAIR: 'a/flair.mhd' } };
    expect(await contentOf(filesIn('a').set('a/flair.mhd', 'x'), detached, ['FLAIR'], labels)).toBeNull();
  });
});
