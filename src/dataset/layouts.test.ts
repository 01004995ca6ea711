import { describe, expect, it } from 'vitest';
import {
  miniatureFiles as filesOf,
  miniatureImage as image,
  miniatureMask as mask,
  miniatureBrain,
} from '../../test/miniature-datasets.ts';
import type { FileAccess } from '../volume/file-access.ts';
import type { LabelVolume } from '../volume/volume.ts';
import { checkDataset } from './check/check-dataset.ts';
import { loadDataset, openDataset } from './load-dataset.ts';
import { loadSubject } from './load-subject.ts';
import { withRater } from './rater.ts';
import type { Dataset, Subject } from './subject.ts';

const lesion = [{ value: 1, name: 'lesion' }];

/** Loads a dataset, checks that no scan has a fault, and reads every subject. */
async function readAll(files: FileAccess, root: string): Promise<Dataset> {
  const dataset = await loadDataset(files, root);
  expect(await checkDataset(files, dataset)).toEqual([]);
  for (const subject of dataset.subjects) {
    const needReference = subject.split === 'training';
    const modalities = Object.keys(subject.images);
    const { images, reference } = await loadSubject(files, subject, {
      modalities,
      labels: dataset.labels,
      needReference,
    });
    expect(images.map((image) => image?.shape)).toEqual(modalities.map(() => [4, 5, 3]));
    expect(reference !== undefined).toBe(needReference);
  }
  return dataset;
}

/** The first voxel of a subject's reference that the masks here set. */
async function firstLabel(files: FileAccess, subject: Subject): Promise<number> {
  const loaded = await loadSubject(files, subject, { modalities: ['FLAIR'], needReference: true });
  return (loaded.reference as LabelVolume).data[1];
}

describe('BIDS', () => {
  it('with sessions, a derivative, brain masks and sites', async () => {
    const files = await filesOf({
      'd/dataset_description.json': { Name: 'Miniature' },
      'd/participants.tsv': 'participant_id\tsite\nsub-1\tlyon\nsub-2\trennes\n',
      'd/sub-1/ses-a/anat/sub-1_ses-a_FLAIR.nii.gz': image(1),
      'd/sub-1/ses-b/anat/sub-1_ses-b_FLAIR.nii.gz': image(2),
      'd/sub-2/anat/sub-2_FLAIR.nii.gz': image(3),
      'd/derivatives/manual/sub-1/ses-a/anat/sub-1_ses-a_label-lesion_mask.nii.gz': mask(1),
      'd/derivatives/manual/sub-1/ses-b/anat/sub-1_ses-b_label-lesion_mask.nii.gz': mask(1, 1),
      'd/derivatives/brains/sub-1/ses-a/anat/sub-1_ses-a_desc-brain_mask.nii.gz': miniatureBrain(),
    });
    const { subjects } = await readAll(files, 'd');
    expect(subjects.map(({ id, group, site, split }) => [id, group, site, split])).toEqual([
      ['sub-1_ses-a', 'sub-1', 'lyon', 'training'],
      ['sub-1_ses-b', 'sub-1', 'lyon', 'training'],
      ['sub-2', 'sub-2', 'rennes', 'test'],
    ]);
    expect(subjects[0].brainMask).toBe('d/derivatives/brains/sub-1/ses-a/anat/sub-1_ses-a_desc-brain_mask.nii.gz');
  });

  it('with masks beside the images, as a dataset that is a derivative itself', async () => {
    const files = await filesOf({
      'd/sub-1/anat/sub-1_desc-preproc_FLAIR.nii.gz': image(1),
      'd/sub-1/anat/sub-1_label-lesion_mask.nii.gz': mask(1),
      'd/sub-1/anat/sub-1_desc-brain_mask.nii.gz': miniatureBrain(),
    });
    expect((await readAll(files, 'd')).subjects).toEqual([
      {
        id: 'sub-1',
        group: 'sub-1',
        images: { 'desc-preproc_FLAIR': 'd/sub-1/anat/sub-1_desc-preproc_FLAIR.nii.gz' },
        reference: 'd/sub-1/anat/sub-1_label-lesion_mask.nii.gz',
        brainMask: 'd/sub-1/anat/sub-1_desc-brain_mask.nii.gz',
        split: 'training',
      },
    ]);
  });
});

