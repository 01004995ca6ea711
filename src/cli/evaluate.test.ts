import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureOutput } from '../../test/captured-output.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { Triple } from '../volume/volume.ts';
import { evaluateCommand } from './evaluate.ts';
import { runProgram } from './run-program.ts';

const SHAPE: Triple = [4, 3, 2];
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];

let folder: string;
const output = captureOutput();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rarevox-evaluate-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function writeMap(path: string, voxels: readonly number[]): Promise<void> {
  const data = new Uint8Array(24);
  for (const voxel of voxels) data[voxel] = 1;
  const bytes = await encodeNifti({ kind: 'label', shape: SHAPE, affine: AFFINE, data }, null, { gzip: true });
  await nodeFileAccess.write(join(folder, path), bytes);
}

async function writeScan(path: string): Promise<void> {
  const data = Float32Array.from({ length: 24 }, (_, v) => v + 1);
  const bytes = await encodeNifti({ kind: 'scalar', shape: SHAPE, affine: AFFINE, data }, null, { gzip: true });
  await nodeFileAccess.write(join(folder, path), bytes);
}

async function writeBids(): Promise<void> {
  await nodeFileAccess.write(join(folder, 'data/dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.9.0"}');
  for (const subject of ['sub-01', 'sub-02']) {
    await writeScan(`data/${subject}/anat/${subject}_FLAIR.nii.gz`);
    await writeMap(`data/derivatives/manual/${subject}/anat/${subject}_label-lesion_mask.nii.gz`, [1, 2]);
  }
}

function run(...words: string[]): Promise<number> {
  const program = new Command('rarevox').addCommand(evaluateCommand());
  const paths = words.map((word) => (/^@/.test(word) ? join(folder, word.slice(1)) : word));
  return runProgram(program, ['evaluate', ...paths], { error: process.stderr, debug: true });
}

describe('rarevox evaluate', () => {
  it('prints a table for two files', async () => {
    await writeMap('p.nii.gz', [1, 2, 3]);
    await writeMap('r.nii.gz', [1]);
    expect(await run('@p.nii.gz', '@r.nii.gz')).toBe(0);
    expect(output.printed).toMatch(/^case +Dice/);
    expect(output.printed).toMatch(/\nr +0\.500 +0\.333 +1\.000 +0\.333 /);
  });

  it('writes the summary, the table and a report with pictures of a dataset, and prints the same summary', async () => {
    await writeBids();
    await writeMap('p/sub-01/anat/sub-01_desc-lesion_mask.nii.gz', [1]);
    await writeMap('p/sub-02/anat/sub-02_desc-lesion_mask.nii.gz', []);
    expect(await run('@p', '@data', '--out', '@out', '--json', '--quiet')).toBe(0);
    expect(output.warned).toBe('');
    const summary = JSON.parse(output.printed);
    expect(summary).toMatchObject({
      metric_per_case: [{ metrics: { '1': { Dice: 2 / 3 } } }, { metrics: { '1': { Dice: 0, PPV: 0 } } }],
      n_missed: { '1': 1 },
      missing_predictions: [],
      extra_predictions: [],
    });
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['cases.csv', 'report.html', 'summary.json']);
    expect(await readFile(join(folder, 'out/summary.json'), 'utf8')).toBe(output.printed);
    expect(await readFile(join(folder, 'out/cases.csv'), 'utf8')).toMatch(/\nsub-02,1,/);
    const report = await readFile(join(folder, 'out/report.html'), 'utf8');
    expect(report.match(/data:image\/png/g)?.length).toBeGreaterThanOrEqual(6);
  });

  it('fails without a prediction for every reference, and lists them when that is allowed, even when quiet', async () => {
    await writeBids();
    await writeMap('p/sub-01_desc-lesion_mask.nii.gz', [1]);
    await writeMap('p/sub-77_desc-lesion_mask.nii.gz', [1]);
    expect(await run('@p', '@data')).toBe(1);
    expect(output.warned).toContain('have no prediction');
    expect(output.warned).toContain('sub-02');
    output.warned = '';
    expect(await run('@p', '@data', '--allow-missing', '--quiet')).toBe(0);
    expect(output.warned).toContain('Not scored, no prediction: sub-02 (1 of 2 references).');
    expect(output.warned).toContain('Not scored, no reference: sub-77.');
  });

  it('takes the connectivity and the empty policy', async () => {
    await writeMap('p.nii.gz', []);
    await writeMap('r.nii.gz', []);
    expect(await run('@p.nii.gz', '@r.nii.gz', '--json', '--empty', 'one')).toBe(0);
    expect(JSON.parse(output.printed).mean['1'].Dice).toBe(1);
    output.printed = '';
    // (0,0,0) and (1,1,1) meet by a corner.
    await writeMap('c.nii.gz', [0, 17]);
    expect(await run('@c.nii.gz', '@c.nii.gz', '--json', '--connectivity', '26')).toBe(0);
    expect(JSON.parse(output.printed).mean['1'].lesions_ref).toBe(1);
  });

  it('refuses wrong options with status 2', async () => {
    for (const words of [
      ['--connectivity', '8'],
      ['--empty', 'nan'],
      ['--labels', '1,x'],
      ['--conectivity', '6'],
    ]) {
      expect(await run('@p.nii.gz', '@r.nii.gz', ...words)).toBe(2);
    }
    expect(output.warned).toContain('Did you mean --connectivity?');
  });

  it('names a file or folder that is not there', async () => {
    await writeMap('r.nii.gz', [1]);
    expect(await run('@p.nii.gz', '@r.nii.gz')).toBe(1);
    expect(output.warned).toContain('p.nii.gz');
    expect(await run('@nowhere', '@r.nii.gz')).toBe(1);
    expect(output.warned).toContain('nowhere');
  });

  it('draws outlines alone, with a word, where a scan is on another grid', async () => {
    await writeMap('p.nii.gz', [1]);
    await writeMap('r.nii.gz', [1]);
    const data = new Float32Array(8).fill(1);
    const small = { kind: 'scalar', shape: [2, 2, 2], affine: AFFINE, data } as const;
    await nodeFileAccess.write(join(folder, 'scan.nii'), await encodeNifti(small, null, { gzip: false }));
    expect(await run('@p.nii.gz', '@r.nii.gz', '--image', '@scan.nii', '--out', '@out')).toBe(0);
    expect(output.warned).toContain('scan.nii is not on the grid of');
    expect(await readFile(join(folder, 'out/report.html'), 'utf8')).not.toContain('data:image/png');
  });

  it('scores probabilities within the brain of the dataset, and writes curves', async () => {
    await writeBids();
    for (const subject of ['sub-01', 'sub-02']) {
      await writeMap(`p/${subject}/anat/${subject}_desc-lesion_mask.nii.gz`, [1]);
      const data = Float32Array.from({ length: 24 }, (_, v) => (v === 1 ? 0.75 : v === 2 ? 0.25 : v === 3 ? 0.5 : 0));
      const bytes = await encodeNifti({ kind: 'scalar', shape: SHAPE, affine: AFFINE, data }, null, { gzip: true });
      await nodeFileAccess.write(join(folder, `p/${subject}/anat/${subject}_label-lesion_probseg.nii.gz`), bytes);
    }
    expect(await run('@p', '@data', '--probabilities', '@p', '--out', '@out', '--json', '--quiet')).toBe(0);
    const summary = JSON.parse(output.printed);
    expect(summary.mean['1'].APR).toBeCloseTo(5 / 6, 12);
    // The scans have no voxel of 0: all 24 voxels of both are brain.
    expect(summary.calibration['1'].brain.n).toBe(48);
    const curves = JSON.parse(await readFile(join(folder, 'out/curves.json'), 'utf8'));
    expect(curves).toHaveLength(2);
    expect(curves[0]).toMatchObject({
      subject: 'sub-01',
      positives: 2,
      negatives: 22,
      threshold: [0.75, expect.closeTo(0.25, 6), 0.25],
    });
    expect(curves[0].precision).toEqual([1, 0.5, 2 / 3]);
    expect(curves[0].recall).toEqual([0.5, 0.5, 1]);
  });

  it('scores against both raters of an ISBI dataset', async () => {
    for (const scan of ['training01_01', 'training02_01']) {
      const patient = scan.slice(0, 10);
      await writeScan(`isbi/${patient}/preprocessed/${scan}_flair_pp.nii.gz`);
      const voxels = scan === 'training01_01' ? [1, 2] : [1, 2, 3];
      await writeMap(`isbi/${patient}/masks/${scan}_mask1.nii.gz`, voxels);
      await writeMap(`isbi/${patient}/masks/${scan}_mask2.nii.gz`, voxels.slice(1));
      await writeMap(`p/${scan}_desc-lesion_mask.nii.gz`, voxels);
    }
    expect(await run('@p', '@isbi', '--isbi', '--json', '--quiet')).toBe(0);
    const { isbi } = JSON.parse(output.printed);
    expect(isbi.raters.mask1.score).toBeCloseTo(1, 12);
    expect(isbi.raters.mask2.PPV).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    expect(isbi.scaled_score).toBeLessThan(100);
    await writeMap('r.nii.gz', [1]);
    expect(await run('@r.nii.gz', '@r.nii.gz', '--isbi')).toBe(2);
    expect(output.warned).toContain('--isbi goes with a dataset');
  });
});
