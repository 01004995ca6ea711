/** A point of a curve: abscissa, ordinate. */
export type CurvePoint = readonly [number, number];

/** Above this, a curve has more points than a picture has pixels. */
const MAX_POINTS = 800;

/** A curve's points; where there are too many, the lowest and the highest of each of 400 stretches, in their order. */
export function thinPoints(steps: readonly number[], values: readonly number[]): CurvePoint[] {
  const pointAt = (n: number): CurvePoint => [steps[n] as number, values[n] as number];
  if (values.length <= MAX_POINTS) return values.map((_, n) => pointAt(n));
  const points: CurvePoint[] = [];
  const stretches = MAX_POINTS / 2;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * values.length) / stretches);
    const to = Math.floor(((stretch + 1) * values.length) / stretches);
    let lowest = from;
    let highest = from;
    for (let n = from + 1; n < to; n++) {
      if ((values[n] as number) < (values[lowest] as number)) lowest = n;
      if ((values[n] as number) > (values[highest] as number)) highest = n;
    }
    points.push(pointAt(Math.min(lowest, highest)));
    if (lowest !== highest) points.push(pointAt(Math.max(lowest, highest)));
  }
  return points;
}

/** The centred moving mean over at most `reach` values on either side, fewer at the ends. */
export function movingMean(values: readonly number[], reach: number): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) as number) + value);
  return values.map((_, n) => {
    const from = Math.max(0, n - reach);
    const to = Math.min(values.length, n + reach + 1);
    return ((sums[to] as number) - (sums[from] as number)) / (to - from);
  });
}
