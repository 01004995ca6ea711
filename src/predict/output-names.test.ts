import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { listLabelMaps } from '../evaluate/label-map-files.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import { outputNames } from './output-names.ts';

describe('outputNames', () => {
  it('gives a BIDS subject its folders and the derivative names', () => {
    expect(outputNames('sub-01', ['lesion'])).toEqual({
      mask: 'sub-01/anat/sub-01_desc-lesion_mask.nii.gz',
      sidecar: 'sub-01/anat/sub-01_desc-lesion_mask.json',
      lesions: 'sub-01/anat/sub-01_lesions.csv',
      probabilities: ['sub-01/anat/sub-01_label-lesion_probseg.nii.gz'],
      voteSpread: ['sub-01/anat/sub-01_label-lesion_desc-voteSpread_statmap.nii.gz'],
    });
    expect(outputNames('sub-01_ses-b', ['lesion']).mask).toBe('sub-01/ses-b/anat/sub-01_ses-b_desc-lesion_mask.nii.gz');
  });

  it('names the files of several classes by class, without what is no letter or digit', () => {
    expect(outputNames('hippocampus_001', ['Anterior', 'the rest'])).toEqual({
      mask: 'hippocampus_001_dseg.nii.gz',
      sidecar: 'hippocampus_001_dseg.json',
      lesions: 'hippocampus_001_lesions.csv',
      probabilities: ['hippocampus_001_label-Anterior_probseg.nii.gz', 'hippocampus_001_label-therest_probseg.nii.gz'],
      voteSpread: [
        'hippocampus_001_label-Anterior_desc-voteSpread_statmap.nii.gz',
        'hippocampus_001_label-therest_desc-voteSpread_statmap.nii.gz',
      ],
    });
  });

  it.each(['sub-01', 'sub-01_ses-2', 'hippocampus_017', 'flair'])('lets evaluation find the subject %s again', (id) => {
    expect(subjectKey(outputNames(id, ['lesion']).mask)).toBe(id);
    expect(subjectKey(outputNames(id, ['a', 'b']).mask)).toBe(id);
  });

  it('gives evaluation nothing but the mask to take for a label map', async () => {
    const files = new MemoryFileAccess();
    const names = [outputNames('sub-01', ['lesion']), outputNames('scan', ['a', 'b'])];
    for (const { mask, probabilities, voteSpread } of names) {
      for (const name of [mask, ...probabilities, ...voteSpread]) files.set(`out/${name}`, '');
    }
    const maps = await listLabelMaps(files, 'out');
    expect(maps.map(({ path }) => path)).toEqual(['out/scan_dseg.nii.gz', `out/${names[0].mask}`]);
  });

  it('never gives a mask the name of the scan', () => {
    expect(outputNames('sub-01_FLAIR', ['lesion']).mask).toBe('sub-01_FLAIR_desc-lesion_mask.nii.gz');
  });

  it('numbers classes whose names have no letters of their own', () => {
    expect(outputNames('scan', ['病灶']).mask).toBe('scan_desc-1_mask.nii.gz');
    expect(outputNames('scan', ['a-b', 'ab']).probabilities).toEqual([
      'scan_label-1_probseg.nii.gz',
      'scan_label-2_probseg.nii.gz',
    ]);
  });
});
