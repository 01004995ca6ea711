import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluateCase } from '../../src/evaluate/evaluate-case.ts';
import { encodeModel } from '../../src/model/model-file.ts';
import { presetNetwork } from '../../src/network/options.ts';
import { nodeFileAccess } from '../../src/node/file-access.ts';
import { readImage, readLabels } from '../../src/volume/read-image.ts';
import { makeUntrainedModel } from '../model.ts';
import { findBrowser } from './browser.ts';
import { buildComputePage, callPage, openPages, type ServedPages } from './chromium.ts';
import { rarevox } from './command-line.ts';

if (findBrowser() === null) process.stderr.write('Skipped test/e2e/browser-compute.test.ts: there is no Chromium.\n');

/** Half a minute of work; much more beside other work. */
const TIMEOUT = 600_000;
const PATIENT = { timeout: 60_000 };
const anat = join(import.meta.dirname, '..', '..', 'samples', 'ms', 'sub-tabriz09', 'anat');
const images = ['FLAIR', 'T1w'].map((name) => [name, join(anat, `sub-tabriz09_${name}.nii.gz`)] as const);
/** Of the untrained model's probabilities some two in a hundred are above. */
const THRESHOLD = 0.7;

describe.skipIf(findBrowser() === null)('rarevox/browser in Chromium', { timeout: TIMEOUT }, () => {
  let folder = '';
  let built: Awaited<ReturnType<typeof buildComputePage>>;
  let served: ServedPages;

  /** Reads what came from the page in base64. */
  async function labelsOf(mask: string): ReturnType<typeof readLabels> {
    writeFileSync(`${folder}/page.nii.gz`, Buffer.from(mask, 'base64'));
    return readLabels(nodeFileAccess, `${folder}/page.nii.gz`);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, stemStride: [2, 2, 1] });
    const model = makeUntrainedModel({ network, patch: [80, 96, 16] });
    model.description.prediction.threshold = THRESHOLD;
    writeFileSync(`${folder}/model.onnx`, encodeModel(model));
    const words = images.flatMap(([name, path]) => ['--image', `${name}=${path}`]);
    const shared = ['predict', '--model', `${folder}/model.onnx`, ...words, '--overlap', '0.1', '--threads', '1'];
    const { status, stderr } = await rarevox(...shared, '--out', `${folder}/out`, '--save-probabilities', '--quiet');
    expect(status, stderr).toBe(0);
    built = await buildComputePage();
    served = await openPages(built.folder, 'index.html');
  }, TIMEOUT);

  beforeEach(() => served.page.setInputFiles('#files', [...images.map(([, path]) => path), `${folder}/model.onnx`]));

  afterAll(async () => {
    await served?.close();
    built?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the mask of the command line, in the same file', async () => {
    expect(await callPage(served.page, 'isolation')).toEqual({ isolated: true });
    const outcome = await callPage(served.page, 'predict', { overlap: 0.1, threads: 1, device: 'cpu' });
    expect(outcome).toMatchObject({ device: 'cpu', threads: 1 });
    const stem = `${folder}/out/sub-tabriz09_FLAIR`;
    const own = await labelsOf(outcome.mask);
    const cli = await readLabels(nodeFileAccess, `${stem}_desc-lesion_mask.nii.gz`);
    const { Dice, n_ref: voxels } = evaluateCase(own.volume, cli.volume)['1'] as { Dice: number; n_ref: number };
    expect(voxels).toBeGreaterThan(1000);
    expect(Dice).toBeGreaterThanOrEqual(1 - 1e-4);
    const header = (bytes: Uint8Array): Buffer => Buffer.from(bytes.slice(0, 352));
    expect(header(gunzipSync(Buffer.from(outcome.mask, 'base64')))).toEqual(
      header(gunzipSync(readFileSync(`${stem}_desc-lesion_mask.nii.gz`))),
    );
    writeFileSync(`${folder}/page-p.nii.gz`, Buffer.from(outcome.probabilities, 'base64'));
    const [p, q] = await Promise.all(
      [`${folder}/page-p.nii.gz`, `${stem}_label-lesion_probseg.nii.gz`].map((path) => readImage(nodeFileAccess, path)),
    );
    let difference = 0;
    for (const [voxel, value] of (p?.volume.data ?? []).entries()) {
      difference = Math.max(difference, Math.abs(value - (q?.volume.data[voxel] as number)));
    }
    expect(difference).toBeLessThan(1e-4);
    const progress = outcome.events.filter((event) => event.kind === 'progress');
    expect(progress.at(-1)).toMatchObject({ done: progress.length, total: progress.length });
    expect(outcome.events.filter((event) => event.kind === 'notice')).toEqual([]);
  });

  it('decides at another threshold, measures lesions and scores as the library does', async () => {
    const { mask, lesions } = await callPage(served.page, 'decide', THRESHOLD + 0.1);
    const probabilities = await readImage(nodeFileAccess, `${folder}/page-p.nii.gz`);
    const at = (threshold: number) => ({
      ...{ kind: 'label' as const, shape: probabilities.volume.shape, affine: probabilities.volume.affine },
      data: Uint8Array.from(probabilities.volume.data, (p) => (p >= threshold ? 1 : 0)),
    });
    const expected = at(THRESHOLD + 0.1);
    expect(Buffer.from((await labelsOf(mask)).volume.data).equals(expected.data)).toBe(true);
    expect(lesions.reduce((sum, { voxels }) => sum + voxels, 0)).toBe(expected.data.filter((v) => v === 1).length);
    const { metrics } = await callPage(served.page, 'evaluate', THRESHOLD + 0.1);
    const options = { probabilities: { 1: probabilities.volume } };
    expect(metrics).toEqual(evaluateCase(at(THRESHOLD), expected, options));
  });

  it('ends at once when it is cancelled, and predicts again afterwards, with threads too', async () => {
    const error = await callPage(served.page, 'cancel', { overlap: 0.1, threads: 1, device: 'cpu' });
    expect(error.name).toBe('AbortError');
    await expect.poll(() => served.page.workers().length, PATIENT).toBe(0);
    const outcome = await callPage(served.page, 'predictOnce', {
      overlap: 0,
      threads: 2,
      device: 'cpu',
      voteSpread: true,
    });
    expect(outcome).toMatchObject({ device: 'cpu', threads: 2 });
    expect(outcome.lesions[0]?.meanVoteSpread).toBeGreaterThanOrEqual(0);
    // Its worker is gone, and the engine's with it; the page's own is left.
    await expect.poll(() => served.page.workers().length, PATIENT).toBe(1);
  });

  it('reads DICOM files, compressed ones too, as the command line does', async () => {
    const formats = join(import.meta.dirname, '..', 'reference', 'formats');
    for (const kind of ['jpeg_ls_lossless', 'jp2klossless', 'jpeg_lossless', 'RLE']) {
      const path = join(formats, `MR_small_${kind}.dcm`);
      const expected = (await readImage(nodeFileAccess, path)).volume;
      await served.page.setInputFiles('#files', path);
      const { shape, affine, values } = await callPage(served.page, 'read');
      expect([shape, affine], kind).toEqual([expected.shape, expected.affine]);
      expect(Buffer.from(Float32Array.from(values).buffer).equals(Buffer.from(expected.data.buffer)), kind).toBe(true);
    }
  });

  it('says in plain words what is wrong', async () => {
    expect(await callPage(served.page, 'refusal', { device: 'cpu' }, ['T1w'])).toBe(
      'DataError: The model needs the modalities FLAIR, T1w: T1w is missing. It was not trained to do without (modalityDropout).',
    );
    expect(await callPage(served.page, 'refusal', { overlap: 2, device: 'cpu' })).toMatch(
      /^UsageError: The prediction's options/,
    );
    expect(await callPage(served.page, 'refusal', { threads: 0, device: 'cpu' })).toMatch(/^UsageError: threads: 0 /);
    expect(await callPage(served.page, 'refusal', { patch: [1024, 1024, 64], device: 'cpu' })).toMatch(
      /^DataError: Predicting patches of 1024x1024x64 needs about [\d.]+ GB of memory, and a page can use 4.3 GB: the largest patch that fits is \d+x\d+x\d+/,
    );
  });

  it('asks for nothing beyond its own origin, and the Content-Security-Policy has nothing to complain of', () => {
    expect(served.requests.length).toBeGreaterThan(4);
    expect(
      served.requests.filter((address) => !address.startsWith(served.url) && !address.startsWith('data:')),
    ).toEqual([]);
    expect(served.complaints).toEqual([]);
  });
});
