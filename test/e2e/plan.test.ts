import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeScan, PIL, RAS } from '../synthetic-scan.ts';
import { filesBelow, rarevox, start } from './command-line.ts';
import { imagePath, writeBids, writeConfig } from './synthetic-dataset.ts';

let folder = '';
let data = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  data = `${folder}/data`;
  await writeBids(data, [makeScan(1), makeScan(2, { affine: PIL, shape: [12, 14, 11] }), makeScan(3)]);
  writeConfig(`${folder}/options.json`, { steps: 2 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trainWords = (out: string, ...more: string[]): string[] => {
  const words = ['train', data, '--out', `${folder}/${out}`, '--config', `${folder}/options.json`, '--threads', '1'];
  return [...words, ...more];
};
const jsonOf = (path: string): unknown => JSON.parse(readFileSync(`${folder}/${path}`, 'utf8'));
const modelOf = (out: string): Buffer => readFileSync(`${folder}/${out}/model.onnx`);

async function succeed(...words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, stdout, stderr } = await rarevox(...words);
  expect(status, stderr).toBe(0);
  return { stdout, stderr };
}

describe('rarevox plan', () => {
  it('writes a plan and a fingerprint, those that a training on all subjects makes, and prints them', async () => {
    const { stdout } = await succeed('plan', data, '--out', `${folder}/plan`, '--quiet');
    expect(stdout).toMatch(/^subject +axes +voxels +mm +brain ml +lesion ml\n/);
    expect(stdout).toMatch(/\nsub-02 +PIL +11 x 12 x 14 +2 x 1 x 1.25 /);
    expect(stdout).toMatch(/\nspacing +1 x 1 x 1 mm\n/);
    expect(filesBelow(`${folder}/plan`)).toEqual(['fingerprint.json', 'plan.json']);
    await succeed(...trainWords('own'));
    expect(jsonOf('plan/plan.json')).toEqual((jsonOf('own/config.json') as { preprocess: unknown }).preprocess);
    expect(readFileSync(`${folder}/plan/fingerprint.json`)).toEqual(readFileSync(`${folder}/own/fingerprint.json`));
    const printed = JSON.parse((await succeed('plan', data, '--out', `${folder}/again`, '--quiet', '--json')).stdout);
    expect(printed).toEqual({ plan: jsonOf('plan/plan.json'), fingerprint: jsonOf('plan/fingerprint.json') });
  });

  it('is what training and prediction use once it is edited', async () => {
    const normalization = { FLAIR: 'percentile', T1w: 'mean' };
    const edited = { version: 1, modalities: ['T1w', 'FLAIR'], spacing: [1.5, 1.25, 2], normalization };
    writeFileSync(`${folder}/edited.json`, JSON.stringify(edited));
    await succeed(...trainWords('edited', '--plan', `${folder}/edited.json`));
    expect(jsonOf('edited/config.json')).toMatchObject({ preprocess: edited, config: { intensity: normalization } });
    expect(modelOf('edited').includes(JSON.stringify(edited).slice(1, -1))).toBe(true);
    const out = `${folder}/predicted`;
    await succeed('predict', data, '--model', `${folder}/edited`, '--out', out, '--subjects', 'sub-01');
    expect(filesBelow(out)).toContain('sub-01/anat/sub-01_desc-lesion_mask.nii.gz');
    await succeed('train', data, '--out', `${folder}/edited`, '--resume', '--quiet');
  });

  it('is refused with every wrong entry named, twice decided, or in place of one that was edited', async () => {
    const expectFault = async (status: number, message: string | RegExp, ...words: string[]): Promise<void> => {
      const ended = await rarevox(...words);
      expect(ended.stderr).toMatch(message);
      expect(ended.status).toBe(status);
    };
    writeFileSync(
      `${folder}/wrong.json`,
      '{"version": 1, "modalities": ["FLAIR"], "spacing": [1, 1], "normalisation": "mean"}',
    );
    await expectFault(
      1,
      /spacing: give the mm.*\n(.*\n)*.*did you mean normalization\?/,
      ...trainWords('x', '--plan', `${folder}/wrong.json`),
    );
    await expectFault(
      2,
      /--plan decides spacing too/,
      ...trainWords('x', '--plan', `${folder}/edited.json`, '--spacing', 'own'),
    );
    await expectFault(
      2,
      /--plan/,
      'train',
      data,
      '--out',
      `${folder}/edited`,
      '--resume',
      '--plan',
      `${folder}/edited.json`,
    );
    writeFileSync(
      `${folder}/other.json`,
      '{"version": 1, "modalities": ["CT"], "spacing": null, "normalization": "mean"}',
    );
    await expectFault(2, /no modality CT/, ...trainWords('x', '--plan', `${folder}/other.json`));
    await expectFault(1, /none.json/, ...trainWords('x', '--plan', `${folder}/none.json`));
    await expectFault(2, /plan.json is there already/, 'plan', data, '--out', `${folder}/plan`);
    expect(filesBelow(`${folder}/x`)).toEqual([]);
  });
});

describe('rarevox train --cache', () => {
  it('makes the same model without a cache, filling one, and from it', async () => {
    const cache = ['--cache', `${folder}/cache`];
    await succeed(...trainWords('plain'));
    await succeed(...trainWords('filling', ...cache));
    const entries = readdirSync(`${folder}/cache`);
    expect(entries.map((name) => name.replace(/-[0-9a-f]{64}/, '')).sort()).toEqual([
      ...new Array(3).fill('case.safetensors'),
      ...new Array(3).fill('fingerprint.json'),
    ]);
    const { stderr } = await succeed(...trainWords('filled', ...cache));
    expect(stderr).not.toContain('Warning');
    expect(modelOf('filling')).toEqual(modelOf('plain'));
    expect(modelOf('filled')).toEqual(modelOf('plain'));
    expect(readFileSync(`${folder}/filled/fingerprint.json`)).toEqual(readFileSync(`${folder}/plain/fingerprint.json`));
    expect(readdirSync(`${folder}/cache`)).toEqual(entries);
  });

  it('goes on after a damaged entry, and repairs it', async () => {
    const cache = `${folder}/cache`;
    for (const name of readdirSync(cache)) {
      const whole = readFileSync(`${cache}/${name}`);
      writeFileSync(`${cache}/${name}`, whole.subarray(0, whole.length / 2));
    }
    const { stderr } = await succeed(...trainWords('repaired', '--cache', cache, '--quiet'));
    expect(stderr.match(/Warning: .*: this entry of the cache is damaged; it is made anew\./g)).toHaveLength(6);
    expect(modelOf('repaired')).toEqual(modelOf('plain'));
    expect((await succeed(...trainWords('after', '--cache', cache))).stderr).not.toContain('Warning');
  });

  it('serves several processes that fill it at the same time', async () => {
    const cache = `${folder}/shared`;
    const outs = ['a', 'b', 'c'];
    const words = (out: string): string[] => [
      'plan',
      data,
      '--out',
      `${folder}/plan-${out}`,
      '--cache',
      cache,
      '--json',
    ];
    const ended = await Promise.all([
      ...outs.map((out) => start(words(out)).ended),
      ...outs.slice(0, 2).map((out) => start(trainWords(`run-${out}`, '--cache', cache)).ended),
    ]);
    for (const { status, stderr } of ended) {
      expect(status, stderr).toBe(0);
      expect(stderr).not.toContain('Warning');
    }
    expect(new Set(ended.slice(0, 3).map(({ stdout }) => stdout)).size).toBe(1);
    expect(modelOf('run-a')).toEqual(modelOf('plain'));
    expect(modelOf('run-b')).toEqual(modelOf('plain'));
    const names = filesBelow(cache);
    expect(names).toHaveLength(6);
    const { stderr } = await succeed(...trainWords('run-c', '--cache', cache));
    expect(stderr).not.toContain('Warning');
    expect(modelOf('run-c')).toEqual(modelOf('plain'));
  });

  it('is done without where its folder can not be written', async () => {
    writeFileSync(`${folder}/file`, '');
    const { stderr } = await succeed(...trainWords('without', '--cache', `${folder}/file/cache`));
    expect(stderr.match(/Warning: .*Work goes on without the cache/g)).toHaveLength(1);
    expect(modelOf('without')).toEqual(modelOf('plain'));
  });
});

describe('a whole head', () => {
  it('is named with advice by plan, train and predict, also when quiet, and only without a brain mask', async () => {
    const affine = RAS.map((value, index) => (index % 4 === 3 ? value : 14 * value));
    await writeBids(`${folder}/heads`, [makeScan(1, { affine }), makeScan(2, { affine })]);
    const warning = /Warning: sub-01 \(\d+ ml\), sub-02 .*Skull-stripping is needed.*brain mask/;
    const planned = await succeed('plan', `${folder}/heads`, '--out', `${folder}/head-plan`, '--quiet');
    expect(planned.stderr).toMatch(warning);
    const words = trainWords('heads-run', '--quiet').map((word) => (word === data ? `${folder}/heads` : word));
    expect((await succeed(...words)).stderr).toMatch(warning);
    const images = ['FLAIR', 'T1w'].flatMap((name) => [
      '--image',
      `${name}=${imagePath(`${folder}/heads`, 'sub-01', name)}`,
    ]);
    const predict = ['predict', '--model', `${folder}/heads-run`, '--out', `${folder}/head`, ...images, '--quiet'];
    expect((await succeed(...predict)).stderr).toMatch(
      /Warning: sub-01_FLAIR \(\d+ ml\): .*this seems to be a whole head/,
    );
    const mask = `${folder}/heads/derivatives/manual/sub-01/anat/sub-01_label-lesion_mask.nii.gz`;
    expect((await succeed(...predict, '--mask', mask)).stderr).toBe('');
  });
});
