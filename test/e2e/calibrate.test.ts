import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/model/model-file.ts';
import { nodeFileAccess as files } from '../../src/node/file-access.ts';
import { Random } from '../../src/random.ts';
import { readImage, readLabels } from '../../src/volume/nifti-read.ts';
import { makeModel } from '../model.ts';
import { makeScan, PIL } from '../synthetic-scan.ts';
import { inFolder, rarevox } from './command-line.ts';
import { writeBids } from './synthetic-dataset.ts';

describe('predict, calibrate, predict', () => {
  it('comes to masks that keep to the miss rate on the subjects it was calibrated on', () =>
    inFolder(async (folder) => {
      const scans = [makeScan(1), makeScan(2, { affine: PIL, shape: [12, 14, 11] }), makeScan(3), makeScan(4)];
      await writeBids(`${folder}/data`, scans);
      const { description, parameters } = makeModel(1);
      const drawn = [...parameters].map(([name, values]) => {
        const random = new Random('calibrate', name);
        return [name, values.map(() => 0.5 * random.normal())] as const;
      });
      writeFileSync(`${folder}/model.onnx`, encodeModel({ description, parameters: new Map(drawn) }));
      const predict = (model: string, out: string, ...words: string[]) =>
        rarevox('predict', `${folder}/data`, '--model', model, '--out', out, '--threads', '1', '--quiet', ...words);

      const first = await predict(`${folder}/model.onnx`, `${folder}/p`, '--save-probabilities');
      expect(first.status, first.stderr).toBe(0);
      const words = ['calibrate', `${folder}/p`, `${folder}/data`, '--miss-rate', '0.4', '--json', '--quiet'];
      const model = ['--model', `${folder}/model.onnx`, '--out', `${folder}/new.onnx`];
      const { status, stdout, stderr } = await rarevox(...words, ...model);
      expect(status, stderr).toBe(0);
      // The sidecars name the model, and the card of a model that was never trained names no subjects.
      expect(stderr).toBe(
        "Warning: The model's card does not name its training subjects: the guarantee holds only where the calibration subjects are none of them.\n",
      );
      const { threshold, n, chosen } = JSON.parse(stdout);
      expect(n).toBe(4);
      expect((4 * chosen.missRate + 1) / 5).toBeLessThanOrEqual(0.4);

      const second = await predict(`${folder}/new.onnx`, `${folder}/q`);
      expect(second.status, second.stderr).toBe(0);
      let summed = 0;
      let sure = 0;
      for (const [index, { reference }] of scans.entries()) {
        const anat = `sub-0${index + 1}/anat/sub-0${index + 1}`;
        const mask = (await readLabels(files, `${folder}/q/${anat}_desc-lesion_mask.nii.gz`)).volume.data;
        const map = (await readImage(files, `${folder}/p/${anat}_label-lesion_probseg.nii.gz`)).volume.data;
        expect([...mask]).toEqual([...map].map((p) => (p >= threshold && p > 0 ? 1 : 0)));
        const present = [...reference.keys()].filter((voxel) => reference[voxel] !== 0);
        summed += present.filter((voxel) => mask[voxel] === 0).length / present.length;
        sure += present.filter((voxel) => map[voxel] > threshold).length;
      }
      expect(chosen.missRate).toBeCloseTo(summed / 4, 12);
      // Neither the lowest threshold nor the highest would do.
      expect(chosen.missRate).toBeGreaterThan(0);
      expect(sure).toBeGreaterThan(0);

      const other = await rarevox(...words, '--model', `${folder}/new.onnx`);
      expect(other).toMatchObject({ status: 1, stdout: '' });
      expect(other.stderr).toContain('made by another model');
    }));
});
