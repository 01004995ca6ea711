import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAIR, makeScan } from '../synthetic-scan.ts';
import { filesBelow, rarevox } from './command-line.ts';
import { imagePath, maskPath, writeBids, writeConfig, writeImage } from './synthetic-dataset.ts';

let folder = '';
let data = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  data = `${folder}/data`;
  const scans = [makeScan(1), makeScan(2), makeScan(3), makeScan(4)];
  await writeBids(data, scans);
  const sites = ['north', 'south', 'north', 'south'].map((site, index) => `sub-0${index + 1}\t${site}\n`);
  writeFileSync(`${data}/participants.tsv`, `participant_id\tsite\n${sites.join('')}`);
  writeConfig(`${folder}/config.json`, { steps: 1 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** The words of a run of one step. */
const train = (run: string, ...words: readonly string[]): readonly string[] => [
  ...['train', data, '--out', `${folder}/${run}`, '--config', `${folder}/config.json`, ...words],
];

describe('rarevox check', () => {
  it('ends with 0 where a dataset is sound, and says what it is', async () => {
    const { status, stdout, stderr } = await rarevox('check', data);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'Made up (bids): 4 subjects, 4 for training; FLAIR, T1w\nNo faults.\n',
    });
    expect(stderr).toMatch(/^Checking scans 4\/4, took /);
  });

  it('prints all faults and ends with 1 where one is an error', async () => {
    const copy = `${folder}/faulty`;
    const scan = makeScan(1);
    await writeBids(copy, [scan, makeScan(2)]);
    const values = (scan.images[FLAIR] as Float32Array).slice();
    values[0] = Number.NaN;
    await writeImage(imagePath(copy, 'sub-01', FLAIR), scan.grid, values);
    rmSync(maskPath(copy, 'sub-02'));
    rmSync(imagePath(copy, 'sub-02', 'T1w'));
    const expected = [
      `error [non-finite] ${imagePath(copy, 'sub-01', FLAIR)}: 1 of its ${values.length} voxels are NaN or infinite; set them to 0 or convert the original again.`,
      'error [missing-modality] sub-02: it has no T1w image (it has FLAIR); add the image, leave the subject out, leave T1w out of --modalities, or train with --modality-dropout.',
    ];
    const plain = await rarevox('check', copy, '--quiet');
    expect(plain).toMatchObject({ status: 1, stderr: `${copy}: 2 errors and 0 warnings.\n` });
    expect(plain.stdout.trimEnd().split('\n').slice(1)).toEqual(expected);

    const { status, stdout } = await rarevox('check', copy, '--quiet', '--json', '--modalities', 'FLAIR');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      dataset: { name: 'Made up', layout: 'bids', subjects: 2, training: 1, modalities: ['FLAIR', 'T1w'] },
      errors: 1,
      warnings: 0,
      faults: [
        {
          code: 'non-finite',
          severity: 'error',
          file: imagePath(copy, 'sub-01', FLAIR),
          subject: 'sub-01',
          explanation: `1 of its ${values.length} voxels are NaN or infinite`,
          advice: 'set them to 0 or convert the original again',
        },
      ],
    });
  });

  it('ends with 0 where there are warnings only', async () => {
    const copy = `${folder}/outside`;
    const scan = makeScan(5);
    const values = (scan.images[FLAIR] as Float32Array).map((value, v) =>
      scan.reference[v] !== 0 && v % 3 === 0 ? 0 : value,
    );
    await writeBids(copy, [{ ...scan, images: { FLAIR: values } }]);
    const { status, stdout } = await rarevox('check', copy, '--quiet');
    expect(stdout).toMatch(
      /^warning \[mask-outside-brain\] .* lesion voxels \(\d\d\.\d %\) lie outside the brain of .*\n0 errors and 1 warning\.\n$/m,
    );
    expect(status).toBe(0);
  });

  it('gives what is no dataset as a fault too, and refuses wrong usage', async () => {
    const { status, stdout } = await rarevox('check', `${folder}/config.json`, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      dataset: null,
      errors: 1,
      faults: [{ code: 'layout', file: `${folder}/config.json` }],
    });
    expect(await rarevox('check', data, '--modalities', 'T3w')).toMatchObject({ status: 2 });
    expect(await rarevox('check', data, '--rater', 'mask2')).toMatchObject({ status: 2 });
  });
});

describe('rarevox train', () => {
  it('holds out a site, and writes the split', async () => {
    const { status, stderr } = await rarevox(...train('site', '--leave-out-site', 'south'));
    expect(status, stderr).toBe(0);
    const split = { train: ['sub-01', 'sub-03'], val: ['sub-02', 'sub-04'] };
    expect(json(`${folder}/site/splits_final.json`)).toEqual([split]);
    expect(json(`${folder}/site/config.json`)).toMatchObject({
      config: { leaveOutSite: 'south' },
      dataset: { training: split.train, validation: split.val },
    });
    expect(filesBelow(`${folder}/site/validation`).filter((path) => path.endsWith('mask.nii.gz'))).toHaveLength(2);
  });

  it("takes the folds of a file, and the dataset's own", async () => {
    const folds = [
      { train: ['sub-04'], val: ['sub-01'] },
      { train: ['sub-02', 'sub-03'], val: ['sub-04'] },
    ];
    writeFileSync(`${folder}/splits.json`, JSON.stringify(folds));
    const given = await rarevox(...train('file', '--fold', '1', '--splits', `${folder}/splits.json`));
    expect(given.status, given.stderr).toBe(0);
    expect(json(`${folder}/file/config.json`)).toMatchObject({
      dataset: { training: ['sub-02', 'sub-03'], validation: ['sub-04'] },
    });
    expect(json(`${folder}/file/splits_final.json`)).toEqual(folds);

    writeFileSync(`${data}/splits_final.json`, JSON.stringify(folds));
    const own = await rarevox(...train('own', '--fold', '0'));
    expect(own.stderr).toContain(`Folds: those of splits_final.json in ${data}\n`);
    expect(json(`${folder}/own/config.json`)).toMatchObject({
      dataset: { training: ['sub-04'], validation: ['sub-01'] },
    });
  });

  it('refuses a site or a rater that is not there', async () => {
    const site = await rarevox(...train('never', '--leave-out-site', 'east', '--quiet'));
    expect(site).toMatchObject({
      status: 2,
      stderr: 'No subject is from the site east; the sites are north, south.\n',
    });
    const rater = await rarevox(...train('never', '--rater', 'mask2', '--quiet'));
    expect(rater).toMatchObject({
      status: 2,
      stderr: 'The dataset Made up has no rater mask2; it has one reference a scan.\n',
    });
  });
});
