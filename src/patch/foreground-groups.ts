import { connectedComponents } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

interface Foreground {
  readonly shape: Triple;
  /** Label values, [K, J, I]. */
  readonly labels: Uint8Array;
  /** Indices of the voxels above 0, ascending. */
  readonly foreground: Int32Array;
}

/** The foreground's voxels by label value, values that do not occur left out. */
export function voxelsByClass({ labels, foreground }: Foreground): Int32Array[] {
  return groupBy(foreground, (voxel) => labels[voxel]);
}

/** The foreground's voxels by lesion: an 18-connected component of any class. */
export function voxelsByLesion({ shape, labels, foreground }: Foreground): Int32Array[] {
  const components = connectedComponents(labels, shape, 18);
  return groupBy(foreground, (voxel) => components.labels[voxel]);
}

/** Voxels by a number from 1 on, in the order of the numbers. */
function groupBy(voxels: Int32Array, numberOf: (voxel: number) => number): Int32Array[] {
  const groups: number[][] = [];
  for (const voxel of voxels) {
    const number = numberOf(voxel);
    groups[number] ??= [];
    groups[number].push(voxel);
  }
  return groups.filter((group) => group !== undefined).map((group) => Int32Array.from(group));
}
