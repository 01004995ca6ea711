import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCase } from '../../src/evaluate/evaluate-case.ts';
import { encodeModel } from '../../src/model/model-file.ts';
import { presetNetwork } from '../../src/network/options.ts';
import { nodeFileAccess } from '../../src/node/file-access.ts';
import { labelMap } from '../../src/predict/label-map.ts';
import { lesionsOf } from '../../src/predict/lesions.ts';
import { decodeLesions, encodeLesions } from '../../src/predict/lesions-table.ts';
import type { DecisionSettings } from '../../src/predict/options.ts';
import { writeNifti } from '../../src/volume/nifti-write.ts';
import { readImage, readLabels } from '../../src/volume/read-image.ts';
import type { ScalarVolume, Triple } from '../../src/volume/volume.ts';
import { sliceFile } from '../dicom-file.ts';
import { makeUntrainedModel } from '../model.ts';
import { findBrowser } from './browser.ts';
import { openPages, type ServedPages } from './chromium.ts';
import { rarevox } from './command-line.ts';

if (findBrowser() === null) process.stderr.write('Skipped test/e2e/web-app.test.ts: there is no Chromium.\n');

/** Under a minute of work; much more beside other work. */
const TIMEOUT = 600_000;
const DIST = join(import.meta.dirname, '..', '..', 'dist', 'web');
const SAMPLE = join(import.meta.dirname, '..', '..', 'samples', 'ms');
/** WebGL on the processor, where there is no GPU. */
const WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
/** What Chromium says where WebGPU is asked for and there is no GPU. */
const NO_GPU = 'No available adapters.';
const THRESHOLD = 0.7;
const CROP: Triple = [64, 64, 16];
const decided: DecisionSettings = {
  ...{ threshold: THRESHOLD, hysteresis: null, fillHoles: false, lesionThreshold: 0, connectivity: 18 },
};
const labels = [{ value: 1, name: 'lesion' }];

/** The middle of a scan, as a file of its own with the scan's header. */
async function crop(from: string, to: string): Promise<void> {
  const { volume } = await readImage(nodeFileAccess, from);
  const { shape, affine, data } = volume;
  const start = shape.map((extent, axis) => Math.floor((extent - (CROP[axis] as number)) / 2)) as unknown as Triple;
  const cut = new Float32Array(CROP[0] * CROP[1] * CROP[2]);
  for (let n = 0; n < cut.length; n++) {
    const i = start[0] + (n % CROP[0]);
    const j = start[1] + (Math.floor(n / CROP[0]) % CROP[1]);
    const k = start[2] + Math.floor(n / (CROP[0] * CROP[1]));
    cut[n] = data[i + shape[0] * (j + shape[1] * k)] as number;
  }
  const moved = [...affine];
  for (const row of [0, 4, 8]) {
    moved[row + 3] =
      (affine[row + 3] as number) + start.reduce((sum, at, axis) => sum + at * (affine[row + axis] as number), 0);
  }
  await writeNifti(nodeFileAccess, to, { kind: 'scalar', shape: CROP, affine: moved, data: cut }, null);
}

/** Waits for a value, as long as a busy machine may need. */
function eventually<T>(value: () => T | Promise<T>) {
  return expect.poll(value, { timeout: 60_000 });
}

function countOf(mask: ArrayLike<number>): number {
  return Array.from(mask).filter((value) => value === 1).length;
}

