import { fromBinary } from '@bufbuild/protobuf';
import * as runtime from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { makeScan, tinyConfig } from '../../test/synthetic-scan.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { ModelProtoSchema } from '../engine/onnx/onnx_pb.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { DataError } from '../errors.ts';
import { figuresOf } from '../evaluate/figures.ts';
import { encodeSummary, summarize } from '../evaluate/summary.ts';
import { decodeModel, encodeModel } from '../model/model-file.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import { parseTrainConfig } from './config.ts';
import { exportRun } from './export-run.ts';
import { train } from './train.ts';

const files = new MemoryFileAccess();

/** A run over three steps that validates after each of the first two, so that the checkpoints differ, and averages. */
beforeAll(async () => {
  const subjects: Subject[] = [];
  for (const seed of [1, 2, 3]) {
    const { grid, images, reference } = makeScan(seed);
    const id = `sub-0${seed}`;
    for (const [modality, data] of Object.entries(images)) {
      files.set(`${id}_${modality}.nii`, await encodeNifti({ kind: 'scalar', ...grid, data }, null, { gzip: false }));
    }
    files.set(`${id}_mask.nii`, await encodeNifti({ kind: 'label', ...grid, data: reference }, null, { gzip: false }));
    const images3 = { FLAIR: `${id}_FLAIR.nii`, T1w: `${id}_T1w.nii` };
    subjects.push({ id, group: id, images: images3, reference: `${id}_mask.nii`, split: 'training' });
  }
  const labels = [{ value: 1, name: 'lesion' }];
  const dataset: Dataset = { name: 'Made up', layout: 'bids', modalities: ['FLAIR', 'T1w'], labels, subjects };
  const tiny = tinyConfig({ steps: 3, validation: ['03'], validateEvery: 1, average: 0.5 });
  const network = { ...(tiny.network as object), normalization: 'batch' };
  const config = parseTrainConfig({ ...tiny, network });
  const engine = new OrtEngine(runtime, { threads: 1 });
  await train(dataset, config, { files, engine, out: 'run', now: () => 0 });
  await engine.close();
  const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
  const metrics = { '1': figuresOf(madeUpMeasures({ TP: 3, FP: 1, FN: 1, TN: 9 }, lesions), 'null') };
  const cases = [{ subject: 'sub-03', predictionFile: 'p', referenceFile: 'r', metrics }];
  files.set('run/validation/summary.json', encodeSummary(summarize(cases)));
}, 60_000);

describe('exportRun', () => {
  it('gives the weights that the run itself wrote, with a complete card', async () => {
    const model = await exportRun(files, 'run', { version: '1.2.3', authors: 'A. Author' });
    const written = decodeModel(files.files.get('run/model.onnx') as Uint8Array, 'run/model.onnx');
    expect([...model.parameters.keys()].sort()).toEqual([...written.parameters.keys()].sort());
    for (const [name, values] of written.parameters) expect(model.parameters.get(name), name).toEqual(values);
    expect(model.description).toMatchObject({
      network: written.description.network,
      card: {
        authors: 'A. Author',
        rarevox_version: '1.2.3',
        training: { checkpoint: 'final', step: 3, subjects: ['sub-01', 'sub-02'] },
        data_source: 'the dataset Made up: 2 subjects to train on, 1 held out',
        eval_metrics: { lesion: { Dice: 0.75, IoU: 0.6 } },
      },
    });
    expect(Object.keys(model.description.card.eval_metrics?.lesion ?? {})).not.toContain('TP');
    expect(decodeModel(encodeModel(model), 'a.onnx')).toEqual(model);
  });

  it('gives the weights of another checkpoint, without scores that are not theirs', async () => {
    const final = await exportRun(files, 'run', { version: '1' });
    const latest = await exportRun(files, 'run', { checkpoint: 'latest', version: '1' });
    const best = await exportRun(files, 'run', { checkpoint: 'best', version: '1' });
    expect(latest.parameters).toEqual(final.parameters);
    expect(latest.description.card.eval_metrics).toBeUndefined();
    const { step } = best.description.card.training;
    expect([1, 2, 3]).toContain(step);
    if (step !== 3) expect(best.parameters).not.toEqual(final.parameters);
  });

  it('writes entries for other tools', async () => {
    const bytes = encodeModel(await exportRun(files, 'run', { version: '1.2.3', description: 'Finds lesions.' }));
    const proto = fromBinary(ModelProtoSchema, bytes);
    expect(proto).toMatchObject({ producerName: 'rarevox', producerVersion: '1.2.3', domain: 'rarevox' });
    expect(proto.docString).toMatch(/^Finds lesions\. The network sees patches of .* Research only\./);
    expect(proto.graph?.input[0]?.docString).toMatch(/Channels: FLAIR, T1w\.$/);
    const entries = Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value]));
    expect(entries).toMatchObject({ labels: '1: lesion', modalities: 'FLAIR, T1w' });
    expect(entries.preprocessing).toMatch(
      /^1\. Take FLAIR, T1w on one grid, .*\n2\. permute and flip the axes to RAS\+\.\n/,
    );
    expect(entries.postprocessing).toMatch(/label 1 \(lesion\) is where the probability is 0\.5 or more/);
    expect(JSON.parse(entries.network_data_format as string).inputs.image.num_channels).toBe(2);
    expect(JSON.parse(entries['postprocessing.json'] as string)).toMatchObject({
      overlap: 0.5,
      window: 'spline',
      decision: { rule: 'threshold', threshold: 0.5 },
    });
    expect(JSON.parse(entries['preprocessing.json'] as string)).toMatchObject({ orientation: 'RAS', crop: 'brain' });
  });

  it('says what is missing or damaged', async () => {
    await expect(exportRun(files, 'nowhere', { version: '1' })).rejects.toThrow(/^nowhere holds no run of/);
    const unfinished = new MemoryFileAccess();
    for (const name of ['config.json', 'checkpoint_latest.safetensors']) {
      unfinished.set(`run/${name}`, files.files.get(`run/${name}`) as Uint8Array);
    }
    const fails = (checkpoint: 'final' | 'best') => exportRun(unfinished, 'run', { checkpoint, version: '1' });
    await expect(fails('final')).rejects.toThrow(DataError);
    await expect(fails('final')).rejects.toThrow(
      /checkpoint_final\.safetensors does not exist: the run is not finished/,
    );
    await expect(fails('best')).rejects.toThrow(/validated no subject on the way/);
    const config = JSON.parse(new TextDecoder().decode(files.files.get('run/config.json')));
    config.network.initialFilters++;
    unfinished.set('run/config.json', JSON.stringify(config));
    const other = exportRun(unfinished, 'run', { checkpoint: 'latest', version: '1' });
    await expect(other).rejects.toThrow(/checkpoint_latest\.safetensors does not fit the network of the run's config/);
  });
});
