import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import type { Subject } from '../dataset/subject.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import { Random } from '../random.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Affine, Triple } from '../volume/volume.ts';
import { openReading, prepareSubjects, readSubjects } from './prepare-subjects.ts';
import type { TrainingCase } from './training-case.ts';

const labels = [{ value: 1, name: 'lesion' }];
const modalities = ['T1w'];
const plan: PreprocessPlan = { version: 1, modalities, spacing: [1, 1, 1], normalization: 'percentile' };
const subjects: readonly Subject[] = ['sub-1', 'sub-2'].map((id) => ({
  id,
  group: id,
  images: { T1w: `${id}.nii` },
  reference: `${id}_mask.nii`,
  split: 'training',
}));

async function writeScan(files: MemoryFileAccess, id: string, millimeters = 1.5): Promise<void> {
  const shape: Triple = [12, 10, 8];
  const affine: Affine = [millimeters, 0, 0, 0, 0, millimeters, 0, 0, 0, 0, millimeters, 0, 0, 0, 0, 1];
  const random = new Random('scan', id);
  const data = Float32Array.from({ length: 960 }, () => 100 + 10 * random.normal());
  files.set(`${id}.nii`, await encodeNifti({ kind: 'scalar', shape, affine, data }, null, { gzip: false }));
  const mask = Uint8Array.from(data, (value) => (value > 110 ? 1 : 0));
  files.set(`${id}_mask.nii`, await encodeNifti({ kind: 'label', shape, affine, data: mask }, null, { gzip: false }));
}

/** Counts how often each file is read. */
class CountingFiles extends MemoryFileAccess {
  readonly reads = new Map<string, number>();

  override readBytes(path: string): Promise<Uint8Array> {
    this.reads.set(path, (this.reads.get(path) ?? 0) + 1);
    return super.readBytes(path);
  }
}

let files = new CountingFiles();
beforeEach(async () => {
  files = new CountingFiles();
  for (const { id } of subjects) await writeScan(files, id);
});

async function casesOf(cached: boolean, kept = subjects): Promise<{ cases: TrainingCase[]; warnings: string[] }> {
  const warnings: string[] = [];
  const reading = openReading({
    files,
    onWarning: (message) => warnings.push(message),
    cache: cached ? { folder: 'cache', version: '1' } : undefined,
  });
  const read = await readSubjects(subjects, { modalities, labels, kept }, reading);
  const cases = await prepareSubjects(read.slice(0, kept.length), plan, labels, reading);
  return { cases, warnings };
}

const entries = (kind: string): string[] => [...files.files.keys()].filter((path) => path.startsWith(`cache/${kind}-`));

