/** The largest difference of two vectors relative to the largest expected magnitude; NaN anywhere gives NaN. */
export function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, magnitude] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    difference = Math.max(difference, Math.abs((found[at] as number) - (expected[at] as number)));
    magnitude = Math.max(magnitude, Math.abs(expected[at] as number));
  }
  return difference === 0 ? 0 : difference / magnitude;
}
