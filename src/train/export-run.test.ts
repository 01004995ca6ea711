import { fromBinary } from '@bufbuild/protobuf';
import * as runtime from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeUpMeasures } from '../../test/case-measures.ts';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { makeScan, PIL, tinyConfig } from '../../test/synthetic-scan.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import { ModelProtoSchema } from '../engine/onnx/onnx_pb.ts';
import { OrtEngine } from '../engine/ort-engine.ts';
import { DataError } from '../errors.ts';
import { figuresOf } from '../evaluate/figures.ts';
import { encodeSummary, summarize } from '../evaluate/summary.ts';
import { decodeModel, encodeModel } from '../model/model-file.ts';
import { encodeNifti } from '../volume/nifti-write.ts';
import type { CardFile } from './card-file.ts';
import { parseTrainConfig } from './config.ts';
import { digestOfData } from './data-digest.ts';
import { exportRun } from './export-run.ts';
import { train } from './train.ts';

const files = new MemoryFileAccess();
let dataset: Dataset;

/** A run over three steps that validates after each of the first two, so that the checkpoints differ, and averages. */
beforeAll(async () => {
  const subjects: Subject[] = [];
  for (const seed of [1, 2, 3]) {
    // The second has voxels of 2 x 1 x 1.25 mm along x, y, z.
    const { grid, images, reference } = makeScan(seed, seed === 2 ? { affine: PIL } : {});
    const id = `sub-0${seed}`;
    for (const [modality, data] of Object.entries(images)) {
      files.set(`${id}_${modality}.nii`, await encodeNifti({ kind: 'scalar', ...grid, data }, null, { gzip: false }));
    }
    files.set(`${id}_mask.nii`, await encodeNifti({ kind: 'label', ...grid, data: reference }, null, { gzip: false }));
    const images3 = { FLAIR: `${id}_FLAIR.nii`, T1w: `${id}_T1w.nii` };
    const site = seed === 1 ? 'north' : 'south';
    subjects.push({ id, group: id, site, images: images3, reference: `${id}_mask.nii`, split: 'training' });
  }
  const labels = [{ value: 1, name: 'lesion' }];
  dataset = { name: 'Made up', layout: 'bids', modalities: ['FLAIR', 'T1w'], labels, subjects };
  const tiny = tinyConfig({ steps: 3, validation: ['03'], validateEvery: 1, average: 0.5 });
  const network = { ...(tiny.network as object), normalization: 'batch' };
  const config = parseTrainConfig({ ...tiny, network });
  const engine = new OrtEngine(runtime, { threads: 1 });
  await train(dataset, config, {
    files,
    engine,
    out: 'run',
    now: () => 0,
    version: '1.2.3',
    command: 'rarevox train x',
  });
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
    expect(written.description.card.rarevox_version).toBe('1.2.3');
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

  describe('with a card for others', () => {
    const file: CardFile = {
      description: 'Finds lesions.',
      intended_use: 'Research.',
      must_not_be_used_for: 'Diagnosis.',
      limits: ['Three made-up scans.'],
      sources: [{ name: 'Made up', license: 'CC0', citation: 'Nobody 2026' }],
      reported: {
        method: 'One patient was held out.',
        selection: 'Nothing.',
        results: [
          { sequences: ['FLAIR'], summary: '../run/validation/summary.json', intervals: true },
          { sequences: ['FLAIR', 'T1w'], summary: 'two.json', note: 'both', intervals: true },
          { sequences: ['FLAIR', 'T1w'], summary: 'two.json', intervals: false },
          { baseline: 'a U-Net', sequences: ['FLAIR'], summary: 'two.json', subjects: ['sub-02'], intervals: true },
        ],
      },
    };
    const complete = (changed: Partial<CardFile> = {}, data: Dataset = dataset) =>
      exportRun(files, 'run', {
        version: '1.2.3',
        completion: { name: 'lesions', file: { ...file, ...changed }, path: 'cards/lesions.json', dataset: data },
      });

    beforeAll(() => {
      files.set('cards/../run/validation/summary.json', files.files.get('run/validation/summary.json') as Uint8Array);
      const lesions = { reference: 1, referenceTouched: 1, predicted: 1, predictedTouching: 1 };
      const scored = (subject: string, TP: number) => ({
        subject,
        predictionFile: 'p',
        referenceFile: 'r',
        metrics: { '1': figuresOf(madeUpMeasures({ TP, FP: 1, FN: 1, TN: 9 }, lesions), 'null') },
      });
      files.set('cards/two.json', encodeSummary(summarize([scored('sub-01', 1), scored('sub-02', 3)])));
    });

    it('says what the data are, and how good it is', async () => {
      const { card } = (await complete()).description;
      const { data, reported } = card;
      expect(card).toMatchObject({
        name: 'lesions',
        must_not_be_used_for: 'Diagnosis.',
        limits: ['Three made-up scans.'],
      });
      expect(card.training).toMatchObject({ command: 'rarevox train x', step: 3, held_out: ['sub-03'] });
      expect(data).toMatchObject({
        patients: 2,
        scans: 2,
        sites: [
          { name: 'north', patients: 1 },
          { name: 'south', patients: 1 },
        ],
        sequences: [{ sequences: ['FLAIR', 'T1w'], scans: 2 }],
        spacing: { least: [1, 1, 1], greatest: [2, 1, 1.25] },
        sources: file.sources,
      });
      expect(
        reported?.results.map(({ baseline, sequences, note, cases }) => [baseline, sequences.join(), note, cases]),
      ).toEqual([
        [undefined, 'FLAIR', undefined, 1],
        [undefined, 'FLAIR,T1w', 'both', 2],
        [undefined, 'FLAIR,T1w', undefined, 2],
        ['a U-Net', 'FLAIR', undefined, 1],
      ]);
      // 2 TP / (2 TP + FP + FN) is 0.5 and 0.75.
      const dice = reported?.results.map(({ figures }) => figures.lesion?.Dice);
      expect(dice).toEqual([
        { mean: 0.75, interval: null, n: 1 },
        { mean: 0.625, interval: [0.5, 0.75], n: 2 },
        { mean: 0.625, interval: null, n: 2 },
        { mean: 0.75, interval: null, n: 1 },
      ]);
      const model = await complete();
      expect(decodeModel(encodeModel(model), 'a.onnx')).toEqual(model);
    });

    it('has a digest of what it was trained on, whatever the order, and of nothing else', async () => {
      const digest = async (subjects: readonly Subject[]) =>
        digestOfData(files, subjects, ['FLAIR', 'T1w'], dataset.labels);
      const [first, second, third] = dataset.subjects as [Subject, Subject, Subject];
      const { data } = (await complete()).description.card;
      expect(data?.digest).toBe(await digest([second, first]));
      expect(data?.digest).not.toBe(await digest([first, third]));
      files.set('a.mhd', '');
      const unknown = digest([{ ...first, images: { FLAIR: 'a.mhd', T1w: 'sub-01_T1w.nii' } }, second]);
      await expect(unknown).rejects.toThrow(/^The content of sub-01 can't be told/);
    });

    it('tells all faults together', async () => {
      const results = [
        { sequences: ['T2w'], summary: 'two.json', intervals: true },
        { sequences: ['FLAIR'], summary: 'none.json', intervals: true },
        { sequences: ['FLAIR'], summary: 'two.json', subjects: ['sub-02', 'sub-09'], intervals: true },
      ];
      const [first, second] = dataset.subjects as [Subject, Subject];
      const lacking = { ...dataset, subjects: [first] };
      const faults = complete({ command: 'rarevox train y', reported: { ...file.reported, results } }, lacking);
      const message = await faults.catch((error: Error) => error.message);
      expect(message).toMatch(
        /^cards\/lesions\.json: the run in run recorded its command itself: leave command out\.$/m,
      );
      expect(message).toMatch(/^The dataset Made up lacks subjects that run was trained on: sub-02\./m);
      expect(message).toMatch(/^cards\/lesions\.json: the model takes no T2w\.$/m);
      expect(message).toMatch(/^cards\/none\.json/m);
      expect(message).toMatch(/^cards\/two\.json has no scores of sub-09: correct the subjects\.$/m);
      const swapped = [first, { ...second, reference: first.reference as string, images: first.images }];
      await expect(complete({}, { ...dataset, subjects: swapped })).rejects.toThrow(
        /^The scans of sub-02 in the dataset Made up are not those that run was trained on/,
      );
    });
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