describe('prepareSubjects with a cache', () => {
  it('gives the same cases without a cache, with an empty one, and from it, where the scans are only digested', async () => {
    const { cases: plain } = await casesOf(false);
    expect(entries('')).toEqual([]);
    const { cases: first } = await casesOf(true);
    expect(first).toEqual(plain);
    expect([entries('case').length, entries('fingerprint').length]).toEqual([2, 2]);
    files.reads.clear();
    const { cases: second, warnings } = await casesOf(true);
    expect(second).toEqual(plain);
    expect(files.reads.get('sub-1.nii')).toBe(1);
    expect(files.reads.get('sub-1_mask.nii')).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('prepares a scan anew when its file has changed, and it alone', async () => {
    const { cases: before } = await casesOf(true);
    await writeScan(files, 'sub-2', 1.25);
    const { cases: after } = await casesOf(true);
    expect(after[0]).toEqual(before[0]);
    expect(after[1].shape).not.toEqual(before[1].shape);
    expect(after).toEqual((await casesOf(false)).cases);
    expect(entries('case')).toHaveLength(3);
  });

  it('makes a damaged entry anew, and says so', async () => {
    const { cases: before } = await casesOf(true);
    for (const path of entries('case')) {
      const bytes = files.files.get(path) as Uint8Array;
      files.set(path, bytes.slice(0, bytes.length - 100));
    }
    const { cases: after, warnings } = await casesOf(true);
    expect(after).toEqual(before);
    expect(warnings).toHaveLength(2);
    expect((await casesOf(true)).warnings).toEqual([]);
  });

  it('does not keep a scan that was changed while it was read', async () => {
    let looked = 0;
    const read = files.readBytes.bind(files);
    files.readBytes = async (path) => {
      // The first look is for the digest, the second for the voxels.
      if (path === 'sub-1.nii' && ++looked === 2) await writeScan(files, 'sub-1', 2);
      return read(path);
    };
    const { cases } = await casesOf(true);
    files.readBytes = read;
    expect([entries('case').length, entries('fingerprint').length]).toEqual([1, 1]);
    await writeScan(files, 'sub-1');
    expect((await casesOf(true)).cases[0].shape).not.toEqual(cases[0].shape);
  });

  it('keeps no case of a subject that is held out, yet its fingerprint, and finds its faults', async () => {
    await casesOf(true, subjects.slice(0, 1));
    expect([entries('case').length, entries('fingerprint').length]).toEqual([1, 2]);
    files.set('sub-2_mask.nii', files.files.get('sub-2.nii') as Uint8Array);
    await expect(casesOf(true, subjects.slice(0, 1))).rejects.toThrow('sub-2_mask.nii');
  });
});

describe('readSubjects', () => {
  it('warns once of all whole heads among the scans, from the cache too', async () => {
    for (const { id } of subjects) await writeScan(files, id, 20);
    const heads: string[] = [];
    for (const cache of [undefined, { folder: 'cache', version: '1' }, { folder: 'cache', version: '1' }]) {
      const reading = openReading({ files, cache, onWarning: (message) => heads.push(message) });
      await readSubjects(subjects, { modalities, labels, kept: [] }, reading);
    }
    expect(heads).toHaveLength(3);
    expect(new Set(heads).size).toBe(1);
    expect(heads[0]).toMatch(/^sub-1 \(7680 ml\), sub-2 \(7680 ml\): .*whole heads/);
  });

  it('trusts a brain mask', async () => {
    await writeScan(files, 'sub-1', 20);
    const masked = [{ ...(subjects[0] as Subject), brainMask: 'sub-1_mask.nii' }];
    const heads: string[] = [];
    const reading = openReading({ files, onWarning: (message) => heads.push(message) });
    const [read] = await readSubjects(masked, { modalities, labels, kept: [] }, reading);
    expect(read.fingerprint.brain.from).toBe('mask');
    expect(heads).toEqual([]);
  });
});

describe('subjects that lack modalities', () => {
  const two = ['T1w', 'T2w'];
  const both = { ...(subjects[0] as Subject), images: { T1w: 'sub-1.nii', T2w: 'sub-2.nii' } };
  const lacking = { ...(subjects[1] as Subject), images: { T2w: 'sub-2.nii' } };
  const read = async (missing: 'refused' | 'allowed', cached: boolean, of: readonly Subject[] = [both, lacking]) => {
    const reading = openReading({ files, cache: cached ? { folder: 'cache', version: '1' } : undefined }, missing);
    const found = await readSubjects(of, { modalities: two, labels, kept: of }, reading);
    return prepareSubjects(found, { ...plan, modalities: two }, labels, reading);
  };

  it('have channels of 0 that are marked as absent, with and without a cache', async () => {
    const plain = await read('allowed', false);
    expect(plain.map(({ present }) => present)).toEqual([
      [true, true],
      [false, true],
    ]);
    const size = plain[1].labels.length;
    expect(plain[1].image.subarray(0, size).every((value) => value === 0)).toBe(true);
    expect(await read('allowed', true)).toEqual(plain);
    files.reads.clear();
    expect(await read('allowed', true)).toEqual(plain);
    expect(entries('case')).toHaveLength(2);
  });

  it('are refused where none may be missing, also when the cache knows them', async () => {
    await read('allowed', true);
    await expect(read('refused', true)).rejects.toThrow(/^sub-2: it has no T1w image \(it has T2w\)/);
  });

  it('are refused where all of them lack the same', async () => {
    await expect(read('allowed', false, [lacking])).rejects.toThrow(/^No subject to train on has a T1w image/);
  });
});
