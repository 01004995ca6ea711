/**
 * P values corrected for testing several hypotheses at once, by Holm's step-down procedure (Scandinavian Journal of Statistics
 * 1979;6:65-70): the smallest of m is multiplied by m, the next by m - 1 and so on, none is less than the one before it, and none
 * above 1. Rejecting where the corrected value is at most alpha keeps the chance of any false rejection at most alpha.
 *
 * @param values 0 … 1; null where a test has none: it is no test, and does not count
 * @returns in the same order
 */
export function holmCorrection(values: readonly (number | null)[]): (number | null)[] {
  const order = [...values.keys()].filter((index) => values[index] !== null);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const corrected: (number | null)[] = values.map(() => null);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * (values[index] as number)));
    corrected[index] = largest;
  }
  return corrected;
}
