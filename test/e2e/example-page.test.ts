import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/model/model-file.ts';
import { presetNetwork } from '../../src/network/options.ts';
import { nodeFileAccess } from '../../src/node/file-access.ts';
import { mediaTypeOf } from '../../src/node/media-types.ts';
import { writeNifti } from '../../src/volume/nifti-write.ts';
import { readLabels } from '../../src/volume/read-image.ts';
import { makeUntrainedModel } from '../model.ts';
import { makeScan, PIL } from '../synthetic-scan.ts';
import { findBrowser } from './browser.ts';
import { openBrowser, openPages } from './chromium.ts';
import { rarevox } from './command-line.ts';

if (findBrowser() === null) process.stderr.write('Skipped test/e2e/example-page.test.ts: there is no Chromium.\n');

const TIMEOUT = 300_000;
const pages = join(import.meta.dirname, '..', '..', 'dist', 'web');

describe.skipIf(findBrowser() === null)('the example of docs/embed-in-a-web-page.md', { timeout: TIMEOUT }, () => {
  let folder = '';
  let files: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, levels: 1 });
    writeFileSync(`${folder}/model.onnx`, encodeModel(makeUntrainedModel({ network, patch: [16, 16, 16] })));
    const { grid, images } = makeScan(1, { affine: PIL, shape: [20, 18, 16] });
    for (const [name, data] of Object.entries(images)) {
      await writeNifti(nodeFileAccess, `${folder}/scan_${name}.nii.gz`, { kind: 'scalar', ...grid, data }, null);
    }
    files = ['FLAIR', 'T1w'].map((name) => `${folder}/scan_${name}.nii.gz`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('predicts, shows and saves the mask of the command line, and asks for nothing of other sites', async () => {
    const served = await openPages(pages, 'example.html', ['--use-gl=angle', '--use-angle=swiftshader']);
    try {
      const { page } = served;
      await page.setInputFiles('#model', `${folder}/model.onnx`);
      await page.setInputFiles('#scans', files);
      await page.click('#predict');
      await page.waitForFunction(() => / ml$|[.!]$/.test(document.querySelector('#status')?.textContent ?? ''), null, {
        timeout: TIMEOUT,
      });
      expect(await page.textContent('#status')).toMatch(/^\d+ lesions, \d+\.\d\d ml$/);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
      await download.saveAs(`${folder}/mask.nii.gz`);
      const words = ['FLAIR', 'T1w'].flatMap((name, index) => ['--image', `${name}=${files[index]}`]);
      const { status, stderr } = await rarevox(
        ...['predict', '--model', `${folder}/model.onnx`, ...words, '--out', `${folder}/out`, '--quiet'],
      );
      expect(status, stderr).toBe(0);
      const own = await readLabels(nodeFileAccess, `${folder}/mask.nii.gz`);
      const cli = await readLabels(nodeFileAccess, `${folder}/out/scan_FLAIR_desc-lesion_mask.nii.gz`);
      expect(own.header?.bytes).toEqual(cli.header?.bytes);
      expect(own.volume).toEqual(cli.volume);
      expect(
        served.requests.filter((address) => !/^(data|blob):/.test(address) && !address.startsWith(served.url)),
      ).toEqual([]);
      expect(served.complaints).toEqual([]);
    } finally {
      await served.close();
    }
  });

  it('becomes cross-origin isolated on a host that sends no headers, by its service worker', async () => {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname;
      response.setHeader('Content-Type', mediaTypeOf(path));
      response.end(readFileSync(join(pages, path)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await openBrowser(['--use-gl=angle', '--use-angle=swiftshader']);
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/example.html`);
      await expect
        .poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false), { timeout: TIMEOUT })
        .toBe(true);
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
