import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nodeFileAccess } from '../../src/node/file-access.ts';
import { readImage } from '../../src/volume/read-image.ts';
import { relativeDifference } from '../graph/relative-difference.ts';
import { makeScan } from '../synthetic-scan.ts';
import { inFolder, rarevox } from './command-line.ts';
import { useSoftwareGpu } from './software-gpu.ts';
import { writeBids, writeConfig } from './synthetic-dataset.ts';

const missing = useSoftwareGpu();
if (missing !== null) process.stderr.write(`Skipped test/e2e/devices.long.ts: ${missing}.\n`);

/** The losses that a run has logged. */
function lossesOf(run: string): number[] {
  const lines = readFileSync(`${run}/log.jsonl`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).flatMap(({ kind, loss }) => (kind === 'step' ? [loss] : []));
}

it.skipIf(missing !== null)('trains, resumes and predicts on webgpu as on the CPU', async () => {
  await inFolder(async (folder) => {
    const [data, config] = [`${folder}/data`, `${folder}/config.json`];
    await writeBids(
      data,
      [1, 2, 3].map((seed) => makeScan(seed)),
    );
    writeConfig(config, { steps: 3, schedule: 'constant' });
    const succeed = async (...words: readonly string[]): Promise<string> => {
      const { status, stderr } = await rarevox(...words);
      expect(status, stderr).toBe(0);
      return stderr;
    };
    const train = (device: string) =>
      succeed('train', data, '--out', `${folder}/${device}`, '--config', config, '--device', device);
    expect(await train('cpu')).not.toContain('Device');
    expect(await train('webgpu')).toMatch(/^Device: webgpu\n/);
    expect(relativeDifference(lossesOf(`${folder}/webgpu`), lossesOf(`${folder}/cpu`))).toBeLessThan(1e-5);

    // The run knows its device, and does not leave it.
    const resume = ['train', data, '--out', `${folder}/webgpu`, '--resume', '--steps', '4'];
    const { status, stderr } = await rarevox(...resume, '--device', 'cpu');
    expect(status).toBe(2);
    expect(stderr).toContain('was started on the device webgpu, and stays there');
    expect(await succeed(...resume)).toMatch(/^Device: webgpu\n/);
    expect(lossesOf(`${folder}/webgpu`)).toHaveLength(4);

    const probabilities = async (device: string): Promise<Float32Array> => {
      const out = `${folder}/predicted-${device}`;
      const options = ['--subjects', 'sub-01', '--save-probabilities', '--device', device];
      await succeed('predict', data, '--model', `${folder}/cpu`, '--out', out, ...options);
      const file = `${out}/sub-01/anat/sub-01_label-lesion_probseg.nii.gz`;
      return (await readImage(nodeFileAccess, file)).volume.data as Float32Array;
    };
    expect(relativeDifference(await probabilities('webgpu'), await probabilities('cpu'))).toBeLessThan(1e-4);
  });
});