describe('nnU-Net raw', () => {
  const description = {
    channel_names: { 1: 'T1w', 0: 'FLAIR' },
    labels: { background: 0, old: 2, new: 1 },
    numTraining: 2,
    file_ending: '.nii.gz',
  };
  const scans = {
    'Dataset001_Ms/imagesTr/a_1_0000.nii.gz': image(1),
    'Dataset001_Ms/imagesTr/a_1_0001.nii.gz': image(2),
    'Dataset001_Ms/imagesTr/b_0000.nii.gz': image(3),
    'Dataset001_Ms/imagesTr/b_0001.nii.gz': image(4),
    'Dataset001_Ms/labelsTr/a_1.nii.gz': mask(1, 2),
    'Dataset001_Ms/labelsTr/b.nii.gz': mask(2),
    'Dataset001_Ms/imagesTs/c_0000.nii.gz': image(5),
    'Dataset001_Ms/imagesTs/c_0001.nii.gz': image(6),
  };
  const open = async (changed: object, others: object = {}) =>
    openDataset(
      await filesOf({ ...scans, ...others, 'Dataset001_Ms/dataset.json': { ...description, ...changed } }),
      'Dataset001_Ms',
    );

  it('by channels, labels and folders, with the folds that lie there', async () => {
    const folds = [{ train: ['a_1'], val: ['b'] }];
    const files = await filesOf({
      ...scans,
      'Dataset001_Ms/dataset.json': description,
      'Dataset001_Ms/splits_final.json': folds,
    });
    expect(await readAll(files, 'Dataset001_Ms/')).toEqual({
      name: 'Dataset001_Ms',
      layout: 'nnunet',
      modalities: ['FLAIR', 'T1w'],
      labels: [
        { value: 1, name: 'new' },
        { value: 2, name: 'old' },
      ],
      subjects: [
        {
          id: 'a_1',
          group: 'a_1',
          images: {
            FLAIR: 'Dataset001_Ms/imagesTr/a_1_0000.nii.gz',
            T1w: 'Dataset001_Ms/imagesTr/a_1_0001.nii.gz',
          },
          reference: 'Dataset001_Ms/labelsTr/a_1.nii.gz',
          split: 'training',
        },
        {
          id: 'b',
          group: 'b',
          images: { FLAIR: 'Dataset001_Ms/imagesTr/b_0000.nii.gz', T1w: 'Dataset001_Ms/imagesTr/b_0001.nii.gz' },
          reference: 'Dataset001_Ms/labelsTr/b.nii.gz',
          split: 'training',
        },
        {
          id: 'c',
          group: 'c',
          images: { FLAIR: 'Dataset001_Ms/imagesTs/c_0000.nii.gz', T1w: 'Dataset001_Ms/imagesTs/c_0001.nii.gz' },
          split: 'test',
        },
      ],
      folds,
    });
  });

  it('with cases by paths in place of the folders', async () => {
    const dataset = { z: { images: ['../x/f.nii.gz', './x/t.nii.gz'], label: 'x/l.nii.gz' } };
    const { subjects } = (await open({ dataset, numTraining: 1 })).dataset;
    expect(subjects.find(({ id }) => id === 'z')).toEqual({
      id: 'z',
      group: 'z',
      images: { FLAIR: 'Dataset001_Ms/../x/f.nii.gz', T1w: 'Dataset001_Ms/x/t.nii.gz' },
      reference: 'Dataset001_Ms/x/l.nii.gz',
      split: 'training',
    });
  });

  it('calls values that only regions hold by their number', async () => {
    const { dataset } = await open({ labels: { background: 0, whole: [1, 2], core: 2 } });
    expect(dataset.labels).toEqual([
      { value: 1, name: 'label 1' },
      { value: 2, name: 'core' },
    ]);
  });

  it('reports every case that does not fit its description', async () => {
    const { faults, dataset } = await open(
      { numTraining: 7 },
      {
        'Dataset001_Ms/imagesTr/d.nii.gz': image(7),
        'Dataset001_Ms/imagesTr/e_0002.nii.gz': image(8),
        'Dataset001_Ms/labelsTr/f.nii.gz': mask(1),
        'Dataset001_Ms/imagesTs/b_0000.nii.gz': image(9),
      },
    );
    expect(faults.map(({ file, explanation }) => `${file}: ${explanation}`)).toEqual([
      'Dataset001_Ms/imagesTr/d.nii.gz: its name does not end in the number of a channel, as in CASE_0000',
      'Dataset001_Ms/imagesTr/e_0002.nii.gz: dataset.json names no channel 2',
      'Dataset001_Ms/labelsTr/f.nii.gz: there is no image imagesTr/f_0000.nii.gz for this label map',
      'Dataset001_Ms/dataset.json: it speaks of 7 training cases (numTraining), but there are 2',
      'Dataset001_Ms/dataset.json: the case b stands in imagesTr and in imagesTs',
    ]);
    expect(dataset.subjects.map(({ id }) => id)).toEqual(['a_1', 'b', 'b', 'c']);
  });

  it('refuses a description that says nothing to train on', async () => {
    await expect(open({ labels: { background: 0 } })).rejects.toThrow(/no label but the background/);
    await expect(open({ labels: { background: 0, lesion: 1, ignore: 2 } })).rejects.toThrow(
      /"ignore" is not supported/,
    );
    await expect(open({ channel_names: {} })).rejects.toThrow(/names no channel/);
    await expect(open({ channel_names: { 0: 'T1w', 1: 'T1w' } })).rejects.toThrow(/two channels are called T1w/);
    await expect(open({ labels: 'lesion' })).rejects.toThrow(/no description of an nnU-Net dataset; correct labels: /);
    await expect(open({ file_ending: '.nrrd' })).rejects.toThrow(/looked for as imagesTr\/CASE_0000\.nrrd/);
  });
});

