import type { Subject } from '../src/dataset/subject.ts';
import { encodeNifti } from '../src/volume/nifti-write.ts';
import { MemoryFileAccess } from './memory-file-access.ts';
import { makeScan, PIL } from './synthetic-scan.ts';

/** Three subjects in memory. */
export async function scanFiles(): Promise<{ files: MemoryFileAccess; subjects: Subject[] }> {
  const files = new MemoryFileAccess();
  const subjects: Subject[] = [];
  for (const seed of [1, 2, 3]) {
    const { grid, images } = makeScan(seed, { affine: PIL, shape: [9, 8, 7] });
    const id = `sub-0${seed}`;
    for (const [modality, data] of Object.entries(images)) {
      files.set(
        `in/${id}_${modality}.nii`,
        await encodeNifti({ kind: 'scalar', ...grid, data }, null, { gzip: false }),
      );
    }
    const both = { FLAIR: `in/${id}_FLAIR.nii`, T1w: `in/${id}_T1w.nii` };
    subjects.push({ id, group: id, split: 'test', images: both });
  }
  return { files, subjects };
}
