/** Figures of one channel over some of its voxels; all 0 without any. */
export interface BrainStatistics {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Standard deviation with the number of voxels as the divisor. */
  readonly deviation: number;
}

/** @param voxels indices of the voxels that count */
export function brainStatistics(channel: Float32Array, voxels: Int32Array): BrainStatistics {
  const count = voxels.length;
  if (count === 0) return { minimum: 0, maximum: 0, mean: 0, deviation: 0 };
  let minimum = channel[voxels[0]];
  let maximum = minimum;
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const value = channel[voxels[n]];
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    sum += value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let n = 0; n < count; n++) {
    const difference = channel[voxels[n]] - mean;
    squares += difference * difference;
  }
  return { minimum, maximum, mean, deviation: Math.sqrt(squares / count) };
}