describe('Decathlon', () => {
  it('with a scan for training and one for testing', async () => {
    const files = await filesOf({
      't/dataset.json': {
        name: 'Miniature',
        modality: { 0: 'MRI' },
        labels: { 0: 'background', 1: 'Anterior', 2: 'Posterior' },
        training: [{ image: './imagesTr/h_1.nii.gz', label: './labelsTr/h_1.nii.gz' }],
        test: ['./imagesTs/h_2.nii.gz'],
      },
      't/imagesTr/h_1.nii.gz': image(1),
      't/labelsTr/h_1.nii.gz': mask(1, 2),
      't/imagesTs/h_2.nii.gz': image(2),
    });
    const { subjects, layout } = await readAll(files, 't');
    expect(layout).toBe('decathlon');
    expect(subjects.map(({ id, split }) => [id, split])).toEqual([
      ['h_1', 'training'],
      ['h_2', 'test'],
    ]);
  });
});

describe('MSSEG 2016', () => {
  it('by centers and patients, with masks and images in folders of their own', async () => {
    const files = await filesOf({
      'm/Training/Center_01/Patient_01/Raw_Data/FLAIR.nii.gz': image(1),
      'm/Training/Center_01/Patient_01/Preprocessed_Data/FLAIR_preprocessed.nii.gz': image(2),
      'm/Training/Center_01/Patient_01/Preprocessed_Data/T1_preprocessed.nii.gz': image(3),
      'm/Training/Center_01/Patient_01/Preprocessed_Data/T2_preprocessed.nii.gz': image(4),
      'm/Training/Center_01/Patient_01/Preprocessed_Data/DP_preprocessed.nii.gz': image(5),
      'm/Training/Center_01/Patient_01/Preprocessed_Data/GADO_preprocessed.nii.gz': image(6),
      'm/Training/Center_01/Patient_01/Masks/Consensus.nii.gz': mask(1),
      'm/Training/Center_01/Patient_01/Masks/ManualSegmentation_1.nii.gz': mask(1, 1),
      'm/Training/Center_01/Patient_01/Masks/Brain_Mask.nii.gz': miniatureBrain(),
      'm/Testing/Center_03/Patient_01/Preprocessed_Data/FLAIR_preprocessed.nii.gz': image(7),
      'm/Testing/Center_03/Patient_01/Preprocessed_Data/T1_preprocessed.nii.gz': image(8),
      'm/Testing/Center_03/Patient_01/Preprocessed_Data/T2_preprocessed.nii.gz': image(9),
      'm/Testing/Center_03/Patient_01/Preprocessed_Data/DP_preprocessed.nii.gz': image(10),
      'm/Testing/Center_03/Patient_01/Preprocessed_Data/GADO_preprocessed.nii.gz': image(11),
      'm/Testing/Center_03/Patient_01/Masks/Consensus.nii.gz': mask(1),
    });
    const patient = 'm/Training/Center_01/Patient_01';
    const dataset = await readAll(files, 'm');
    expect(dataset).toMatchObject({ layout: 'msseg', name: 'm', labels: lesion });
    expect(dataset.subjects).toEqual([
      expect.objectContaining({
        id: 'Testing_Center_03_Patient_01',
        site: 'Center_03',
        split: 'test',
        reference: 'm/Testing/Center_03/Patient_01/Masks/Consensus.nii.gz',
      }),
      {
        id: 'Training_Center_01_Patient_01',
        group: 'Training_Center_01_Patient_01',
        site: 'Center_01',
        images: {
          FLAIR: `${patient}/Preprocessed_Data/FLAIR_preprocessed.nii.gz`,
          T1w: `${patient}/Preprocessed_Data/T1_preprocessed.nii.gz`,
          T2w: `${patient}/Preprocessed_Data/T2_preprocessed.nii.gz`,
          PDw: `${patient}/Preprocessed_Data/DP_preprocessed.nii.gz`,
          'ce-gadolinium_T1w': `${patient}/Preprocessed_Data/GADO_preprocessed.nii.gz`,
        },
        reference: `${patient}/Masks/Consensus.nii.gz`,
        references: {
          Consensus: `${patient}/Masks/Consensus.nii.gz`,
          ManualSegmentation_1: `${patient}/Masks/ManualSegmentation_1.nii.gz`,
        },
        brainMask: `${patient}/Masks/Brain_Mask.nii.gz`,
        split: 'training',
      },
    ]);
  });

  it('by patients with all files in one folder', async () => {
    const files = await filesOf({
      'm/01016SACH/FLAIR_preprocessed.nii.gz': image(1),
      'm/01016SACH/Consensus.nii.gz': mask(1),
      'm/01016SACH/Mask_registered.nii.gz': miniatureBrain(),
      'm/01038PAGU/FLAIR_preprocessed.nii.gz': image(2),
      'm/01038PAGU/ManualSegmentation_2.nii.gz': mask(1),
      'm/01038PAGU/ManualSegmentation_1.nii.gz': mask(1),
    });
    const { subjects } = await readAll(files, 'm');
    expect(
      subjects.map(({ id, group, site, reference, brainMask }) => [id, group, site, reference, brainMask]),
    ).toEqual([
      ['01016SACH', '01016SACH', undefined, 'm/01016SACH/Consensus.nii.gz', 'm/01016SACH/Mask_registered.nii.gz'],
      ['01038PAGU', '01038PAGU', undefined, 'm/01038PAGU/ManualSegmentation_1.nii.gz', undefined],
    ]);
  });
});

