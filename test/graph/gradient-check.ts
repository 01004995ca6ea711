import type { Random } from '../../src/random.ts';

/**
 * How far an analytic gradient is from central differences of `evaluate`, relative to the larger of the two, over
 * `count` random elements (all of them if there are no more) and, since those may miss some, one random direction.
 *
 * The step 1e-5 makes both the truncation (about step^2) and the rounding (about 1e-16 / step) of a smooth function of
 * size 1 smaller than 1e-9.
 *
 * @param evaluate the scalar for the given values, in float64
 */
export function gradientError(
  evaluate: (values: Float64Array) => number,
  values: Float64Array,
  analytic: Float64Array,
  random: Random,
  count: number,
): number {
  const step = 1e-5;
  const along = (direction: Float64Array): number => {
    const moved = (factor: number) => values.map((value, at) => value + factor * step * (direction[at] as number));
    return (evaluate(moved(1)) - evaluate(moved(-1))) / (2 * step);
  };
  const positions = random.shuffle(Array.from(values.keys())).slice(0, count);
  const directions = positions.map((position) => values.map((_, at) => (at === position ? 1 : 0)));
  directions.push(values.map(() => random.normal()));
  // Elements far below the gradient's usual size are compared with that, not with themselves.
  const usual = Math.sqrt(analytic.reduce((sum, element) => sum + element * element, 0) / analytic.length);
  const errors = directions.map((direction) => {
    const expected = direction.reduce((sum, component, at) => sum + component * (analytic[at] as number), 0);
    const found = along(direction);
    return Math.abs(found - expected) / Math.max(Math.abs(expected), Math.abs(found), usual, 1e-3);
  });
  return Math.max(...errors);
}
