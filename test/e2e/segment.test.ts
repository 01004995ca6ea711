import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelDescription } from '../../src/model/model-card.ts';
import { nodeFileAccess as files } from '../../src/node/file-access.ts';
import { readImage, readLabels } from '../../src/volume/nifti-read.ts';
import { FLAIR, makeScan, PIL, RAS, type Scan, T1W } from '../synthetic-scan.ts';
import { filesBelow, rarevox } from './command-line.ts';
import { imagePath, maskPath, writeBids, writeConfig, writeDecathlon, writeLabels } from './synthetic-dataset.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command that has to succeed. */
async function succeed(...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await rarevox(...words);
  expect(stderr, words.join(' ')).not.toMatch(/unexpected|rarevox:/);
  expect(status, stderr).toBe(0);
  return stdout;
}

/** The sform, qform and voxel sizes of a NIfTI-1 header: the bytes that say where the voxels lie. */
function geometry(bytes: Uint8Array): string {
  const part = (from: number, to: number): string => Buffer.from(bytes.slice(from, to)).toString('hex');
  return [part(76, 108), part(252, 328)].join(' ');
}

interface Summary {
  readonly metric_per_case: readonly { readonly metrics: Readonly<Record<string, { readonly Dice: number }>> }[];
  readonly mean: Readonly<Record<string, { readonly Dice: number }>>;
}