describe('ISBI 2015', () => {
  const scans = {
    'i/training/training01/orig/training01_01_flair.nii.gz': image(20),
    'i/training/training01/preprocessed/training01_01_flair_pp.nii': image(1),
    'i/training/training01/preprocessed/training01_01_mprage_pp.nii': image(2),
    'i/training/training01/preprocessed/training01_01_pd_pp.nii': image(3),
    'i/training/training01/preprocessed/training01_01_t2_pp.nii': image(4),
    'i/training/training01/preprocessed/training01_02_flair_pp.nii': image(5),
    'i/training/training01/preprocessed/training01_02_mprage_pp.nii': image(6),
    'i/training/training01/preprocessed/training01_02_pd_pp.nii': image(7),
    'i/training/training01/preprocessed/training01_02_t2_pp.nii': image(8),
    'i/training/training01/masks/training01_01_mask1.nii': mask(1, 1),
    'i/training/training01/masks/training01_01_mask2.nii': mask(0, 1),
    'i/training/training01/masks/training01_02_mask1.nii': mask(1),
    'i/testdata_website/test01/preprocessed/test01_01_flair_pp.nii': image(9),
    'i/testdata_website/test01/preprocessed/test01_01_mprage_pp.nii': image(10),
    'i/testdata_website/test01/preprocessed/test01_01_pd_pp.nii': image(11),
    'i/testdata_website/test01/preprocessed/test01_01_t2_pp.nii': image(12),
  };

  it('by time points, with the patient as the group and two raters', async () => {
    const files = await filesOf(scans);
    const dataset = await readAll(files, 'i');
    const folder = 'i/training/training01';
    expect(dataset).toMatchObject({ layout: 'isbi', labels: lesion, modalities: ['FLAIR', 'PDw', 'T1w', 'T2w'] });
    expect(dataset.subjects.map(({ id, group, split }) => [id, group, split])).toEqual([
      ['test01_01', 'test01', 'test'],
      ['training01_01', 'training01', 'training'],
      ['training01_02', 'training01', 'training'],
    ]);
    expect(dataset.subjects[1]).toEqual({
      id: 'training01_01',
      group: 'training01',
      images: {
        FLAIR: `${folder}/preprocessed/training01_01_flair_pp.nii`,
        T1w: `${folder}/preprocessed/training01_01_mprage_pp.nii`,
        PDw: `${folder}/preprocessed/training01_01_pd_pp.nii`,
        T2w: `${folder}/preprocessed/training01_01_t2_pp.nii`,
      },
      reference: `${folder}/masks/training01_01_mask1.nii`,
      references: {
        mask1: `${folder}/masks/training01_01_mask1.nii`,
        mask2: `${folder}/masks/training01_01_mask2.nii`,
      },
      split: 'training',
    });
    // The same from the folder of the training scans alone.
    expect((await loadDataset(files, folder.replace('/training01', ''))).subjects).toEqual(dataset.subjects.slice(1));
  });

  it('with the other rater where asked for', async () => {
    const files = await filesOf(scans);
    const dataset = await loadDataset(files, 'i');
    expect(await firstLabel(files, dataset.subjects[1])).toBe(1);
    const second = withRater(dataset, 'mask2');
    expect(await firstLabel(files, second.subjects[1])).toBe(0);
    expect(second.subjects[2]).toMatchObject({ id: 'training01_02', split: 'test' });
    expect(second.subjects[2].reference).toBeUndefined();
    expect(withRater(dataset, null)).toBe(dataset);
    expect(() => withRater(dataset, 'mask3')).toThrow('The dataset i has no rater mask3; its raters are mask1, mask2.');
  });

  it('reports masks without images', async () => {
    const files = await filesOf({ ...scans, 'i/training/training01/masks/training01_09_mask1.nii': mask(1) });
    await expect(loadDataset(files, 'i')).rejects.toThrow(
      'i/training/training01/masks/training01_09_mask1.nii: there is no image preprocessed/training01_09_flair_pp.nii ' +
        'for this mask; add the images or remove the mask.',
    );
  });
});
