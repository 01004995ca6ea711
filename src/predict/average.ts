import type { ScalarVolume } from '../volume/volume.ts';

/**
 * The mean of several models' maps on one grid, each model with the same say. Kept as a running mean, so that equal maps
 * come back unchanged and two maps are in memory at most.
 */
export class MapAverage {
  private count = 0;
  private mean: ScalarVolume | null = null;

  /** Adds a model's map; the first one is taken over and changed from then on. */
  add(map: ScalarVolume): void {
    this.count++;
    if (this.mean === null) {
      this.mean = map;
      return;
    }
    const mean = this.mean.data;
    for (let voxel = 0; voxel < mean.length; voxel++) mean[voxel] += (map.data[voxel] - mean[voxel]) / this.count;
  }

  result(): ScalarVolume {
    if (this.mean === null) throw new RangeError('MapAverage: nothing was added');
    return this.mean;
  }
}
