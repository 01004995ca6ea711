import type { ScalarVolume } from '../volume/volume.ts';

/**
 * The mean of several models' maps on one grid, each model with the same say, and the variance of all their votes. Kept as
 * a running mean, so that equal maps come back unchanged and no more maps are in memory than these.
 *
 * The variance follows the law of total variance: the mean of the models' own variances, and the variance between their
 * means, whose sum of squared deviations grows by (x - mean before) (x - mean after) with each x (Welford, Technometrics
 * 4:419, 1962).
 */
export class VoteAverage {
  private count = 0;
  private mean: ScalarVolume | null = null;
  private variance: ScalarVolume | null = null;

  /**
   * Adds a model's mean, and the variance of its votes if that is asked for: with all models or with none. The first model's
   * maps are taken over, and changed from then on.
   */
  add(mean: ScalarVolume, variance: ScalarVolume | null): void {
    this.count++;
    if (this.mean === null) {
      this.mean = mean;
      this.variance = variance;
      return;
    }
    const means = this.mean.data;
    const sums = this.variance?.data;
    for (let voxel = 0; voxel < means.length; voxel++) {
      const before = mean.data[voxel] - means[voxel];
      means[voxel] += before / this.count;
      if (sums !== undefined && variance !== null) {
        sums[voxel] += variance.data[voxel] + before * (mean.data[voxel] - means[voxel]);
      }
    }
  }

  /** @returns the mean, and the standard deviation of the votes if variances were added; both may be changed. */
  result(): { readonly mean: ScalarVolume; readonly spread: ScalarVolume | null } {
    if (this.mean === null) throw new RangeError('VoteAverage: nothing was added');
    const sums = this.variance?.data;
    if (sums !== undefined) {
      for (let voxel = 0; voxel < sums.length; voxel++) sums[voxel] = Math.sqrt(sums[voxel] / this.count);
    }
    return { mean: this.mean, spread: this.variance };
  }
}
