import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/engine/lower-program.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { FLAIR, makeScan, T1W } from '../synthetic-scan.ts';
import { filesBelow, rarevox, startAfter } from './command-line.ts';
import { loggedSteps } from './resumed-run.ts';
import {
  imagePath,
  maskPath,
  writeBids,
  writeConfig,
  writeDecathlon,
  writeImage,
  writeLabels,
} from './synthetic-dataset.ts';

let folder = '';
let data = '';
let config = '';
let model = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  data = `${folder}/data`;
  config = `${folder}/config.json`;
  await writeBids(
    data,
    [1, 2, 3, 4, 5, 6, 7].map((seed) => makeScan(seed)),
  );
  writeConfig(config, { checkpointSeconds: 0, steps: 6 });
  const { status, stderr } = await rarevox('train', data, '--out', `${folder}/run`, '--config', config, '--quiet');
  expect(status, stderr).toBe(0);
  model = `${folder}/run/model.onnx`;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Expects a command to fail with the given status and with these lines on stderr, each of its own. */
async function expectFault(words: readonly string[], status: number, ...lines: readonly RegExp[]): Promise<void> {
  const ended = await rarevox(...words);
  expect(ended.status, ended.stderr).toBe(status);
  const printed = ended.stderr.trimEnd().split('\n');
  expect(printed, ended.stderr).toHaveLength(lines.length);
  for (const [index, line] of lines.entries()) expect(printed[index]).toMatch(line);
  expect(ended.stdout).toBe('');
}

/** A copy of the dataset with faults in subjects 1 to 6. */
async function faultyData(name: string): Promise<string> {
  const copy = `${folder}/${name}`;
  cpSync(data, copy, { recursive: true });
  const { grid, images, reference } = makeScan(3);
  truncateSync(imagePath(copy, 'sub-01', FLAIR), 700);
  const moved = { ...grid, affine: grid.affine.map((value, index) => (index === 3 ? value + 4 : value)) };
  await writeLabels(maskPath(copy, 'sub-02'), moved as unknown as typeof grid, reference);
  const broken = images[T1W].slice();
  broken.fill(Number.NaN, 1000, 1003);
  await writeImage(imagePath(copy, 'sub-03', T1W), grid, broken);
  await writeLabels(maskPath(copy, 'sub-04'), grid, new Uint8Array(reference.length));
  rmSync(imagePath(copy, 'sub-05', T1W));
  writeFileSync(imagePath(copy, 'sub-06', FLAIR), 'no image at all');
  return copy;
}

