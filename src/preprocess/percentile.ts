/**
 * Percentiles of float32 values, exactly as numpy.percentile gives them for the same values in double precision: linear
 * interpolation between order statistics.
 *
 * The order statistics come from histograms of the values' bits instead of sorting: the first over their upper 16 bits, then
 * one over the lower 16 bits for each part in which a wanted rank lies. The time is linear whatever the values are, and they
 * stay where they are.
 *
 * @param values finite numbers, at least one
 * @param percents from 0 to 100
 * @throws RangeError when there is no value
 */
export function percentilesOf(values: Float32Array, percents: readonly number[]): number[] {
  const count = values.length;
  if (count === 0) throw new RangeError('percentilesOf needs one value at least');
  const positions = percents.map((percent) => (count - 1) * (percent / 100));
  const ranks = positions.flatMap((position) => [Math.floor(position), Math.min(Math.floor(position) + 1, count - 1)]);
  const statistics = orderStatistics(values, ranks);
  return positions.map((position, index) => {
    const below = statistics[2 * index];
    const difference = statistics[2 * index + 1] - below;
    const share = position - Math.floor(position);
    // numpy's two forms of the same line: each is exact at its own end.
    return share < 0.5 ? below + difference * share : statistics[2 * index + 1] - difference * (1 - share);
  });
}

/** The values of some ranks, counted from 0 in ascending order. */
function orderStatistics(values: Float32Array, ranks: readonly number[]): number[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const upper = new Uint32Array(65536);
  for (let v = 0; v < bits.length; v++) upper[orderedBits(bits[v]) >>> 16]++;
  const lowerOf = new Map<number, Uint32Array>();
  return ranks.map((rank) => {
    const [part, before] = bucketOf(upper, rank);
    let lower = lowerOf.get(part);
    if (lower === undefined) {
      lower = new Uint32Array(65536);
      for (let v = 0; v < bits.length; v++) {
        const ordered = orderedBits(bits[v]);
        if (ordered >>> 16 === part) lower[ordered & 0xffff]++;
      }
      lowerOf.set(part, lower);
    }
    return floatOf(((part << 16) | bucketOf(lower, rank - before)[0]) >>> 0);
  });
}

/** The bucket of a histogram in which a rank lies, and the number of values before that bucket. */
function bucketOf(histogram: Uint32Array, rank: number): [bucket: number, before: number] {
  let before = 0;
  let bucket = 0;
  while (before + histogram[bucket] <= rank) before += histogram[bucket++];
  return [bucket, before];
}

/** A float's bits as an unsigned number that rises with the float: negative floats rise as their bits fall. */
function orderedBits(bits: number): number {
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

/** The float with these ordered bits. */
function floatOf(ordered: number): number {
  const bits = (ordered & 0x80000000 ? ordered & 0x7fffffff : ~ordered) >>> 0;
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
