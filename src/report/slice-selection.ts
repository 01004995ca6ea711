import type { Triple } from '../volume/volume.ts';

/** Lesion voxels (of either map) in every slice along one voxel axis. */
export function lesionProfile(
  prediction: ArrayLike<number>,
  reference: ArrayLike<number>,
  shape: Triple,
  axis: number,
): Float64Array {
  const profile = new Float64Array(shape[axis] as number);
  const index = [0, 0, 0];
  let v = 0;
  for (index[2] = 0; index[2] < shape[2]; index[2]++) {
    for (index[1] = 0; index[1] < shape[1]; index[1]++) {
      for (index[0] = 0; index[0] < shape[0]; index[0]++, v++) {
        if (prediction[v] !== 0 || reference[v] !== 0) (profile[index[axis] as number] as number)++;
      }
    }
  }
  return profile;
}

/**
 * The slices with the most lesion, at least `apart` slices from each other, in ascending order; the middle slice where
 * there is no lesion at all.
 */
export function selectSlices(profile: ArrayLike<number>, count: number, apart: number): number[] {
  const byLesion = Array.from(profile, (voxels, slice) => ({ voxels, slice }))
    .filter((entry) => entry.voxels > 0)
    .sort((a, b) => b.voxels - a.voxels || a.slice - b.slice);
  const selected: number[] = [];
  for (const { slice } of byLesion) {
    if (selected.length === count) break;
    if (selected.every((other) => Math.abs(other - slice) >= apart)) selected.push(slice);
  }
  if (selected.length === 0) return [Math.floor(profile.length / 2)];
  return selected.sort((a, b) => a - b);
}
