/** The intensities that a picture shows as black and as white. */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
}

const BINS = 4096;

/**
 * A window from the 0.5th to the 99.5th percentile of the voxels that are not 0 (in skull-stripped scans: the brain), to
 * the precision of a histogram. Values that are not finite are passed over.
 */
export function intensityWindow(data: Float32Array): IntensityWindow {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let v = 0; v < data.length; v++) {
    const value = data[v] as number;
    if (value === 0 || !Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
  }
  if (count === 0) return { low: 0, high: 1 };
  if (min === max) return { low: Math.min(0, min), high: Math.max(0, max) };

  const histogram = new Uint32Array(BINS);
  const scale = BINS / (max - min);
  for (let v = 0; v < data.length; v++) {
    const value = data[v] as number;
    if (value === 0 || !Number.isFinite(value)) continue;
    (histogram[Math.min(BINS - 1, Math.floor((value - min) * scale))] as number)++;
  }
  return {
    low: min + percentileBin(histogram, 0.005 * count) / scale,
    high: min + (percentileBin(histogram, 0.995 * count) + 1) / scale,
  };
}

/** The bin in which the cumulated count passes `rank`. */
function percentileBin(histogram: Uint32Array, rank: number): number {
  let below = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    below += histogram[bin] as number;
    if (below > rank) return bin;
  }
  return histogram.length - 1;
}
