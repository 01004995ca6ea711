import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/model/model-file.ts';
import { presetNetwork } from '../../src/network/options.ts';
import { makeUntrainedModel } from '../model.ts';
import { findBrowser } from './browser.ts';
import { buildComputePage, callPage, openPages, type ServedPages } from './chromium.ts';

const TIMEOUT = 3_600_000;
const anat = join(import.meta.dirname, '..', '..', 'samples', 'ms', 'sub-tabriz09', 'anat');
const images = ['FLAIR', 'T1w'].map((name) => join(anat, `sub-tabriz09_${name}.nii.gz`));

describe.skipIf(findBrowser() === null)('rarevox/browser in Chromium, again and again', { timeout: TIMEOUT }, () => {
  let folder = '';
  let built: Awaited<ReturnType<typeof buildComputePage>>;
  let served: ServedPages;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, stemStride: [2, 2, 1] });
    writeFileSync(`${folder}/model.onnx`, encodeModel(makeUntrainedModel({ network, patch: [80, 96, 16] })));
    built = await buildComputePage();
    // Without the flag the browser measures when it next collects garbage, which may take minutes.
    served = await openPages(built.folder, 'index.html', ['--enable-blink-features=ForceEagerMeasureMemory']);
    await served.page.setInputFiles('#files', [...images, `${folder}/model.onnx`]);
  }, TIMEOUT);

  afterAll(async () => {
    await served?.close();
    built?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes back to its level of memory after ten predictions, and keeps the page free', async () => {
    await callPage(served.page, 'watchTasks');
    const levels: number[] = [];
    for (let round = 0; round < 10; round++) {
      const { lesions } = await callPage(served.page, 'predict', { overlap: 0.1, device: 'cpu', threshold: 0.8 });
      expect(lesions.length).toBeGreaterThan(0);
      // The compute worker; the engine's is gone.
      await expect.poll(() => served.page.workers().length, { timeout: 60_000 }).toBe(1);
      levels.push(await callPage(served.page, 'memory'));
    }
    process.stderr.write(`Bytes after each prediction: ${levels.join(', ')}\n`);
    expect(levels.at(-1)).toBeLessThan(1.1 * (levels[1] as number) + 5e6);
    process.stderr.write(`Tasks of 50 ms or more on the main thread, in ms: ${await callPage(served.page, 'tasks')}\n`);
  });
});
