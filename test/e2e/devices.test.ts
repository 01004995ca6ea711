import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, rarevox } from './command-line.ts';

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
const hasCuda = existsSync(join(runtime, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so'));

/** Expects the demo to end before it trains, with one message and no stack. */
async function expectMissing(device: 'webgpu' | 'cuda', message: RegExp): Promise<void> {
  await inFolder(async (folder) => {
    const { status, stdout, stderr } = await rarevox(
      'demo',
      '--train',
      '--device',
      device,
      '--out',
      `${folder}/demo`,
      '--quiet',
    );
    expect(status, stderr).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(stderr).not.toMatch(/Error:|node:internal|onnxruntime\//);
    expect(existsSync(`${folder}/demo/run`)).toBe(false);
  });
}

describe('--device', () => {
  it.skipIf(process.platform !== 'linux')('webgpu without a GPU says what it takes', async () => {
    // Vulkan takes the drivers that it names, and finds none.
    process.env.VK_DRIVER_FILES = '/none.json';
    await expectMissing('webgpu', /^The device webgpu is not available\. No GPU was found/);
  });

  it.skipIf(hasCuda)('cuda without its binaries says that it is experimental, and what it takes', async () => {
    await expectMissing('cuda', /^The device cuda is not available\. .*experimental\. It takes Linux on x64/);
  });

  it('names the choices', async () => {
    const { status, stderr } = await rarevox('predict', '--device', 'gpu', '--model', 'none', '--out', 'none');
    expect(status).toBe(2);
    expect(stderr).toMatch(/Allowed choices are cpu, webgpu, cuda, auto/);
  });
});
