import { describe, expect, it } from 'vitest';
import { COMMON_MODALITIES, guessModality, isLabelMapName } from './guess-modality.ts';

describe('guessModality', () => {
  it.each([
    ['sub-01_FLAIR.nii.gz', 'FLAIR'],
    ['sub-01_ses-2_T1w.nii', 'T1w'],
    ['sub-01_ce-gadolinium_T1w.nii.gz', 'ce-gadolinium_T1w'],
    ['FLAIR_preprocessed.nii.gz', 'FLAIR'],
    ['GADO_preprocessed.nii.gz', 'ce-gadolinium_T1w'],
    ['DP_preprocessed.nii.gz', 'PDw'],
    ['training01_01_mprage_pp.nii', 'T1w'],
    ['patient7-T2.nrrd', 'T2w'],
    ['t2_tirm_tra_dark-fluid', 'FLAIR'],
    ['t2_space_flair_sag', 'FLAIR'],
    ['T1_MPRAGE_SAG_POSTGD', 'ce-gadolinium_T1w'],
    ['t2_star_tra', null],
    ['ep2d_DWI_T2', null],
    ['scan.nii.gz', null],
    ['cat1.nii', null],
  ])('takes %s for %s', (name, modality) => {
    expect(guessModality(name)).toBe(modality);
  });

  it.each(COMMON_MODALITIES)('knows %s by its name', (modality) => {
    expect(guessModality(`patient_${modality}.nii.gz`)).toBe(modality);
  });
});

describe('isLabelMapName', () => {
  it.each([
    ['sub-01_label-lesion_mask.nii.gz', true],
    ['Consensus.nii.gz', true],
    ['ManualSegmentation_3.nii.gz', true],
    ['training01_01_mask1.nii', true],
    ['lesions-1.nii', true],
    ['sub-01_FLAIR.nii.gz', false],
    ['unmasked_T1.nii', false],
  ])('says of %s: %s', (name, expected) => {
    expect(isLabelMapName(name)).toBe(expected);
  });
});
