import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataError } from '../errors.ts';
import { infoCommand } from './info.ts';

const folder = fileURLToPath(new URL('../../test/reference/volume/', import.meta.url));
let output = '';
let empty = '';

beforeEach(async () => {
  output = '';
  empty = await mkdtemp(join(tmpdir(), 'rarevox-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(empty, { recursive: true });
});

const run = (...parameters: string[]) => infoCommand().parseAsync(parameters, { from: 'user' });

describe('rarevox info', () => {
  it('prints a list with --json', async () => {
    await run('--json', `${folder}scaled-uint8.nii.gz`, `${folder}frames.nii.gz`);
    const [scaled, frames] = JSON.parse(output) as Record<string, unknown>[];
    expect(Object.keys(scaled).slice(0, 11)).toEqual([
      ...['file', 'shape', 'spacing', 'affine', 'orientation', 'datatype', 'slope', 'intercept', 'min', 'max', 'mean'],
    ]);
    expect(scaled).toMatchObject({ shape: [3, 4, 2], datatype: 'uint8', slope: 0.5, intercept: -3.25, min: -3.25 });
    expect(scaled).toMatchObject({ orientation: 'LAS', affine: { length: 4, 3: [0, 0, 0, 1] } });
    expect(frames).toMatchObject({ shape: [3, 4, 2, 3], file: `${folder}frames.nii.gz` });
  });

  it('prints an aligned table otherwise', async () => {
    await run(`${folder}scaled-uint8.nii.gz`);
    const lines = output.trimEnd().split('\n');
    expect(lines.slice(0, 5)).toEqual([
      `file         ${folder}scaled-uint8.nii.gz`,
      'format       NIfTI-1, little-endian',
      'shape        3 x 4 x 2 voxels',
      'spacing      0.9 x 1.1 x 6.4 mm',
      'orientation  LAS',
    ]);
    expect(lines).toContain('slope        0.5');
    expect(lines).toContain('from         sform (code 2, aligned); no qform');
    expect(new Set(lines.slice(5, 9).map((line) => line.length)).size).toBe(1);
  });

  it('shows the placement that counts, and how far the other one is from it', async () => {
    await run(`${folder}both-forms.nii`, `${folder}qform-only.nii`, `${folder}extension.nii.gz`);
    // test/reference/volume.py turns the sform by Euler angles and sets the qform to 2 mm along the axes.
    expect(output).toMatch(
      /^from {9}sform \(code 1, scanner\); CONFLICT: qform \(code 4, MNI\) is turned by 1[0-9.]+ degrees and up to [0-9.]+ mm away$/m,
    );
    expect(output).toContain('from         qform (code 1, scanner); no sform\n');
    expect(output).toMatch(/^format {7}NIfTI-1, little-endian, \d+ bytes of header extensions$/m);
    output = '';
    await run('--json', `${folder}both-forms.nii`);
    const [{ nifti }] = JSON.parse(output) as [{ nifti: Record<string, unknown> }];
    expect(nifti).toMatchObject({ version: 1, isPair: false, sformCode: 1, qformCode: 4, affineSource: 'sform' });
    expect(nifti.formConflict).toMatchObject({ angle: expect.any(Number), shift: expect.any(Number) });
  });

  it('shows what can be read and reports all that cannot', async () => {
    const missing = [`${empty}/a.nii`, `${empty}/b.nii`];
    const error: unknown = await run('--json', missing[0], `${folder}uint8.nii`, missing[1]).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message.split('\n').map((fault) => fault.split(': ')[0])).toEqual(missing);
    expect((JSON.parse(output) as unknown[]).length).toBe(1);
  });
});
