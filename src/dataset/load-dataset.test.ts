import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { loadDataset } from './load-dataset.ts';

function withFiles(...paths: string[]): MemoryFileAccess {
  const files = new MemoryFileAccess();
  for (const path of paths) files.set(path, '');
  return files;
}

describe('BIDS', () => {
  it('lists sessions, images, masks, brain masks and sites', async () => {
    const files = withFiles(
      'ms/README',
      'ms/sub-01/ses-1/anat/sub-01_ses-1_FLAIR.nii.gz',
      'ms/sub-01/ses-1/anat/sub-01_ses-1_FLAIR.json',
      'ms/sub-01/ses-1/anat/sub-01_ses-1_ce-gadolinium_T1w.nii',
      'ms/sub-01/ses-2/anat/sub-01_ses-2_FLAIR.nii.gz',
      'ms/sub-02/anat/sub-02_FLAIR.nii.gz',
      'ms/sub-02/anat/sub-02_T1w.nii.gz',
      'ms/sub-02/anat/sub-02_run-1_T2w.nii.gz',
      'ms/sub-02/anat/sub-02_run-2_T2w.nii.gz',
      'ms/sub-02/anat/sub-02_label-lesion_desc-voteSpread_statmap.nii.gz',
      'ms/sub-02/anat/._sub-02_PDw.nii.gz',
      'ms/sub-02/dwi/sub-02_dwi.nii.gz',
      'ms/sub-03/dwi/sub-03_dwi.nii.gz',
      'ms/derivatives/manual/sub-01/ses-1/anat/sub-01_ses-1_label-lesion_mask.nii.gz',
      'ms/derivatives/manual/sub-02/anat/sub-02_space-MNI_label-lesion_mask.nii.gz',
      'ms/derivatives/rarevox/sub-02/anat/sub-02_desc-lesion_mask.nii.gz',
      'ms/derivatives/rarevox/sub-02/anat/sub-02_label-lesion_probseg.nii.gz',
      'ms/derivatives/brains/sub-02/anat/sub-02_desc-brain_mask.nii.gz',
    )
      .set('ms/dataset_description.json', '{"Name": "Two patients", "BIDSVersion": "1.9.0"}')
      .set('ms/participants.tsv', '\uFEFFparticipant_id\tage\tsite\r\nsub-01\t40\tlyon\r\nsub-02\t41\tn/a\r\n');
    expect(await loadDataset(files, 'ms/')).toEqual({
      name: 'Two patients',
      layout: 'bids',
      modalities: ['FLAIR', 'T1w', 'ce-gadolinium_T1w', 'run-1_T2w', 'run-2_T2w'],
      labels: [{ value: 1, name: 'lesion' }],
      subjects: [
        {
          id: 'sub-01_ses-1',
          group: 'sub-01',
          site: 'lyon',
          images: {
            FLAIR: 'ms/sub-01/ses-1/anat/sub-01_ses-1_FLAIR.nii.gz',
            'ce-gadolinium_T1w': 'ms/sub-01/ses-1/anat/sub-01_ses-1_ce-gadolinium_T1w.nii',
          },
          reference: 'ms/derivatives/manual/sub-01/ses-1/anat/sub-01_ses-1_label-lesion_mask.nii.gz',
          split: 'training',
        },
        {
          id: 'sub-01_ses-2',
          group: 'sub-01',
          site: 'lyon',
          images: { FLAIR: 'ms/sub-01/ses-2/anat/sub-01_ses-2_FLAIR.nii.gz' },
          split: 'test',
        },
        {
          id: 'sub-02',
          group: 'sub-02',
          images: {
            FLAIR: 'ms/sub-02/anat/sub-02_FLAIR.nii.gz',
            T1w: 'ms/sub-02/anat/sub-02_T1w.nii.gz',
            'run-1_T2w': 'ms/sub-02/anat/sub-02_run-1_T2w.nii.gz',
            'run-2_T2w': 'ms/sub-02/anat/sub-02_run-2_T2w.nii.gz',
          },
          brainMask: 'ms/derivatives/brains/sub-02/anat/sub-02_desc-brain_mask.nii.gz',
          split: 'test',
        },
      ],
    });
  });

  it('is known by its subjects alone, and takes the name of its folder then', async () => {
    const dataset = await loadDataset(withFiles('data/ms/sub-01/anat/sub-01_T1w.nii'), 'data/ms');
    expect(dataset).toMatchObject({ name: 'ms', layout: 'bids', modalities: ['T1w'] });
  });

  it('reports masks and images that compete, all at once', async () => {
    const files = withFiles(
      'ms/sub-01/anat/sub-01_FLAIR.nii',
      'ms/sub-01/anat/sub-01_FLAIR.nii.gz',
      'ms/derivatives/a/sub-01/anat/sub-01_label-lesion_mask.nii.gz',
      'ms/derivatives/b/sub-01/anat/sub-01_label-lesion_mask.nii.gz',
    );
    await expect(loadDataset(files, 'ms')).rejects.toThrow(
      'sub-01: it has 2 files for its FLAIR (ms/sub-01/anat/sub-01_FLAIR.nii, ms/sub-01/anat/sub-01_FLAIR.nii.gz); ' +
        'keep the one to use.\nsub-01: it has 2 files for its lesion mask (ms/derivatives/a/sub-01/anat/sub-01_label-lesion_mask.nii.gz, ' +
        'ms/derivatives/b/sub-01/anat/sub-01_label-lesion_mask.nii.gz); keep the one to use.',
    );
  });

  it('says when there are no images', async () => {
    await expect(loadDataset(withFiles('ms/dataset_description.json'), 'ms')).rejects.toThrow(
      /^ms: .* holds no images/,
    );
  });
});

