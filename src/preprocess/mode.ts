import { percentilesOf } from './percentile.ts';

const BINS = 256;
/** Standard deviation of the Gaussian that smooths the histogram, in bins: whole-number intensities leave gaps in it. */
const SMOOTHING = 8;
/** The Gaussian is cut off here, in bins. */
const REACH = 4 * SMOOTHING;
/** Half the width of a normal density at half its height, in standard deviations: sqrt(2 ln 2). */
const HALF_WIDTH = Math.sqrt(2 * Math.LN2);

/** The most frequent intensity, and how widely intensities lie above it. */
export interface Mode {
  readonly mode: number;
  /** That of the normal density which falls to half its height at the same distance above the mode; 0: constant. */
  readonly deviation: number;
}

/**
 * The mode of a sequence's intensities and the width of the peak above it, from a smoothed histogram between the percentiles 0.5 and
 * 99.5. The peak belongs to healthy tissue, so that neither moves with the amount of lesion, as mean and standard deviation do: the idea
 * of Nyúl and Udupa (Magnetic Resonance in Medicine 1999;42:1072) and of the white stripe (Shinohara et al., NeuroImage: Clinical
 * 2014;6:9). The upper flank is taken since in FLAIR the lower one has fluid and partial volumes in it.
 *
 * @param values finite numbers, at least one
 */
export function modeOf(values: Float32Array): Mode {
  const [lowest, highest] = percentilesOf(values, [0.5, 99.5]);
  const width = (highest - lowest) / BINS;
  if (width === 0) return { mode: lowest, deviation: 0 };
  const density = smoothed(histogram(values, lowest, highest));
  let peak = 0;
  for (let bin = 1; bin < BINS; bin++) if (density[bin] > density[peak]) peak = bin;
  return { mode: lowest + (peak + 0.5) * width, deviation: (binsToHalf(density, peak) * width) / HALF_WIDTH };
}

function histogram(values: Float32Array, lowest: number, highest: number): Float64Array {
  const counts = new Float64Array(BINS);
  const scale = BINS / (highest - lowest);
  for (let v = 0; v < values.length; v++) {
    if (values[v] < lowest || values[v] > highest) continue;
    counts[Math.min(BINS - 1, Math.floor((values[v] - lowest) * scale))]++;
  }
  return counts;
}

/** The histogram under a Gaussian, and what that spreads above its upper end, down to nothing. */
function smoothed(counts: Float64Array): Float64Array {
  const density = new Float64Array(BINS + REACH + 1);
  for (let offset = -REACH; offset <= REACH; offset++) {
    const weight = Math.exp(-0.5 * (offset / SMOOTHING) ** 2);
    const last = Math.min(density.length, BINS - offset);
    for (let bin = Math.max(0, -offset); bin < last; bin++) density[bin] += weight * counts[bin + offset];
  }
  return density;
}

/** Bins from the peak up to where the density is half of it, between two bins by a straight line. */
function binsToHalf(density: Float64Array, peak: number): number {
  const half = density[peak] / 2;
  let bin = peak + 1;
  while (density[bin] > half) bin++;
  return bin - 1 - peak + (density[bin - 1] - half) / (density[bin - 1] - density[bin]);
}
