/** Voxels whose probability lies in one interval. */
export interface ReliabilityBin {
  /** Probabilities of at least `from` and below `to`; the last bin holds 1 too. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean probability of these voxels, and the share of them that belong to the label; null without voxels. */
  readonly probability: number | null;
  readonly frequency: number | null;
}

/** How well probabilities tell frequencies, over the voxels of one region in all cases. */
export interface Calibration {
  readonly n: number;
  /** The reliability diagram. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error, 0 … 1; null without voxels, as the following. */
  readonly ECE: number | null;
  /** Mean squared difference of probability and label. */
  readonly Brier: number | null;
  /** Mean negative log-likelihood, natural logarithm, with probabilities kept 1e-6 from 0 and 1. */
  readonly NLL: number | null;
  /** The temperature that makes NLL smallest: above 1 where the map is overconfident. Null too where all voxels have one label. */
  readonly temperature: number | null;
  /** NLL after scaling by it. */
  readonly scaled_NLL: number | null;
}

/** As in Guo et al. */
const BINS = 15;
/** Probabilities of 0 and 1 have no logit. */
const SMALLEST = 1e-6;
/** Logits lie within -13.82 … 13.82. */
const LARGEST_LOGIT = 14;
/** Of the histogram of logits. */
const CELLS_PER_LOGIT = 512;
/** Temperatures are looked for within e^-4 … e^4. */
const LARGEST_LOG_TEMPERATURE = 4;

/**
 * Collects the probabilities of voxels against their labels, and says how well they are calibrated.
 *
 * The expected calibration error is the mean over 15 bins of equal width of |mean probability - frequency|, weighted by the bins' voxels
 * (Naeini et al., AAAI 2015; Guo et al., ICML 2017, arXiv:1706.04599), of the label's own probability. Over all voxels of a scan
 * it is near 0 whatever the model: nearly all are certain background. So a region must be given: the brain, or what lies near lesions.
 *
 * Temperature scaling (Guo et al.) divides logits by T, p' = sigmoid(logit(p) / T), which leaves every ranking as it is. NLL is convex in
 * 1/T. Voxels are kept as a histogram of their logits, 512 cells a unit, with the mean logit of each cell: of the mean NLL,
 * (1/n) sum of log(1 + exp(z/T)) - y z/T, the second part is exact, and the first is off by at most 1/8 (w/T)^2 / 4 with w = 1/512,
 * 1.2e-7 / T^2.
 */
export class CalibrationCollector {
  private readonly counts = new Float64Array(BINS);
  private readonly positives = new Float64Array(BINS);
  private readonly sums = new Float64Array(BINS);
  private squares = 0;
  private readonly cellCounts = new Float64Array(2 * LARGEST_LOGIT * CELLS_PER_LOGIT);
  private readonly cellLogits = new Float64Array(2 * LARGEST_LOGIT * CELLS_PER_LOGIT);
  private positiveLogits = 0;

  /**
   * Adds the voxels of one case.
   *
   * @param probabilities 0 … 1
   * @param reference of the same length, anything but 0 belongs to the label
   * @param region of the same length: the voxels that take part, other than 0
   */
  add(probabilities: Float32Array, reference: Uint8Array, region: Uint8Array): void {
    for (let v = 0; v < probabilities.length; v++) {
      if (region[v] === 0) continue;
      const p = probabilities[v];
      const label = reference[v] === 0 ? 0 : 1;
      const bin = Math.min(BINS - 1, Math.floor(p * BINS));
      this.counts[bin]++;
      this.positives[bin] += label;
      this.sums[bin] += p;
      this.squares += (p - label) * (p - label);
      const kept = Math.min(1 - SMALLEST, Math.max(SMALLEST, p));
      const logit = Math.log(kept / (1 - kept));
      const cell = Math.floor((logit + LARGEST_LOGIT) * CELLS_PER_LOGIT);
      this.cellCounts[cell]++;
      this.cellLogits[cell] += logit;
      if (label === 1) this.positiveLogits += logit;
    }
  }

  result(): Calibration {
    let n = 0;
    let positives = 0;
    let error = 0;
    const bins: ReliabilityBin[] = [];
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.counts[bin];
      n += count;
      positives += this.positives[bin];
      error += Math.abs(this.sums[bin] - this.positives[bin]);
      bins.push({
        from: bin / BINS,
        to: (bin + 1) / BINS,
        n: count,
        probability: count === 0 ? null : this.sums[bin] / count,
        frequency: count === 0 ? null : this.positives[bin] / count,
      });
    }
    if (n === 0) return { n, bins, ECE: null, Brier: null, NLL: null, temperature: null, scaled_NLL: null };
    const known = { n, bins, ECE: error / n, Brier: this.squares / n, NLL: this.meanLoss(1, n) };
    if (positives === 0 || positives === n) return { ...known, temperature: null, scaled_NLL: null };
    const temperature = Math.exp(this.bestLogTemperature(n));
    return { ...known, temperature, scaled_NLL: this.meanLoss(1 / temperature, n) };
  }

  private meanLoss(inverseTemperature: number, n: number): number {
    let loss = -this.positiveLogits * inverseTemperature;
    for (let cell = 0; cell < this.cellCounts.length; cell++) {
      const count = this.cellCounts[cell];
      if (count === 0) continue;
      const z = (this.cellLogits[cell] / count) * inverseTemperature;
      // log(1 + exp(z)) without overflow.
      loss += count * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))));
    }
    return loss / n;
  }

  /**
   * Where the loss's derivative by 1/T, sum of z (sigmoid(z/T) - y), is 0: it rises with 1/T, so bisection finds it. Where the best
   * temperature is infinite or 0 this ends at a bound.
   */
  private bestLogTemperature(n: number): number {
    const slope = (logTemperature: number): number => {
      const inverse = Math.exp(-logTemperature);
      let sum = -this.positiveLogits;
      for (let cell = 0; cell < this.cellCounts.length; cell++) {
        const count = this.cellCounts[cell];
        if (count === 0) continue;
        sum += this.cellLogits[cell] / (1 + Math.exp((-this.cellLogits[cell] / count) * inverse));
      }
      return sum / n;
    };
    let low = -LARGEST_LOG_TEMPERATURE;
    let high = LARGEST_LOG_TEMPERATURE;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (slope(middle) > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
}
