import { expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { cohortTable } from './cohort-table.ts';
import { encodeLesions } from './lesions-table.ts';

const lesion = (value: number, number: number, volume: number) => ({
  label: { value, name: value === 1 ? 'lesion' : 'black hole' },
  number,
  voxels: 4,
  volume,
  centroid: [0, 0, 0] as const,
  meanProbability: 0.7,
  maxProbability: 0.9,
  meanVoteSpread: null,
});

it('sums up the lesions of each subject and class, none of them too, and tells who is missing', async () => {
  const files = new MemoryFileAccess();
  const one = 'out/sub-01/anat/sub-01';
  files.set(`${one}_lesions.csv`, encodeLesions('sub-01', [lesion(1, 1, 2.5), lesion(1, 2, 10), lesion(1, 3, 1.25)]));
  files.set(`${one}_desc-lesion_mask.json`, JSON.stringify({ Labels: { lesion: 1 } }));
  const two = 'out/sub-02/ses-b/anat/sub-02_ses-b';
  files.set(`${two}_lesions.csv`, encodeLesions('sub-02_ses-b', [lesion(2, 1, 3)]));
  files.set(`${two}_dseg.json`, JSON.stringify({ Labels: { lesion: 1, 'black hole': 2 } }));
  // Without a sidecar a subject is not finished.
  files.set('out/sub-03/anat/sub-03_lesions.csv', encodeLesions('sub-03', []));
  files.set('out/case_lesions.csv', encodeLesions('case', []));
  files.set('out/case_desc-lesion_mask.json', JSON.stringify({ Labels: { lesion: 1 } }));
  const ids = ['sub-01', 'sub-02_ses-b', 'sub-03', 'sub-04', 'case'];
  expect(await cohortTable(files, 'out', ids)).toEqual({
    table:
      'subject,label,name,lesions,volume_mm3,largest_mm3,mask\n' +
      'sub-01,1,lesion,3,13.75,10,sub-01/anat/sub-01_desc-lesion_mask.nii.gz\n' +
      'sub-02_ses-b,1,lesion,0,0,0,sub-02/ses-b/anat/sub-02_ses-b_dseg.nii.gz\n' +
      'sub-02_ses-b,2,black hole,1,3,3,sub-02/ses-b/anat/sub-02_ses-b_dseg.nii.gz\n' +
      'case,1,lesion,0,0,0,case_desc-lesion_mask.nii.gz\n',
    missing: ['sub-03', 'sub-04'],
  });
});
