import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/model/model-file.ts';
import { presetNetwork } from '../../src/network/options.ts';
import { nodeFileAccess } from '../../src/node/file-access.ts';
import { encodeNifti } from '../../src/volume/nifti-write.ts';
import { readImage } from '../../src/volume/read-image.ts';
import { relativeDifference } from '../graph/relative-difference.ts';
import { makeUntrainedModel } from '../model.ts';
import { findBrowser } from './browser.ts';
import { buildComputePage, callPage, openPages, type ServedPages, SOFTWARE_WEBGPU } from './chromium.ts';

/** Nearly all of it is the compiling of shaders. */
const TIMEOUT = 600_000;
const anat = join(import.meta.dirname, '..', '..', 'samples', 'ms', 'sub-tabriz09', 'anat');
/** A part of the sample scan's brain: two patches. */
const [FIRST, SIZE] = [[60, 90, 6] as const, [48, 32, 8] as const];
const PATCH = [32, 32, 8] as const;

async function writePart(path: string, out: string): Promise<void> {
  const { volume } = await readImage(nodeFileAccess, path);
  const data = new Float32Array(SIZE[0] * SIZE[1] * SIZE[2]);
  for (let voxel = 0; voxel < data.length; voxel++) {
    const [i, j] = [voxel % SIZE[0], Math.floor(voxel / SIZE[0]) % SIZE[1]];
    const k = Math.floor(voxel / (SIZE[0] * SIZE[1]));
    const from = FIRST[0] + i + volume.shape[0] * (FIRST[1] + j + volume.shape[1] * (FIRST[2] + k));
    data[voxel] = volume.data[from] as number;
  }
  writeFileSync(
    out,
    await encodeNifti({ kind: 'scalar', shape: SIZE, affine: volume.affine, data }, null, { gzip: true }),
  );
}

describe.skipIf(findBrowser() === null)('rarevox/browser on WebGPU', { timeout: TIMEOUT }, () => {
  let folder = '';
  let built: Awaited<ReturnType<typeof buildComputePage>>;
  let served: ServedPages;
  let gpu: string | null = null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
    const network = presetNetwork('tiny', { channels: 2, outputs: 1, stemStride: [2, 2, 1] });
    writeFileSync(`${folder}/model.onnx`, encodeModel(makeUntrainedModel({ network, patch: [...PATCH] })));
    const parts = ['FLAIR', 'T1w'].map((name) => `${folder}/part_${name}.nii.gz`);
    for (const [index, name] of ['FLAIR', 'T1w'].entries()) {
      await writePart(join(anat, `sub-tabriz09_${name}.nii.gz`), parts[index] as string);
    }
    built = await buildComputePage();
    served = await openPages(built.folder, 'index.html', SOFTWARE_WEBGPU);
    await served.page.setInputFiles('#files', [...parts, `${folder}/model.onnx`]);
    gpu = await callPage(served.page, 'gpu');
    if (gpu === null) process.stderr.write('Skipped the tests on WebGPU in Chromium: it gives no adapter.\n');
  }, TIMEOUT);

  afterAll(async () => {
    await served?.close();
    built?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the probabilities of the processor', async ({ skip }) => {
    skip(gpu === null);
    const onGpu = await callPage(served.page, 'predict', { device: 'webgpu', views: 1 });
    expect(onGpu.events.filter((event) => event.kind === 'notice')).toEqual([]);
    expect(onGpu.device).toBe('webgpu');
    const onCpu = await callPage(served.page, 'predict', { device: 'cpu', threads: 1, views: 1 });
    const values = async (file: string): Promise<Float32Array> => {
      writeFileSync(`${folder}/page.nii.gz`, Buffer.from(file, 'base64'));
      return (await readImage(nodeFileAccess, `${folder}/page.nii.gz`)).volume.data;
    };
    const [expected, given] = [await values(onCpu.probabilities), await values(onGpu.probabilities)];
    expect(Math.max(...expected)).toBeGreaterThan(0.5);
    expect(relativeDifference(given, expected)).toBeLessThan(1e-4);
  });

  it('goes on on the processor when WebGPU is lost in the middle, and says so', async ({ skip }) => {
    skip(gpu === null);
    const session = await served.browser.newBrowserCDPSession();
    const lost = callPage(served.page, 'predict', { device: 'webgpu', threads: 1, views: 1, overlap: 0.9 });
    await expect.poll(() => callPage(served.page, 'progress'), { timeout: TIMEOUT }).toBeGreaterThan(0);
    await session.send('Browser.crashGpuProcess' as never);
    const outcome = await lost;
    expect(outcome.device).toBe('cpu');
    expect(outcome.events).toContainEqual(
      expect.objectContaining({
        kind: 'notice',
        code: 'webgpu-failed',
        message: expect.stringMatching(/^The device webgpu/),
      }),
    );
    const expected = await callPage(served.page, 'predict', { device: 'cpu', threads: 1, views: 1, overlap: 0.9 });
    expect(outcome.mask).toBe(expected.mask);
  });
});
