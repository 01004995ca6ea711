import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import type { ModelDescription } from '../../src/model/model-card.ts';
import { encodeModel } from '../../src/model/model-file.ts';
import { nodeFileAccess as files } from '../../src/node/file-access.ts';
import { Random } from '../../src/random.ts';
import { readImage, readLabels } from '../../src/volume/nifti-read.ts';
import { makeModel } from '../model.ts';
import { makeScan, PIL } from '../synthetic-scan.ts';
import { filesBelow, rarevox, start, until } from './command-line.ts';
import { writeBids } from './synthetic-dataset.ts';

let folder = '';
let data = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  data = `${folder}/data`;
  await writeBids(data, [makeScan(1), makeScan(2, { affine: PIL, shape: [12, 14, 11] }), makeScan(3), makeScan(4)]);
  writeModel('one', 1);
  writeModel('other', 1);
  writeModel('two-classes', 3);
  const { description } = makeModel(1);
  writeModel('tumor', 1, { labels: [{ value: 1, name: 'tumor' }] });
  writeModel('flair', 1, {
    network: { ...description.network, channels: 1 },
    preprocess: { ...description.preprocess, modalities: ['FLAIR'] },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = (name: string): string => `${folder}/${name}.onnx`;

/** Writes a model of random weights. */
function writeModel(name: string, outputs: 1 | 3, changed: Partial<ModelDescription> = {}): void {
  const { description, parameters } = makeModel(outputs, changed);
  const drawn = [...parameters].map(([parameter, values]) => {
    const random = new Random(name, parameter);
    return [parameter, values.map(() => 0.5 * random.normal())] as const;
  });
  writeFileSync(model(name), encodeModel({ description, parameters: new Map(drawn) }));
}

interface Outcome {
  readonly masks: readonly string[];
  readonly predicted: readonly string[];
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
}

async function predict(...words: readonly string[]): Promise<Outcome> {
  const { status, stdout, stderr } = await rarevox('predict', data, '--json', '--threads', '1', ...words);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Outcome;
}

/** Every file below a folder with its bytes. */
function contentOf(root: string): Record<string, string> {
  return Object.fromEntries(filesBelow(root).map((path) => [path, readFileSync(`${root}/${path}`, 'base64')]));
}

describe('a cohort whose prediction is killed', () => {
  const ids = ['sub-01', 'sub-02', 'sub-03', 'sub-04'];
  const settings = ['--padding', 'half', '--views', '2', '--save-probabilities', '--save-vote-spread'];
  const anat = (out: string, id: string): string => `${out}/${id}/anat`;

  it('is completed by the same command, with nothing done twice and no file torn', async () => {
    const out = `${folder}/killed`;
    const words = ['--model', model('one'), '--out', out, ...settings];
    const running = start(['predict', data, '--threads', '1', ...words]);
    const sidecar = (id: string): string => `${anat(out, id)}/${id}_desc-lesion_mask.json`;
    await until(running, () => existsSync(sidecar('sub-02')));
    running.process.kill('SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');

    const finished = ids.filter((id) => existsSync(sidecar(id)));
    expect(finished.length).toBeGreaterThanOrEqual(2);
    expect(finished.length).toBeLessThan(4);
    for (const path of filesBelow(out)) {
      if (path.endsWith('mask.nii.gz')) await readLabels(files, `${out}/${path}`);
      else if (path.endsWith('.nii.gz')) await readImage(files, `${out}/${path}`);
      else if (path.endsWith('.json')) JSON.parse(readFileSync(`${out}/${path}`, 'utf8'));
    }
    const untouched = finished.flatMap((id) => filesBelow(anat(out, id)).map((file) => `${anat(out, id)}/${file}`));
    expect(untouched).toHaveLength(5 * finished.length);
    const times = untouched.map((path) => statSync(path).mtimeMs);

    const { masks, predicted, skipped } = await predict(...words);
    expect([predicted, skipped]).toEqual([ids.filter((id) => !finished.includes(id)), finished]);
    expect(masks).toEqual(ids.map((id) => `${anat(out, id)}/${id}_desc-lesion_mask.nii.gz`));
    expect(untouched.map((path) => statSync(path).mtimeMs)).toEqual(times);

    // Two jobs at once, each with its part, come to the same folder.
    const parts = `${folder}/parts`;
    const part = (index: string): Promise<Outcome> =>
      predict('--model', model('one'), '--out', parts, ...settings, '--num-parts', '2', '--part-id', index);
    const shares = await Promise.all([part('0'), part('1')]);
    expect(shares.map((share) => share.predicted)).toEqual([
      ['sub-01', 'sub-03'],
      ['sub-02', 'sub-04'],
    ]);
    expect(filesBelow(out)).toHaveLength(2 + 5 * 4);
    expect(contentOf(parts)).toEqual(contentOf(out));
    const rows = readFileSync(`${out}/lesions.csv`, 'utf8').trimEnd().split('\n');
    expect(new Set(rows.slice(1).map((row) => row.split(',')[0]))).toEqual(new Set(ids));
    const description = JSON.parse(readFileSync(`${out}/dataset_description.json`, 'utf8')) as object;
    expect(description).toMatchObject({ DatasetType: 'derivative', GeneratedBy: [{ Name: 'rarevox' }] });
  }, 120_000);
});

describe('an ensemble', () => {
  const only = ['--subjects', 'sub-02', '--save-probabilities'];
  const map = async (out: string): Promise<Float32Array> =>
    (await readImage(files, `${out}/sub-02/anat/sub-02_label-lesion_probseg.nii.gz`)).volume.data;

  it('gives the mean of its models, and names them', async () => {
    const [a, b, both] = ['a', 'b', 'both'].map((name) => `${folder}/${name}`);
    await predict('--model', model('one'), '--out', a, ...only);
    await predict('--model', model('other'), '--out', b, ...only);
    await predict('--model', model('one'), '--model', model('other'), '--out', both, ...only);
    const [one, other, mean] = [await map(a), await map(b), await map(both)];
    let apart = 0;
    for (let voxel = 0; voxel < mean.length; voxel++) {
      expect(mean[voxel]).toBeCloseTo((one[voxel] + other[voxel]) / 2, 6);
      apart = Math.max(apart, Math.abs(one[voxel] - other[voxel]));
    }
    expect(apart).toBeGreaterThan(0.01);
    const sidecar = readFileSync(`${both}/sub-02/anat/sub-02_desc-lesion_mask.json`, 'utf8');
    const digests = (JSON.parse(sidecar) as { Models: { SHA256: string }[] }).Models.map(({ SHA256 }) => SHA256);
    const { createHash } = await import('node:crypto');
    const expected = ['one', 'other'].map((name) =>
      createHash('sha256')
        .update(readFileSync(model(name)))
        .digest('hex'),
    );
    expect(digests).toEqual(expected);
  });
});

describe('what can not be', () => {
  it.each([
    {
      words: ['one', '--num-parts', '2', '--part-id', '2'],
      status: 2,
      line: 'Of 2 parts, counted from 0, the last one is 1, not 2.',
    },
    { words: ['one', '--num-parts', '2'], status: 2, line: '--num-parts and --part-id go together.' },
    { words: ['one', '--hysteresis', '0.6'], status: 2, line: 'The hysteresis 0.6 is above the threshold 0.5' },
    { words: ['one', '--connectivity', '8'], status: 2, line: 'It takes 6, 18 or 26.' },
    { words: ['one', '--lesion-threshold', '-1'], status: 2, line: 'It takes a number of at least 0.' },
    { words: ['two-classes', '--threshold', '0.4'], status: 2, line: 'The threshold applies to models of one class' },
    { words: ['two-classes', '--hysteresis', '0.4'], status: 2, line: 'The hysteresis applies to models of one class' },
    { words: ['one', '--model', 'TUMOR'], status: 1, line: 'model 2 () finds tumor (1), model 1 lesion (1).' },
    { words: ['one', '--model', 'FLAIR'], status: 1, line: 'model 2 () takes FLAIR, model 1 FLAIR, T1w.' },
  ])('$words', async ({ words: [name, ...rest], status, line }) => {
    const given = rest.map((word) => (/^[A-Z]+$/.test(word) ? model(word.toLowerCase()) : word));
    const out = `${folder}/never`;
    let error = '';
    const write = (text: string): void => {
      error += text;
    };
    const parsed = ['predict', data, '--model', model(name), '--out', out, '--quiet', ...given];
    expect(await runProgram(createProgram(), parsed, { error: { write }, debug: false })).toBe(status);
    expect(error).toContain(line);
    expect(existsSync(out)).toBe(false);
  });
});
