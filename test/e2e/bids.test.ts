import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCsv } from '../../src/csv.ts';
import { encodeModel } from '../../src/model/model-file.ts';
import { nodeFileAccess as files } from '../../src/node/file-access.ts';
import { Random } from '../../src/random.ts';
import { voxelVolumeOf } from '../../src/volume/affine.ts';
import { readLabels } from '../../src/volume/nifti-read.ts';
import { makeModel } from '../model.ts';
import { makeScan } from '../synthetic-scan.ts';
import { filesBelow, rarevox } from './command-line.ts';
import { writeBids } from './synthetic-dataset.ts';

let folder = '';
let data = '';
let out = '';
let model = '';
beforeAll(async () => {
  folder = mkdtempSync(`${tmpdir()}/rarevox-`);
  [data, out, model] = [`${folder}/data`, `${folder}/out`, `${folder}/model.onnx`];
  await writeBids(data, [makeScan(1), makeScan(2), makeScan(3)]);
  const { description, parameters } = makeModel(1);
  const drawn = [...parameters].map(([parameter, values]) => {
    const random = new Random('bids', parameter);
    return [parameter, values.map(() => 0.5 * random.normal())] as const;
  });
  writeFileSync(model, encodeModel({ description, parameters: new Map(drawn) }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const participant = (...words: readonly string[]) =>
  rarevox('bids', data, `${out}/`, 'participant', '--model', model, '--threads', '1', '--quiet', ...words);

describe('rarevox bids', { timeout: 180_000 }, () => {
  it('predicts the participants that are named, as predict does, and sums up all that are there', async () => {
    const [first, third] = ['sub-01', 'sub-03'].map((id) => `${out}/${id}/anat/${id}_desc-lesion_mask.nii.gz`);
    expect(await participant('--participant-label', '01', 'sub-03')).toMatchObject({
      status: 0,
      stdout: `${first}\n${third}\n`,
    });
    await rarevox('predict', data, '--model', model, '--threads', '1', '--quiet', '--out', `${folder}/predicted`);
    for (const file of filesBelow(out).filter((name) => name.startsWith('sub-'))) {
      expect(readFileSync(`${out}/${file}`), file).toEqual(readFileSync(`${folder}/predicted/${file}`));
    }

    const some = await rarevox('bids', data, out, 'group');
    expect(some).toMatchObject({
      status: 1,
      stdout: `${out}/cohort.csv\n`,
      stderr:
        'Not predicted, and not in the table: sub-02; predict them with `rarevox bids BIDS_DIR OUTPUT_DIR participant`.\n',
    });
    expect(await participant('--participant_label', '02')).toMatchObject({ status: 0 });
    expect(await rarevox('bids', data, out, 'group')).toMatchObject({ status: 0, stderr: '' });
    const [header, ...rows] = decodeCsv(readFileSync(`${out}/cohort.csv`, 'utf8'));
    expect(header).toEqual(['subject', 'label', 'name', 'lesions', 'volume_mm3', 'largest_mm3', 'mask']);
    expect(rows.map(([id]) => id)).toEqual(['sub-01', 'sub-02', 'sub-03']);
    const all = decodeCsv(readFileSync(`${out}/lesions.csv`, 'utf8'));
    for (const [id, label, , lesions, volume, , mask] of rows) {
      expect(label).toBe('1');
      expect(Number(lesions)).toBe(all.filter(([subject]) => subject === id).length);
      // The volume is that of the mask's voxels.
      const { volume: labels } = await readLabels(files, `${out}/${mask}`);
      const voxels = labels.data.filter((value) => value === 1).length;
      expect(Number(volume)).toBeCloseTo(voxels * voxelVolumeOf(labels.affine), 2);
    }
    expect(JSON.parse(readFileSync(`${out}/dataset_description.json`, 'utf8'))).toMatchObject({
      DatasetType: 'derivative',
      GeneratedBy: [{ Name: 'rarevox' }],
    });
  });

  it('says what is wrong', async () => {
    const none = await participant('--participant-label', '01', '07', '08');
    expect(none).toMatchObject({ status: 2, stderr: `${data} has no scans of sub-07, sub-08.\n` });
    expect(await rarevox('bids', data, `${folder}/nothing`, 'group')).toMatchObject({
      status: 1,
      stderr: `${folder}/nothing has no prediction of any participant: predict them with \`rarevox bids BIDS_DIR OUTPUT_DIR participant\`.\n`,
    });
    const level = await rarevox('bids', data, out, 'session');
    expect(level.status).toBe(2);
    expect(level.stderr).toContain('Allowed choices are participant, group.');
    mkdirSync(`${folder}/table`);
    writeFileSync(`${folder}/table/scans.csv`, `id,FLAIR\na,${data}/sub-01/anat/sub-01_FLAIR.nii.gz\n`);
    const other = await rarevox('bids', `${folder}/table/scans.csv`, out, 'participant', '--model', model);
    expect(other).toMatchObject({ status: 2 });
    expect(other.stderr).toMatch(/is no BIDS dataset: `rarevox predict` takes other layouts\.\n$/);
  });
});
