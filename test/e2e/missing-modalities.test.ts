import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAIR, makeScan } from '../synthetic-scan.ts';
import { rarevox } from './command-line.ts';
import { imagePath, writeBids, writeConfig } from './synthetic-dataset.ts';

let folder = '';
let data = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  data = `${folder}/data`;
  const modalities = [FLAIR, 'T2w'];
  await writeBids(
    data,
    [1, 2, 3].map((seed) => makeScan(seed, { modalities })),
  );
  rmSync(imagePath(data, 'sub-02', 'T2w'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function succeed(...words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, stdout, stderr } = await rarevox(...words);
  expect(status, stderr).toBe(0);
  return { stdout, stderr };
}

describe('a subject without its T2w image', () => {
  it('is refused by a training that needs all, and by check unless it may lack some', async () => {
    writeConfig(`${folder}/plain.json`, { steps: 3 });
    const words = ['train', data, '--out', `${folder}/never`, '--config', `${folder}/plain.json`, '--quiet'];
    const { status, stderr } = await rarevox(...words);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^sub-02: it has no T2w image \(it has FLAIR\); add .*--modality-dropout\.$/m);
    expect((await rarevox('check', data, '--quiet')).stdout).toContain('error [missing-modality] sub-02');
    expect((await succeed('check', data, '--quiet', '--allow-missing')).stdout).toContain('No faults.');
  });

  it('is counted by plan, with a warning', async () => {
    const { stdout, stderr } = await succeed('plan', data, '--out', `${folder}/plan`, '--quiet');
    expect(stdout).toMatch(/\nmodalities +FLAIR \(3 of 3 subjects\), T2w \(2 of 3 subjects\)\n/);
    expect(stderr).toContain('Some subjects lack T2w (sub-02)');
  });

  it('is trained on, held out and predicted with modality dropout, and so is a scan with one image', async () => {
    writeConfig(`${folder}/dropout.json`, { steps: 3, modalityDropout: 0.3, validation: ['03'] });
    const run = `${folder}/run`;
    await succeed('train', data, '--out', run, '--config', `${folder}/dropout.json`, '--quiet', '--threads', '1');
    const image = ['--image', `${FLAIR}=${imagePath(data, 'sub-01', FLAIR)}`];
    await succeed('predict', '--model', run, '--out', `${folder}/one`, ...image, '--quiet');
    const sidecar = JSON.parse(readFileSync(`${folder}/one/sub-01_FLAIR_desc-lesion_mask.json`, 'utf8'));
    expect(sidecar).toMatchObject({ Modalities: [FLAIR], Sources: [imagePath(data, 'sub-01', FLAIR)] });
    const only = ['--modalities', FLAIR, '--subjects', '01', '--views', '4'];
    const { stderr } = await succeed('predict', data, '--model', run, '--out', `${folder}/only`, ...only, '--quiet');
    expect(stderr).toMatch(/^Warning: Of the 4 views asked for, .* was not trained with flip-ij, flip-ik, flip-jk/);
    const beside = JSON.parse(readFileSync(`${folder}/only/sub-01/anat/sub-01_desc-lesion_mask.json`, 'utf8'));
    expect(beside).toMatchObject({ Modalities: [FLAIR], SourcesSHA256: sidecar.SourcesSHA256 });
    const unknown = await rarevox('predict', data, '--model', run, '--out', `${folder}/no`, '--modalities', 'T1w');
    expect([unknown.status, unknown.stderr]).toEqual([2, 'The model takes FLAIR, T2w, and not T1w.\n']);
    const { stdout } = await succeed('predict', data, '--model', run, '--out', `${folder}/all`, '--json', '--quiet');
    expect((JSON.parse(stdout) as { masks: string[] }).masks).toHaveLength(3);

    writeConfig(`${folder}/held.json`, { steps: 3, modalityDropout: 0.3, validation: ['02'] });
    const words = ['train', data, '--out', `${folder}/held`, '--config', `${folder}/held.json`, '--json', '--quiet'];
    expect(JSON.parse((await succeed(...words)).stdout).metric_per_case).toHaveLength(1);
  });
});
