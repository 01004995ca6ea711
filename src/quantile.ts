/**
 * A quantile by linear interpolation between order statistics, as numpy.percentile has it.
 *
 * @param sorted in ascending order, at least one value
 * @param share 0 … 1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