describe('Decathlon', () => {
  const description = {
    name: 'Hippocampus',
    modality: { 0: 'MRI' },
    labels: { 0: 'background', 2: 'Posterior', 1: 'Anterior' },
    training: [
      { image: './imagesTr/h_2.nii.gz', label: './labelsTr/h_2.nii.gz' },
      { image: './imagesTr/h_1.nii.gz', label: './labelsTr/h_1.nii.gz' },
    ],
    test: ['./imagesTs/h_3.nii.gz'],
  };
  const load = (content: unknown) =>
    loadDataset(new MemoryFileAccess().set('task/dataset.json', JSON.stringify(content)), 'task');

  it('lists training and test scans', async () => {
    expect(await load(description)).toEqual({
      name: 'Hippocampus',
      layout: 'decathlon',
      modalities: ['MRI'],
      labels: [
        { value: 1, name: 'Anterior' },
        { value: 2, name: 'Posterior' },
      ],
      subjects: [
        {
          id: 'h_1',
          group: 'h_1',
          images: { MRI: 'task/imagesTr/h_1.nii.gz' },
          reference: 'task/labelsTr/h_1.nii.gz',
          split: 'training',
        },
        {
          id: 'h_2',
          group: 'h_2',
          images: { MRI: 'task/imagesTr/h_2.nii.gz' },
          reference: 'task/labelsTr/h_2.nii.gz',
          split: 'training',
        },
        { id: 'h_3', group: 'h_3', images: { MRI: 'task/imagesTs/h_3.nii.gz' }, split: 'test' },
      ],
    });
  });

  it('gives each modality its volume of a 4D file', async () => {
    const { subjects, modalities } = await load({ ...description, modality: { 1: 'ADC', 0: 'T2' } });
    expect(modalities).toEqual(['T2', 'ADC']);
    expect(subjects[0].images).toEqual({ T2: 'task/imagesTr/h_1.nii.gz', ADC: 'task/imagesTr/h_1.nii.gz' });
    expect(subjects[0].frames).toEqual({ T2: 0, ADC: 1 });
  });

  it('reports what is wrong with dataset.json', async () => {
    await expect(load({ ...description, training: [{ image: 1 }] })).rejects.toThrow(
      /^task\/dataset\.json: .*training\.0\.image: .*; training\.0\.label: /,
    );
    await expect(load({ ...description, modality: {} })).rejects.toThrow(/names no modality/);
    await expect(load({ ...description, modality: { 0: 'T1', 1: 'T1' } })).rejects.toThrow(
      /two modalities are called T1/,
    );
    await expect(load({ ...description, test: ['imagesTs/h_1.nii.gz'] })).rejects.toThrow(/lists h_1 twice/);
    await expect(load({ ...description, training: [], test: [] })).rejects.toThrow(/lists no scans/);
    const broken = new MemoryFileAccess().set('task/dataset.json', '{"name": ');
    await expect(loadDataset(broken, 'task')).rejects.toThrow(/^task\/dataset\.json: it is no valid JSON/);
  });
});

describe('other folders', () => {
  it('are refused with what is understood', async () => {
    await expect(loadDataset(withFiles('x/scan.nii', 'x/a/b/c/d/preprocessed/f.nii'), 'x')).rejects.toThrow(
      /^x: its layout is unknown; looked for: a manifest .* nnU-Net .* Decathlon .* BIDS .* ISBI 2015 .* MSSEG 2016/,
    );
    await expect(loadDataset(withFiles('x/scan.nii'), 'y')).rejects.toThrow(
      'y: there is no such folder; check the path.',
    );
  });
});