describe('a BIDS folder with two sequences, turned axes, thick slices and a scan smaller than a patch', () => {
  // The third is smaller than the patch of 8 along k, the fourth turned, with other voxels; both are held out.
  const scans: readonly Scan[] = [
    makeScan(1),
    makeScan(2, { affine: PIL, shape: [12, 14, 11] }),
    makeScan(3, { shape: [18, 15, 7] }),
    makeScan(4, { affine: PIL, shape: [12, 14, 11] }),
    makeScan(5, { shape: [17, 16, 7] }),
  ];

  it('trains to find the bright balls in the scans that were held out', async () => {
    await writeBids(`${folder}/bids`, scans);
    writeConfig(`${folder}/bids.json`, { steps: 150, learningRate: 0.02, validation: ['sub-04', '05'] });
    const words = ['train', `${folder}/bids`, '--out', `${folder}/run`, '--config', `${folder}/bids.json`];
    const summary = JSON.parse(await succeed(...words, '--json', '--threads', '2')) as Summary;
    expect(summary.metric_per_case).toHaveLength(2);
    for (const { metrics } of summary.metric_per_case) expect(metrics['1'].Dice).toBeGreaterThan(0.5);
    expect(filesBelow(`${folder}/run`)).toEqual([
      'checkpoint_best.safetensors',
      'checkpoint_final.safetensors',
      'checkpoint_latest.safetensors',
      'config.json',
      'events.out.tfevents.0.rarevox',
      'fingerprint.json',
      'log.jsonl',
      'model.onnx',
      'progress.svg',
      'report.html',
      'splits_final.json',
      'validation.png',
      'validation/cases.csv',
      'validation/dataset_description.json',
      'validation/lesions.csv',
      'validation/report.html',
      'validation/sub-04/anat/sub-04_desc-lesion_mask.json',
      'validation/sub-04/anat/sub-04_desc-lesion_mask.nii.gz',
      'validation/sub-04/anat/sub-04_lesions.csv',
      'validation/sub-05/anat/sub-05_desc-lesion_mask.json',
      'validation/sub-05/anat/sub-05_desc-lesion_mask.nii.gz',
      'validation/sub-05/anat/sub-05_lesions.csv',
      'validation/summary.json',
    ]);
  });

  it('prints JSON also where nothing was held out to score', async () => {
    writeConfig(`${folder}/all.json`, { steps: 1 });
    const words = ['train', `${folder}/bids`, '--out', `${folder}/all`, '--config', `${folder}/all.json`, '--json'];
    expect(JSON.parse(await succeed(...words))).toBeNull();
  });

  it('predicts every subject on its own grid, and evaluate gives the same figures as the training did', async () => {
    const out = `${folder}/predicted`;
    const words = ['predict', `${folder}/bids`, '--model', `${folder}/run`, '--out', out, '--threads', '2'];
    const { masks } = JSON.parse(await succeed(...words, '--save-probabilities', '--json')) as { masks: string[] };
    expect(masks).toHaveLength(5);
    for (const [index, { grid, reference }] of scans.entries()) {
      const id = `sub-0${index + 1}`;
      const source = imagePath(`${folder}/bids`, id, FLAIR);
      const mask = await readLabels(files, masks[index]);
      expect(mask.volume.shape).toEqual(grid.shape);
      expect(mask.volume.affine).toEqual(grid.affine);
      expect(geometry(mask.header.bytes)).toBe(geometry((await readImage(files, source)).header.bytes));
      const probabilities = `${out}/${id}/anat/${id}_label-lesion_probseg.nii.gz`;
      const { volume } = await readImage(files, probabilities);
      expect(volume.shape).toEqual(grid.shape);
      const head = (await readImage(files, source)).volume.data;
      for (let voxel = 0; voxel < reference.length; voxel++) {
        const p = volume.data[voxel];
        if (head[voxel] === 0) expect(p).toBe(0);
        expect(p >= 0 && p <= 1).toBe(true);
        expect(mask.volume.data[voxel]).toBe(p >= 0.5 ? 1 : 0);
      }
    }
    expect(readFileSync(`${out}/sub-05/anat/sub-05_desc-lesion_mask.nii.gz`)).toEqual(
      readFileSync(`${folder}/run/validation/sub-05/anat/sub-05_desc-lesion_mask.nii.gz`),
    );

    const scored = JSON.parse(await succeed('evaluate', out, `${folder}/bids`, '--json')) as Summary;
    const trained = JSON.parse(readFileSync(`${folder}/run/validation/summary.json`, 'utf8')) as Summary;
    expect(scored.metric_per_case).toHaveLength(5);
    expect(scored.metric_per_case.slice(3).map(({ metrics }) => metrics)).toEqual(
      trained.metric_per_case.map(({ metrics }) => metrics),
    );
  });

  it('exports the run as one file with its card, which predicts the same', async () => {
    const card = {
      ...{ description: 'Finds balls.', intended_use: 'Tests.', must_not_be_used_for: 'All else.', limits: ['Balls.'] },
      sources: [{ name: 'Balls', license: 'CC0', citation: 'Nobody 2026' }],
      reported: {
        ...{ method: 'Two scans were held out.', selection: 'Nothing.' },
        results: [{ sequences: [FLAIR, T1W], summary: 'run/validation/summary.json' }],
      },
    };
    writeFileSync(`${folder}/card.json`, JSON.stringify(card));
    const model = `${folder}/balls.onnx`;
    const words = [
      'export',
      `${folder}/run`,
      '--card',
      `${folder}/card.json`,
      '--data',
      `${folder}/bids`,
      '--out',
      model,
    ];
    expect((await rarevox(...words)).stderr).not.toBe('');
    expect(await rarevox(...words, '--quiet')).toMatchObject({ status: 0, stdout: `${model}\n`, stderr: '' });
    expect(await succeed('models', model)).toMatch(/^## balls\n\nFinds balls\.\n/);
    const shown = JSON.parse(await succeed('models', model, '--json')) as { description: ModelDescription };
    expect(shown.description.card).toMatchObject({
      ...{ name: 'balls', intended_use: 'Tests.', limits: ['Balls.'], data: { patients: 3 } },
      training: { step: 150, subjects: ['sub-01', 'sub-02', 'sub-03'], held_out: ['sub-04', 'sub-05'] },
      reported: { results: [{ sequences: [FLAIR, T1W], cases: 2 }] },
    });
    const out = `${folder}/exported`;
    await succeed(
      'predict',
      `${folder}/bids`,
      '--model',
      model,
      '--out',
      out,
      '--threads',
      '2',
      '--subjects',
      'sub-05',
    );
    expect(readFileSync(`${out}/sub-05/anat/sub-05_desc-lesion_mask.nii.gz`)).toEqual(
      readFileSync(`${folder}/predicted/sub-05/anat/sub-05_desc-lesion_mask.nii.gz`),
    );
  });

  it('predicts one scan from its images the same, and names the mask after the first of them', async () => {
    const out = `${folder}/single`;
    const image = (modality: string): string => `${modality}=${imagePath(`${folder}/bids`, 'sub-04', modality)}`;
    const words = ['predict', '--model', `${folder}/run/model.onnx`, '--out', out, '--threads', '2'];
    const stdout = await succeed(...words, '--image', image(FLAIR), '--image', image(T1W));
    expect(stdout).toBe(`${out}/sub-04_FLAIR_desc-lesion_mask.nii.gz\n`);
    expect(readFileSync(`${out}/sub-04_FLAIR_desc-lesion_mask.nii.gz`)).toEqual(
      readFileSync(`${folder}/predicted/sub-04/anat/sub-04_desc-lesion_mask.nii.gz`),
    );
  });

  it.each([
    { name: 'eight views', options: ['--views', '8'] },
    { name: 'one view, no overlap, uniform', options: ['--views', '1', '--overlap', '0', '--window', 'uniform'] },
    { name: 'half a patch of padding, Gaussian', options: ['--padding', 'half', '--window', 'gaussian'] },
    { name: 'another patch', options: ['--patch', '16,8,10'] },
  ])('still finds the balls with $name', async ({ name, options }) => {
    const out = `${folder}/options ${name}`;
    const words = ['predict', `${folder}/bids`, '--subjects', '04,sub-05', '--model', `${folder}/run`];
    await succeed(...words, '--out', out, '--threads', '2', ...options);
    const scored = await succeed('evaluate', out, `${folder}/bids`, '--allow-missing', '--json');
    const { metric_per_case } = JSON.parse(scored) as Summary;
    expect(metric_per_case).toHaveLength(2);
    for (const { metrics } of metric_per_case) expect(metrics['1'].Dice).toBeGreaterThan(0.5);
    const [mask] = filesBelow(out).filter((file) => file.endsWith('.nii.gz'));
    expect((await readLabels(files, `${out}/${mask}`)).volume.shape).toEqual([12, 14, 11]);
  });

  it('looks only within a brain mask that is given', async () => {
    const { grid, reference } = scans[3];
    const brain = reference.map((_, voxel) => (voxel < reference.length / 2 ? 1 : 0));
    await writeLabels(`${folder}/brain.nii`, grid, brain);
    const image = (modality: string): string => `${modality}=${imagePath(`${folder}/bids`, 'sub-04', modality)}`;
    const out = `${folder}/masked`;
    const words = ['predict', '--model', `${folder}/run`, '--out', out, '--mask', `${folder}/brain.nii`];
    await succeed(...words, '--image', image(FLAIR), '--image', image(T1W), '--threshold', '0', '--save-probabilities');
    const { volume } = await readImage(files, `${out}/sub-04_FLAIR_label-lesion_probseg.nii.gz`);
    const inside = volume.data.slice(0, Math.floor(reference.length / 2));
    expect(inside.some((p) => p > 0)).toBe(true);
    expect(volume.data.slice(Math.ceil(reference.length / 2)).every((p) => p === 0)).toBe(true);
  });

  it('leaves the masks of the dataset alone', async () => {
    for (const [index, { reference }] of scans.entries()) {
      const { volume } = await readLabels(files, maskPath(`${folder}/bids`, `sub-0${index + 1}`));
      expect(volume.data).toEqual(reference);
    }
  });
});

describe('a Decathlon folder with two classes', () => {
  it('trains, predicts the test scan and finds both classes', async () => {
    const scans = [1, 2, 3, 4].map((seed) =>
      makeScan(seed, { classes: 2, modalities: ['MRI'], shape: [20, 15, 13], affine: RAS }),
    );
    await writeDecathlon(`${folder}/decathlon`, scans, 1);
    writeConfig(`${folder}/decathlon.json`, { steps: 400, learningRate: 0.01, beta: [1.5, 1] });
    const run = `${folder}/run2`;
    const words = ['train', `${folder}/decathlon`, '--out', run, '--config', `${folder}/decathlon.json`];
    await succeed(...words, '--threads', '2', '--validation', 'case_1');
    const trained = JSON.parse(readFileSync(`${run}/validation/summary.json`, 'utf8')) as Summary;
    expect(trained.mean['1'].Dice).toBeGreaterThan(0.4);
    expect(trained.mean['2'].Dice).toBeGreaterThan(0.4);

    const out = `${folder}/predicted2`;
    await succeed('predict', `${folder}/decathlon`, '--model', run, '--out', out, '--save-probabilities', '--quiet');
    const { volume } = await readLabels(files, `${out}/case_4_dseg.nii.gz`);
    let touched = 0;
    for (let voxel = 0; voxel < volume.data.length; voxel++) {
      if (volume.data[voxel] === scans[3].reference[voxel] && volume.data[voxel] > 0) touched++;
    }
    expect(touched).toBeGreaterThan(0);
    const parts = await Promise.all(
      [1, 2].map(async (label) => (await readImage(files, `${out}/case_4_label-part${label}_probseg.nii.gz`)).volume),
    );
    for (let voxel = 0; voxel < volume.data.length; voxel++) {
      const [first, second] = parts.map(({ data }) => data[voxel]);
      const background = 1 - first - second;
      const largest = Math.max(first, second);
      if (Math.abs(largest - background) < 1e-5 || first === second) continue;
      const expected = largest < background ? 0 : first > second ? 1 : 2;
      expect(volume.data[voxel]).toBe(expected);
    }
  });
});
