/**
 * Area under the receiver operating characteristic: the probability that a positive scores higher than a negative, ties
 * counting half. Exact, from the counts of pairs (Mann and Whitney, Ann. Math. Stat. 18:50, 1947; Hanley and McNeil,
 * Radiology 143:29, 1982). To see how well vote spread detects errors: the spread as scores, wrong voxels as positives.
 *
 * @param scores one a voxel, higher for what should be positive
 * @param isPositive not 0 where positive
 * @param within not 0 for the voxels that count, such as the brain's; all unless given
 * @returns from 0 to 1; null where there are no positives or no negatives
 * @throws RangeError when the lengths differ or a score is NaN
 */
export function auroc(scores: Float32Array, isPositive: Uint8Array, within?: Uint8Array): number | null {
  if (isPositive.length !== scores.length || (within !== undefined && within.length !== scores.length)) {
    throw new RangeError(
      `auroc: ${scores.length} scores, ${isPositive.length} classes` +
        (within === undefined ? '' : `, a selection of ${within.length}`),
    );
  }
  const sorted = new Float32Array(scores.length);
  // Positives from the front, negatives from the back.
  let positives = 0;
  let negatives = 0;
  for (let v = 0; v < scores.length; v++) {
    if (within !== undefined && within[v] === 0) continue;
    const score = scores[v];
    if (Number.isNaN(score)) throw new RangeError(`auroc: the score ${v} is NaN`);
    if (isPositive[v] !== 0) sorted[positives++] = score;
    else sorted[sorted.length - ++negatives] = score;
  }
  if (positives === 0 || negatives === 0) return null;
  const high = sorted.subarray(0, positives).sort();
  const low = sorted.subarray(sorted.length - negatives).sort();

  // Twice the pairs that a positive wins, and once those that are tied: whole numbers, exact below 2^53.
  let points = 0;
  let below = 0;
  let notAbove = 0;
  for (let p = 0; p < positives; p++) {
    while (below < negatives && low[below] < high[p]) below++;
    while (notAbove < negatives && low[notAbove] <= high[p]) notAbove++;
    points += below + notAbove;
  }
  return points / 2 / positives / negatives;
}
