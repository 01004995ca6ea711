import type { Label } from '../dataset/subject.ts';
import type { VoxelCounts } from '../loss/automatic-beta.ts';
import type { TrainingCase } from './training-case.ts';

/** Voxels by reference within the brains of all cases: what an automatic beta is computed from. */
export function classVoxels(cases: readonly TrainingCase[], labels: readonly Label[]): VoxelCounts {
  const counts = new Float64Array(256);
  for (const { labels: reference, brain } of cases) {
    for (let voxel = 0; voxel < reference.length; voxel++) {
      if (brain[voxel] === 1) counts[reference[voxel]]++;
    }
  }
  const foreground = labels.map(({ value }) => counts[value]);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return { background: all - foreground.reduce((sum, count) => sum + count, 0), foreground };
}
