import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { DataError } from '../errors.ts';
import { type LabelMapFile, listLabelMaps } from './label-map-files.ts';
import { matchSubjects } from './match-subjects.ts';
import { subjectKey } from './subject-key.ts';

const maps = (...paths: string[]): LabelMapFile[] => paths.map((path) => ({ subject: subjectKey(path), path }));

describe('subjectKey', () => {
  it.each([
    ['sub-01_desc-lesion_mask.nii.gz', 'sub-01'],
    ['a/b/sub-01_ses-2_label-lesion_mask.nii', 'sub-01_ses-2'],
    ['sub-01_acq-ses_ses-2_mask.nii', 'sub-01'],
    ['sub-01.nii.gz', 'sub-01'],
    ['C:\\data\\sub-x9.nii', 'sub-x9'],
    ['labelsTr/hippocampus_017.nii.gz', 'hippocampus_017'],
    ['hippocampus_017_desc-lesion_mask.nii.gz', 'hippocampus_017'],
    ['hippocampus_017_label-lesion_probseg.nii.gz', 'hippocampus_017'],
    [
      'hippocampus_017_label-lesion_desc-voteSpread_statmap.nii.gz',
      'hippocampus_017_label-lesion_desc-voteSpread_statmap',
    ],
    ['case.with.dots_3.NII.GZ', 'case.with.dots_3'],
    ['subject-7_mask.nii', 'subject-7'],
  ])('%s is %s', (path, key) => expect(subjectKey(path)).toBe(key));
});

describe('listLabelMaps', () => {
  it('finds label maps at any depth, and nothing else', async () => {
    const files = new MemoryFileAccess();
    const wanted = ['p/case_1.nii.gz', 'p/sub-01/anat/sub-01_desc-lesion_mask.nii.gz', 'p/sub-02/sub-02_dseg.nii'];
    const others = [
      'p/sub-01/anat/sub-01_label-lesion_probseg.nii.gz',
      'p/sub-01/anat/sub-01_desc-brain_mask.nii.gz',
      'p/sub-01/anat/sub-01_FLAIR.nii.gz',
      'p/sub-01/anat/sub-01_desc-voteSpread_map.nii.gz',
      'p/case_1_probseg.nii.gz',
      'p/case_1_desc-voteSpread_map.nii.gz',
      'p/.case_2.nii.gz.tmp.nii',
      'p/summary.json',
      'q/sub-03_mask.nii',
    ];
    for (const path of [...wanted, ...others]) files.set(path, '');
    expect((await listLabelMaps(files, 'p/')).map((file) => file.path)).toEqual(wanted);
  });
});

describe('matchSubjects', () => {
  it('pairs by subject and lists what is left over on either side', () => {
    const predictions = maps('p/sub-03_desc-lesion_mask.nii', 'p/sub-01_desc-lesion_mask.nii', 'p/sub-09_mask.nii');
    const references = maps('r/sub-01_mask.nii', 'r/sub-02_mask.nii', 'r/sub-03_mask.nii');
    expect(matchSubjects(predictions, references)).toEqual({
      pairs: [
        { subject: 'sub-01', predictionFile: 'p/sub-01_desc-lesion_mask.nii', referenceFile: 'r/sub-01_mask.nii' },
        { subject: 'sub-03', predictionFile: 'p/sub-03_desc-lesion_mask.nii', referenceFile: 'r/sub-03_mask.nii' },
      ],
      missing: ['sub-02'],
      extra: ['sub-09'],
    });
  });

  it('takes the lesion map of several', () => {
    const { pairs } = matchSubjects(
      maps('p/sub-01_desc-tissue_mask.nii', 'p/sub-01_desc-lesion_mask.nii'),
      maps('r/sub-01_mask.nii'),
    );
    expect(pairs[0]?.predictionFile).toBe('p/sub-01_desc-lesion_mask.nii');
  });

  it('refuses to choose between maps that could both be meant, naming all', () => {
    const twice = maps('p/a/x.nii', 'p/b/x.nii', 'p/a/y.nii', 'p/b/y.nii');
    expect(() => matchSubjects(twice, maps('r/x.nii'))).toThrow(DataError);
    expect(() => matchSubjects(twice, maps('r/x.nii'))).toThrow(
      /p\/a\/x.nii, p\/b\/x.nii.*\n.*p\/a\/y.nii, p\/b\/y.nii/,
    );
  });
});
