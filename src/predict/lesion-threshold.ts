import { type Connectivity, connectedComponents } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

/** Share by which a volume may fall short for the rounding of affines, which are float32 in NIfTI files. */
const ROUNDING = 1e-6;

/**
 * Removes the lesions that are strictly smaller than a volume from a label map, in place. A lesion is a connected component
 * of one class.
 *
 * @param mask label values, i fastest, 0 the background
 * @param values the label values of the classes
 * @param options.leastVolume in mm3
 * @param options.voxelVolume in mm3
 */
export function removeSmallLesions(
  mask: Uint8Array,
  shape: Triple,
  values: readonly number[],
  options: { readonly leastVolume: number; readonly voxelVolume: number; readonly connectivity: Connectivity },
): void {
  const leastVoxels = (options.leastVolume / options.voxelVolume) * (1 - ROUNDING);
  const own = new Uint8Array(mask.length);
  for (const value of values) {
    for (let voxel = 0; voxel < mask.length; voxel++) own[voxel] = mask[voxel] === value ? 1 : 0;
    const { labels, sizes } = connectedComponents(own, shape, options.connectivity);
    for (let voxel = 0; voxel < mask.length; voxel++) {
      if (labels[voxel] > 0 && sizes[labels[voxel]] < leastVoxels) mask[voxel] = 0;
    }
  }
}
