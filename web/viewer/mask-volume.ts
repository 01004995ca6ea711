import { voxelVolumeOf } from '../../src/volume/affine.ts';
import type { Mask } from './store.ts';

/** The volume of all that a mask marks, in mm3. */
export function volumeOf({ data, affine }: Mask): number {
  let voxels = 0;
  for (let voxel = 0; voxel < data.length; voxel++) if (data[voxel] !== 0) voxels++;
  return voxels * voxelVolumeOf(affine);
}
