import { describe, expect, it } from 'vitest';
import {
  miniatureFiles as filesOf,
  miniatureImage as image,
  miniatureMask as mask,
} from '../../test/miniature-datasets.ts';
import { UsageError } from '../errors.ts';
import { openReferences } from './references.ts';

const isbi = {
  'i/training01/preprocessed/training01_01_flair_pp.nii': image(1),
  'i/training01/preprocessed/training01_02_flair_pp.nii': image(2),
  'i/training01/masks/training01_01_mask1.nii': mask(1),
  'i/training01/masks/training01_01_mask2.nii': mask(1),
  'i/training01/masks/training01_02_mask1.nii': mask(1),
};

describe('openReferences', () => {
  it("names a dataset's references by subject, whatever their files are called", async () => {
    const { references, images } = await openReferences(await filesOf(isbi), 'i');
    expect(references).toEqual([
      { subject: 'training01_01', path: 'i/training01/masks/training01_01_mask1.nii' },
      { subject: 'training01_02', path: 'i/training01/masks/training01_02_mask1.nii' },
    ]);
    expect([...images.keys()]).toEqual(['training01_01', 'training01_02']);
  });

  it('takes the masks of a rater', async () => {
    const { references } = await openReferences(await filesOf(isbi), 'i', 'mask2');
    expect(references).toEqual([{ subject: 'training01_01', path: 'i/training01/masks/training01_01_mask2.nii' }]);
  });

  it('leaves plain folders, files and derivatives as they stand', async () => {
    const files = await filesOf({
      'p/training01_01.nii.gz': mask(1),
      'q/dataset_description.json': { DatasetType: 'derivative' },
      'q/sub-1/anat/sub-1_desc-lesion_mask.nii.gz': mask(1),
    });
    for (const path of ['p', 'q', 'p/training01_01.nii.gz']) {
      expect((await openReferences(files, path)).references).toBe(path);
      await expect(openReferences(files, path, 'mask2')).rejects.toThrow(UsageError);
    }
  });
});
