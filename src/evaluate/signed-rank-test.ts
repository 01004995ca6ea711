/** What a paired test says. A patient is one pair, whose difference is the mean over the patient's scans. */
export interface SignedRankResult {
  /** Patients whose two values differ. */
  readonly n: number;
  /** Patients with two equal values; they tell nothing of a direction, and are left out. */
  readonly n_equal: number;
  /** Patients without a scan of which both values are defined, left out. */
  readonly n_undefined: number;
  /** Sums of the ranks of the differences above and below 0. */
  readonly positive: number;
  readonly negative: number;
  /** Two-sided; null where no pair differs. */
  readonly p: number | null;
  /** How p came about; null with it. */
  readonly method: 'exact' | 'normal' | null;
}

/** Up to here 2^n sign patterns are counted exactly. */
const LARGEST_EXACT = 50;

/**
 * Wilcoxon's signed-rank test of paired values (Biometrics Bulletin 1945;1:80-83), two-sided. The null hypothesis is that differences are
 * symmetric about 0, and that pairs are independent, which the scans of one patient are not: their differences are averaged to one.
 *
 * With at most 50 pairs, none of which ties or is equal, p is exact: the number of the 2^n sign patterns with as extreme a rank sum.
 * Otherwise it is the normal approximation with the correction of the variance for ties (Lehmann 1975, Nonparametrics) and the correction
 * of 1/2 for continuity: `scipy.stats.wilcoxon(a, b, zero_method='wilcox', correction=True)`. The approximation is poor below 10 pairs.
 *
 * @param a one value a scan, null where it is not defined
 * @param b the same scans in the same order
 * @param patients whose each scan is; every scan is another patient's by default
 * @throws RangeError when the lengths differ
 */
export function signedRankTest(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
  patients: readonly (string | number)[] = [...a.keys()],
): SignedRankResult {
  if (a.length !== b.length || a.length !== patients.length) {
    throw new RangeError(`signedRankTest: ${a.length} values against ${b.length}, of ${patients.length} patients`);
  }
  const means = meanDifferences(a, b, patients);
  const differences = means.filter((difference) => difference !== 0);
  const n = differences.length;
  const equal = means.length - n;
  const known = { n, n_equal: equal, n_undefined: new Set(patients).size - means.length };
  if (n === 0) return { ...known, positive: 0, negative: 0, p: null, method: null };
  const { ranks, tieTerm } = rankMagnitudes(differences);
  const positive = differences.reduce((sum, value, index) => sum + (value > 0 ? ranks[index] : 0), 0);
  const total = (n * (n + 1)) / 2;
  const sums = { positive, negative: total - positive };
  const smaller = Math.min(positive, total - positive);
  if (tieTerm === 0 && equal === 0 && n <= LARGEST_EXACT)
    return { ...known, ...sums, p: exactP(n, smaller), method: 'exact' };
  const variance = (n * (n + 1) * (2 * n + 1) - tieTerm / 2) / 24;
  const distance = Math.max(0, total / 2 - smaller - 0.5);
  return { ...known, ...sums, p: normalTails(distance / Math.sqrt(variance)), method: 'normal' };
}

/** Of each patient that has any, the mean of the differences that are defined, in the order in which patients come. */
function meanDifferences(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
  patients: readonly (string | number)[],
): number[] {
  const ofPatients = new Map<string | number, { sum: number; count: number }>();
  for (const [index, value] of a.entries()) {
    const other = b[index];
    if (value === null || other === null) continue;
    const { sum, count } = ofPatients.get(patients[index]) ?? { sum: 0, count: 0 };
    ofPatients.set(patients[index], { sum: sum + (value - other), count: count + 1 });
  }
  return [...ofPatients.values()].map(({ sum, count }) => sum / count);
}

/** Ranks from 1 of the magnitudes, ties at their mean; and the sum of t^3 - t over the groups of t ties. */
function rankMagnitudes(differences: readonly number[]): { ranks: Float64Array; tieTerm: number } {
  const magnitudes = differences.map(Math.abs);
  const order = [...magnitudes.keys()].sort((x, y) => magnitudes[x] - magnitudes[y]);
  const ranks = new Float64Array(order.length);
  let tieTerm = 0;
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && magnitudes[order[end]] === magnitudes[order[first]]) end++;
    for (let n = first; n < end; n++) ranks[order[n]] = (first + 1 + end) / 2;
    const ties = end - first;
    tieTerm += ties * ties * ties - ties;
    first = end;
  }
  return { ranks, tieTerm };
}

/**
 * Twice the share of the 2^n subsets of the ranks 1 … n whose sum is at most `smaller`. Ranks are added one by one: with rank r, a sum is
 * made in as many ways as without it, and as the sum less r is.
 */
function exactP(n: number, smaller: number): number {
  const ways = new Float64Array((n * (n + 1)) / 2 + 1);
  ways[0] = 1;
  for (let rank = 1, largest = 0; rank <= n; rank++) {
    largest += rank;
    for (let sum = largest; sum >= rank; sum--) ways[sum] += ways[sum - rank];
  }
  let below = 0;
  for (let sum = 0; sum <= smaller; sum++) below += ways[sum];
  return Math.min(1, (2 * below) / 2 ** n);
}

/** Both tails of the standard normal distribution beyond z of 0 or more: erfc(z / sqrt 2). */
function normalTails(z: number): number {
  return complementaryErrorFunction(z / Math.SQRT2);
}

/**
 * erfc(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from x on, for x of 0 or more. Below 3 by the series of erf, of which all terms
 * have one sign: erf x = 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 … (2n+1)); above by the continued fraction of Laplace
 * (Abramowitz and Stegun 1964, 7.1.6 and 7.1.14). The relative error is below 1e-10 throughout.
 */
function complementaryErrorFunction(x: number): number {
  const density = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; term > 1e-18 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - 2 * density * sum;
  }
  let fraction = x;
  for (let n = 80; n > 0; n--) fraction = x + n / 2 / fraction;
  return density / fraction;
}