describe.skipIf(findBrowser() === null)('the web app in Chromium', { timeout: TIMEOUT }, () => {
  let folder = '';
  let served: ServedPages;
  let page: Page;
  let probabilities: ScalarVolume;

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  const figure = async (name: string): Promise<string> =>
    (
      (await page
        .locator('rarevox-figures-panel .tile', { has: page.getByText(name, { exact: true }) })
        .locator('dd')
        .textContent()) ?? ''
    ).trim();
  const choose = (...files: string[]): Promise<void> => page.locator('#files').setInputFiles(files);

  /** Asks for a file and keeps it. */
  async function saved(name: RegExp): Promise<string> {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    const download = await coming;
    const path = `${folder}/saved/${download.suggestedFilename()}`;
    await download.saveAs(path);
    return path;
  }

  /** Moves a slider as a person does, and waits until the number of lesions is what it should be. */
  async function moveThreshold(threshold: number): Promise<void> {
    await page.getByRole('slider', { name: 'Threshold' }).fill(String(threshold));
    const mask = labelMap([probabilities], [1], { ...decided, threshold });
    const lesions = lesionsOf({ mask, probabilities: [probabilities], voteSpread: null }, labels, 18);
    await eventually(() => figure('Lesions')).toBe(String(lesions.length));
    const volume = lesions.reduce((sum, lesion) => sum + lesion.volume, 0);
    expect(await figure('Volume')).toBe(`${(volume / 1000).toFixed(2)} ml`);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    mkdirSync(`${folder}/saved`);
    const anat = `${SAMPLE}/sub-tabriz09/anat/sub-tabriz09`;
    await crop(`${anat}_FLAIR.nii.gz`, `${folder}/sub-01_FLAIR.nii.gz`);
    await crop(`${anat}_T1w.nii.gz`, `${folder}/sub-01_T1w.nii.gz`);
    await crop(
      `${SAMPLE}/derivatives/manual/sub-tabriz09/anat/sub-tabriz09_label-lesion_mask.nii.gz`,
      `${folder}/sub-01_label-lesion_mask.nii.gz`,
    );
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, stemStride: [2, 2, 1] });
    const model = makeUntrainedModel({ network, patch: [48, 48, 16] });
    model.description.prediction.threshold = THRESHOLD;
    writeFileSync(`${folder}/model.onnx`, encodeModel(model));
    served = await openPages(DIST, 'index.html', WEBGL);
    page = served.page;
    await page.setViewportSize({ width: 1010, height: 600 });
  }, TIMEOUT);

  afterAll(async () => {
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows less than 1.5 MB of code, compressed, before anything is predicted', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await choose(`${folder}/sub-01_FLAIR.nii.gz`);
    await page.locator('rarevox-place-bar p').waitFor();
    await eventually(() => served.requests.some((address) => address.includes('scan-view'))).toBe(true);
    const { gzipSync } = await import('node:zlib');
    const sizes = [...new Set(served.requests)].flatMap((address) => {
      const path = address === `${served.url}index.html` ? 'index.html' : address.slice(served.url.length);
      return address.startsWith(served.url) ? [gzipSync(readFileSync(join(DIST, path))).length] : [];
    });
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.5e6);
  });

  it('says what is missing, and what is wrong with files that it can not use', async () => {
    const panel = page.locator('rarevox-side-panel');
    await panel.getByText('Choose a model, or open a model.onnx of your own.').waitFor();
    writeFileSync(`${folder}/holiday.jpg`, 'no scan');
    writeFileSync(`${folder}/broken.onnx`, 'no model');
    await choose(`${folder}/broken.onnx`);
    await page.getByText('broken.onnx is not an ONNX model, or it is damaged.').waitFor();
    await button('Close this message').click();
    await choose(`${folder}/model.onnx`, `${folder}/holiday.jpg`);
    await panel.getByText('this is a picture, not a scan').waitFor();
    await button('Remove holiday.jpg').click();
    await panel
      .getByText('T1w is missing, and the model was not trained to do without: add it, or take another model.')
      .waitFor();
    expect(await button('Predict').isDisabled()).toBe(true);
    await choose(`${SAMPLE}/sub-tabriz09/anat/sub-tabriz09_T1w.nii.gz`);
    await panel.getByText(/sub-tabriz09_T1w.nii.gz lies on another grid than sub-01_FLAIR.nii.gz/).waitFor();
    await button('Remove sub-tabriz09_T1w.nii.gz').click();
  });

  it('predicts as the command line does', async () => {
    await choose(`${folder}/sub-01_T1w.nii.gz`, `${folder}/sub-01_label-lesion_mask.nii.gz`);
    expect(await page.getByLabel('What sub-01_label-lesion_mask.nii.gz is').inputValue()).toBe(':reference');
    expect(await page.getByLabel('What sub-01_T1w.nii.gz is').inputValue()).toBe('T1w');
    await page.getByText('Settings', { exact: true }).click();
    await page.getByLabel('Overlap of patches').selectOption('0.25');
    await button('Predict').click();
    await page.getByRole('tab', { name: 'Result' }).waitFor({ timeout: TIMEOUT });
    const images = ['FLAIR', 'T1w'].flatMap((name) => ['--image', `${name}=${folder}/sub-01_${name}.nii.gz`]);
    const words = ['predict', '--model', `${folder}/model.onnx`, ...images, '--overlap', '0.25', '--threads', '1'];
    const { status, stderr } = await rarevox(...words, '--out', `${folder}/out`, '--save-probabilities', '--quiet');
    expect(status, stderr).toBe(0);
    const own = await saved(/^Mask/);
    const stem = `${folder}/out/sub-01_FLAIR`;
    const [mask, cli] = await Promise.all(
      [own, `${stem}_desc-lesion_mask.nii.gz`].map((path) => readLabels(nodeFileAccess, path)),
    );
    const { Dice, n_ref: voxels } = evaluateCase((mask as typeof cli)!.volume, cli!.volume)['1'] as {
      Dice: number;
      n_ref: number;
    };
    expect(voxels).toBeGreaterThan(100);
    expect(Dice).toBeGreaterThanOrEqual(1 - 1e-4);
    expect(gunzipSync(readFileSync(own)).subarray(0, 352)).toEqual(
      gunzipSync(readFileSync(`${stem}_desc-lesion_mask.nii.gz`)).subarray(0, 352),
    );
    ({ volume: probabilities } = await readImage(nodeFileAccess, await saved(/^Probabilities/)));
    const reference = (await readImage(nodeFileAccess, `${stem}_label-lesion_probseg.nii.gz`)).volume.data;
    expect(Math.max(...probabilities.data.map((p, voxel) => Math.abs(p - (reference[voxel] as number))))).toBeLessThan(
      1e-4,
    );
  });

  it('decides anew as the slider moves, and scores against the reference', async () => {
    await moveThreshold(0.6);
    const { volume: reference } = await readLabels(nodeFileAccess, `${folder}/sub-01_label-lesion_mask.nii.gz`);
    const mask = labelMap([probabilities], [1], { ...decided, threshold: 0.6 });
    const figures = evaluateCase(mask, reference)['1'] as Record<string, number>;
    expect(await figure('Dice')).toBe(figures.Dice?.toFixed(3));
    expect(await figure('Precision')).toBe(figures.PPV?.toFixed(3));
    expect(await figure('Recall')).toBe(figures.Sensitivity?.toFixed(3));
    await page.locator('rarevox-curve-panel svg.plot').waitFor();
    await moveThreshold(THRESHOLD);
  });

  it('goes to the lesion that is chosen in the table, which each column sorts', async () => {
    const table = page.locator('rarevox-lesion-table');
    const lesions = decodeLesions(readFileSync(await saved(/^Lesions/), 'utf8'));
    const mask = labelMap([probabilities], [1], decided);
    const own = lesionsOf({ mask, probabilities: [probabilities], voteSpread: null }, labels, 18);
    expect(readFileSync(`${folder}/saved/sub-01_lesions.csv`, 'utf8')).toBe(encodeLesions('sub-01', own));
    const largest = [...lesions].sort((a, b) => b.volume - a.volume)[0] as (typeof lesions)[number];
    await eventually(() => table.locator('tbody th').first().textContent()).toContain(String(largest.number));
    // By the keyboard: a row is a button.
    await table.locator('tbody button').first().press('Enter');
    const [x, y, z] = largest.centroid.map((part) => part.toFixed(1));
    await eventually(() => page.locator('rarevox-place-bar p').textContent()).toContain(`${x}, ${y}, ${z} mm`);
    await table.getByRole('button', { name: 'Lesion', exact: true }).click();
    expect(await table.locator('tbody th').first().textContent()).toMatch(/^\s*1\s*$/);
    await table.getByRole('button', { name: 'Lesion', exact: true }).click();
    expect(await table.locator('tbody th').first().textContent()).toContain(String(lesions.length));
  });

  it('corrects the mask with the brush, takes strokes back, and saves what is seen', async () => {
    await button('Add').click();
    await page.getByLabel('Size').fill('5');
    // Away from the lesion, at the edge of the scan.
    const canvas = page.locator('rarevox-viewer canvas');
    await canvas.focus();
    for (let step = 0; step < 6; step++) await canvas.press('PageUp');
    await canvas.press('Enter');
    const bar = page.locator('rarevox-brush-panel .bar');
    await eventually(() => bar.textContent()).toMatch(/\+\d+ −0 voxels/);
    const added = Number(/\+(\d+) /.exec((await bar.textContent()) ?? '')?.[1]);
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(25);
    const decidedVoxels = countOf(labelMap([probabilities], [1], decided).data);
    const corrected = await readLabels(nodeFileAccess, await saved(/^Corrected mask/));
    expect(countOf(corrected.volume.data)).toBe(decidedVoxels + added);
    // The corrections stay where they are at another threshold, and the table knows them.
    await page.getByRole('slider', { name: 'Threshold' }).fill('0.99');
    const sure = labelMap([probabilities], [1], { ...decided, threshold: 0.99 });
    for (let voxel = 0; voxel < sure.data.length; voxel++) {
      if (corrected.volume.data[voxel] === 1 && (probabilities.data[voxel] as number) < THRESHOLD) sure.data[voxel] = 1;
    }
    const expected = lesionsOf({ mask: sure, probabilities: [probabilities], voteSpread: null }, labels, 18);
    await eventually(() => figure(expected.length === 1 ? 'Lesion' : 'Lesions')).toBe(String(expected.length));
    await page.getByRole('slider', { name: 'Threshold' }).fill(String(THRESHOLD));
    await button('Undo the last stroke').click();
    await eventually(() => bar.textContent()).not.toMatch(/voxels/);
    // With the mouse, across the axial plane, which is the left half of the canvas.
    await page.locator('rarevox-lesion-table tbody button').last().click();
    await button('Erase').click();
    await page.getByLabel('Size').fill('15');
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('the canvas is not shown');
    const at = (right: number, down: number): [number, number] => [
      box.x + box.width * right,
      box.y + box.height * down,
    ];
    await page.mouse.move(...at(0.1, 0.3));
    await page.mouse.down();
    for (const down of [0.4, 0.5, 0.6]) {
      await page.mouse.move(...at(0.4, down), { steps: 2 });
      await page.mouse.move(...at(0.1, down), { steps: 2 });
    }
    await page.mouse.up();
    await eventually(() => bar.textContent()).toMatch(/\+0 −[1-9]\d* voxels/);
    const report = readFileSync(await saved(/^Report/), 'utf8');
    expect(report).toMatch(/Corrected by hand: 0 voxels added, \d+ erased\./);
    expect(report).toContain(`--image FLAIR=sub-01_FLAIR.nii.gz`);
    await button('Discard').click();
    await eventually(() => bar.textContent()).not.toMatch(/voxels/);
  });

  it('can be cancelled, and goes on afterwards', async () => {
    await page.getByRole('tab', { name: 'Scan and model' }).click();
    await button('Predict again').click();
    await button('Cancel').click();
    await button('Predict again').waitFor();
    await page.getByRole('tab', { name: 'Result' }).click();
    await moveThreshold(0.65);
  });

  it('compares two masks without a model', async () => {
    const { volume: reference } = await readLabels(nodeFileAccess, `${folder}/sub-01_label-lesion_mask.nii.gz`);
    // The reference moved by one voxel, and written as programs do that mark with 255.
    const moved = Uint8Array.from(reference.data, (_, voxel) => (reference.data[voxel + 1] === 1 ? 1 : 0));
    const data = moved.map((value) => 255 * value);
    await writeNifti(nodeFileAccess, `${folder}/sub-01_desc-moved_mask.nii.gz`, { ...reference, data }, null);
    await button('Open others').click();
    await choose(...['FLAIR', 'desc-moved_mask', 'label-lesion_mask'].map((name) => `${folder}/sub-01_${name}.nii.gz`));
    expect(await page.getByLabel('What sub-01_desc-moved_mask.nii.gz is').inputValue()).toBe(':mask');
    const scan = page.getByLabel('What sub-01_FLAIR.nii.gz is');
    await scan.selectOption('Not used');
    await page.getByText('Say in the list which scan is which sequence').waitFor();
    // Nothing waits for what is being read: what is asked for meanwhile is done once it is there.
    await scan.selectOption('T2w');
    await button('Compare masks').click();
    await page.getByRole('tab', { name: 'Result' }).waitFor();
    const figures = evaluateCase({ ...reference, data: moved }, reference)['1'] as Record<string, number>;
    expect(figures.Dice).toBeGreaterThan(0.1);
    expect(figures.Dice).toBeLessThan(0.9);
    expect(await figure('Dice')).toBe(figures.Dice?.toFixed(3));
    expect(await figure('Precision')).toBe(figures.PPV?.toFixed(3));
    expect(await figure('Recall')).toBe(figures.Sensitivity?.toFixed(3));
    const key = await page.locator('rarevox-mask-key li').allTextContents();
    expect(key.map((text) => text.trim())).toEqual(['Both', 'Mask only', 'Reference only']);
    const heads = await page.locator('rarevox-lesion-table thead button').allTextContents();
    expect(heads.map((head) => head.trim().split(/\s/)[0])).toEqual(['Lesion', 'Volume']);
    expect(await page.locator('rarevox-lesion-table tbody tr').count()).toBe(Number(await figure('Lesions')));
    expect(await page.getByRole('slider', { name: 'Threshold' }).count()).toBe(0);
    expect(await button('Probability').count()).toBe(0);
  });

  it('lets choose one of several DICOM series, and shows it', async () => {
    const paths = [
      ['1.2.3', 'localizer'],
      ['1.2.4', 't2_tirm_tra_dark-fluid'],
    ].flatMap(([uid, description]) =>
      [1, 2, 3].map((slice) => {
        const path = `${folder}/${uid}-${slice}.dcm`;
        const changes = { '0020000E': uid as string, '0008103E': description as string };
        writeFileSync(path, sliceFile({ ...changes, '00200032': `0\\0\\${2 * slice}` }));
        return path;
      }),
    );
    await button('Open others').click();
    await choose(...paths);
    const series = page.getByLabel('Which series of DICOM');
    await series.waitFor();
    expect(await series.locator('option').allTextContents()).toEqual(
      ['Choose one of 2 series …', 'localizer, 3 images', 't2_tirm_tra_dark-fluid, 3 images'].map((text) =>
        expect.stringContaining(text),
      ),
    );
    await page.getByText('Say in the list which scan is which sequence').waitFor();
    await series.selectOption('1.2.4');
    await eventually(() => page.getByLabel('What DICOM is').inputValue()).toBe('FLAIR');
    await page.locator('rarevox-place-bar p').waitFor();
    expect(await page.locator('rarevox-viewer .note').count()).toBe(0);
  });

  it('asks for nothing beyond its own origin, and nothing complains', () => {
    expect(
      served.requests.filter((address) => !address.startsWith(served.url) && !/^(data|blob):/.test(address)),
    ).toEqual([]);
    expect(served.complaints.filter((text) => text !== NO_GPU)).toEqual([]);
  });
});