describe('train', () => {
  it('names all faults of the data together, of the held-out subjects too, and writes nothing', async () => {
    const faulty = await faultyData('faulty');
    const out = `${folder}/never`;
    await expectFault(
      ['train', faulty, '--out', out, '--config', config, '--validation', '02,06', '--quiet'],
      1,
      /faulty\/sub-01\/anat\/sub-01_FLAIR\.nii\.gz: .*truncated.*; copy .*\.$/,
      /sub-03_T1w\.nii\.gz: 3 of its 3510 voxels are NaN or infinite; .*\.$/,
      /sub-04_label-lesion_mask\.nii\.gz: this mask is empty.*; complete the mask or leave the subject out\.$/,
      /^sub-05: it has no T1w image \(it has FLAIR\); add the image, .*\.$/,
      /sub-02_label-lesion_mask\.nii\.gz: its grid is not that of .*sub-02_FLAIR\.nii\.gz: .*; draw or resample .*\.$/,
      /sub-06_FLAIR\.nii\.gz: .*NIfTI.*\.$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it('names a file that a description lists and that is missing, and an image without anything in it', async () => {
    const decathlon = `${folder}/decathlon`;
    const scans = [1, 2, 3].map((seed) => makeScan(seed, { modalities: ['MRI'] }));
    await writeDecathlon(decathlon, scans);
    rmSync(`${decathlon}/imagesTr/case_2.nii.gz`);
    const words = ['train', decathlon, '--out', `${folder}/never`, '--config', config, '--quiet'];
    await expectFault(words, 1, /imagesTr\/case_2\.nii\.gz: cannot be read: it does not exist; check the path\.$/);

    const { grid, images } = scans[1];
    await writeImage(`${decathlon}/imagesTr/case_2.nii.gz`, grid, new Float32Array(images.MRI.length));
    await expectFault(
      words,
      1,
      /imagesTr\/case_2\.nii\.gz: this image is empty: all of its voxels are 0; give the right file or leave the subject out\.$/,
    );
    expect(existsSync(`${folder}/never`)).toBe(false);
  });

  it.each([
    {
      name: 'a folder that is not there',
      words: ['DATA/none'],
      status: 1,
      line: /DATA\/none: there is no such folder/,
    },
    {
      name: "a patch that breaks the network's rule",
      words: ['DATA', '--patch', '9,8,8'],
      status: 1,
      line: /^The patch 9x8x8 must have sides that are multiples of 2, 2, 2 .*, such as 10x8x8\.$/,
    },
    {
      name: 'no run to resume',
      words: ['DATA', '--resume'],
      status: 1,
      line: /never holds no run to resume: start one/,
    },
  ])('refuses $name', async ({ words, status, line }) => {
    const given = words.map((word) => word.replace('DATA', data));
    const options = words.includes('--resume') ? [] : ['--config', config];
    const pattern = new RegExp(line.source.replace('DATA', data));
    await expectFault(['train', ...given, '--out', `${folder}/never`, '--quiet', ...options], status, pattern);
    expect(existsSync(`${folder}/never`)).toBe(false);
  });

  it('lists the wrong entries of a configuration, and what was meant', async () => {
    writeConfig(`${folder}/wrong.json`, { learningrate: 0.1, batch: 0, network: { growht: 3 } });
    const { status, stderr } = await rarevox(
      'train',
      data,
      '--out',
      `${folder}/never`,
      '--config',
      `${folder}/wrong.json`,
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/learningrate.*did you mean learningRate\?/);
    expect(stderr).toMatch(/batch/);
    expect(stderr).toMatch(/network\.growht.*did you mean network\.growth\?/);
    writeFileSync(`${folder}/wrong.json`, '{"steps": 3');
    await expectFault(
      ['train', data, '--out', `${folder}/never`, '--config', `${folder}/wrong.json`],
      1,
      /wrong\.json is not a JSON object of training options: correct it/,
    );
  });

  it('stops when the loss is no number any more, and keeps the checkpoint before', async () => {
    const out = `${folder}/diverged`;
    await expectFault(
      ['train', data, '--out', out, '--config', config, '--learning-rate', '1e30', '--steps', '20', '--quiet'],
      1,
      /^The (loss|gradient) stopped being a finite number at step \d+ \(patches of sub-0\d\): train again in another folder with a smaller --learning-rate, or check these scans\. .*checkpoint_latest\.safetensors holds the run up to step \d+\.$/,
    );
    expect(filesBelow(out)).toEqual([
      'checkpoint_latest.safetensors',
      'config.json',
      'fingerprint.json',
      'log.jsonl',
      'progress.svg',
    ]);
    const { decodeCheckpoint } = await import('../../src/train/checkpoint.ts');
    const { z } = await import('zod');
    const checkpoint = decodeCheckpoint(readFileSync(`${out}/checkpoint_latest.safetensors`), 'checkpoint', z.json());
    for (const { data: values } of Object.values(checkpoint.tensors)) {
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('predict', () => {
  const image = (modality: string): string[] => ['--image', `${modality}=${imagePath(data, 'sub-01', modality)}`];

  it('predicts the others when some subjects have faults, and leaves no file of those', async () => {
    const faulty = await faultyData('half-faulty');
    const out = `${folder}/others`;
    const ended = await rarevox('predict', faulty, '--model', model, '--out', out, '--save-probabilities', '--quiet');
    expect(ended.status).toBe(1);
    // The masks of 2 and 4 are at fault, and predicting does not look at them.
    expect(ended.stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/sub-01_FLAIR\.nii\.gz: .*truncated/),
      expect.stringMatching(/sub-03_T1w\.nii\.gz: 3 of its 3510 voxels are NaN/),
      expect.stringMatching(/^sub-05: it has no T1w image/),
      expect.stringMatching(/sub-06_FLAIR\.nii\.gz: /),
    ]);
    const expected = ['sub-02', 'sub-04', 'sub-07'].flatMap((id) =>
      ['desc-lesion_mask.json', 'desc-lesion_mask.nii.gz', 'label-lesion_probseg.nii.gz', 'lesions.csv'].map(
        (rest) => `${id}/anat/${id}_${rest}`,
      ),
    );
    expect(filesBelow(out)).toEqual(['dataset_description.json', 'lesions.csv', ...expected]);
  });

  it.each([
    { name: 'a modality that is missing', model: 'MODEL', images: [FLAIR], status: 1, line: /it has no T1w image/ },
    {
      name: 'a modality too many',
      model: 'MODEL',
      images: [FLAIR, T1W, 'T2w'],
      status: 2,
      line: /^The model takes FLAIR, T1w, and not T2w\.$/,
    },
    {
      name: 'no such model',
      model: 'ROOT/none.onnx',
      images: [FLAIR, T1W],
      status: 1,
      line: /none\.onnx: cannot be read: it does not exist/,
    },
    {
      name: 'a damaged model',
      model: 'ROOT/cut.onnx',
      images: [FLAIR, T1W],
      status: 1,
      line: /cut\.onnx is not an ONNX model, or it is damaged\. Take a model\.onnx that/,
    },
    {
      name: 'the model of another program',
      model: 'ROOT/other.onnx',
      images: [FLAIR, T1W],
      status: 1,
      line: /other\.onnx is an ONNX model without a rarevox description\. Take/,
    },
  ])('refuses $name', async ({ model: given, images, status, line }) => {
    const bytes = readFileSync(model);
    writeFileSync(`${folder}/cut.onnx`, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
    const b = new GraphBuilder();
    const other = b.program({ y: b.sigmoid(b.input('x', [1])) });
    const parameters = { kind: 'values', values: new Map() } as const;
    writeFileSync(`${folder}/other.onnx`, lowerProgram(other, { form: 'plain', parameters }));

    const path = given.replace('MODEL', model).replace('ROOT', folder);
    const out = `${folder}/never`;
    await expectFault(['predict', '--model', path, '--out', out, ...images.flatMap(image)], status, line);
    expect(existsSync(out)).toBe(false);
  });

  it("refuses a patch that breaks the network's rule", async () => {
    const words = ['predict', data, '--model', model, '--out', `${folder}/never`, '--patch', '8,8,7'];
    await expectFault(words, 1, /^The model can't run on this patch: the patch 8x8x7 must have sides that are/);
    expect(existsSync(`${folder}/never`)).toBe(false);
  });
});

describe('a disk that takes no more', () => {
  it('keeps the last checkpoint and names it (files limited to 16 KiB)', async () => {
    const out = `${folder}/limited`;
    cpSync(`${folder}/run`, out, { recursive: true });
    for (const file of ['checkpoint_final.safetensors', 'model.onnx']) rmSync(`${out}/${file}`);
    // The run goes on from its end to where its longer description says.
    const description = JSON.parse(readFileSync(`${out}/config.json`, 'utf8')) as { config: { steps: number } };
    description.config.steps = 12;
    writeFileSync(`${out}/config.json`, JSON.stringify(description));
    const before = readFileSync(`${out}/checkpoint_latest.safetensors`);
    const files = filesBelow(out);
    const { status, stderr } = await startAfter('ulimit -f 16', ['train', data, '--out', out, '--resume', '--quiet'])
      .ended;
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(
      /^\S*limited\/checkpoint_latest\.safetensors: cannot be written: the file is larger than the disk allows; .*\. \S*limited\/checkpoint_latest\.safetensors holds the run up to step 6: continue it with --resume\.\n$/,
    );
    expect(readFileSync(`${out}/checkpoint_latest.safetensors`).equals(before)).toBe(true);
    expect(filesBelow(out)).toEqual(files);

    expect((await rarevox('train', data, '--out', out, '--resume', '--quiet')).status).toBe(0);
    expect(loggedSteps({ data, config, out })).toBe(12);
  });

  it('leaves nothing of a prediction that it has no room for', async () => {
    const out = `${folder}/no-room`;
    const words = ['predict', data, '--model', model, '--out', out, '--save-probabilities', '--quiet'];
    const { status, stderr } = await startAfter('ulimit -f 4', words).ended;
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(/^\S*sub-01_label-lesion_probseg\.nii\.gz: cannot be written: .*\.\n$/);
    expect(filesBelow(out)).toEqual(['dataset_description.json']);
  });

  const mountable = process.platform === 'linux' && canMount();
  it.skipIf(!mountable)('keeps the last checkpoint and goes on once there is room (a full file system)', async () => {
    const disk = `${folder}/disk`;
    mkdirSync(disk);
    expect(mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk)).toBe(true);
    try {
      const out = `${disk}/run`;
      const words = ['train', data, '--out', out, '--quiet'];
      await expectFault(
        [...words, '--config', config],
        1,
        /cannot be written: the disk is full; make room .* holds the run up to step \d+: continue it with --resume\.$/,
      );
      expect(filesBelow(out).filter((file) => file.endsWith('.tmp'))).toEqual([]);
      expect(mount('-o', 'remount,size=4m', disk)).toBe(true);
      expect((await rarevox(...words, '--resume')).status).toBe(0);
      expect(readFileSync(`${out}/model.onnx`).equals(readFileSync(model))).toBe(true);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

function mount(...words: readonly string[]): boolean {
  return spawnSync('mount', words).status === 0;
}

/** Mounting takes root, and in a container the right to. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'rarevox-'));
  const mounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place);
  if (mounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return mounted;
}
