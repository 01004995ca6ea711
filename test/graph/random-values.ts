import type { Random } from '../../src/random.ts';

/**
 * - `normal`: standard normal;
 * - `positive`: from 0.5 to 2, where logarithm, root and division are smooth;
 * - `apart`, `apart-between`: in random order, 0.1 from each other and at least 0.02 from 0 and from the other kind, so
 *   that a small change meets no kink of relu, sign, maximum or max-pool;
 * - `tied`: 0, 1 and 2;
 * - `mask`: 0 and 1.
 */
export type ValueKind = 'normal' | 'positive' | 'apart' | 'apart-between' | 'tied' | 'mask';

/** Random values, rounded to float32 so that all precisions start from the same numbers. */
export function randomValues(random: Random, kind: ValueKind, count: number): Float64Array {
  return Float64Array.from(Float32Array.from(draw(random, kind, count)));
}

function draw(random: Random, kind: ValueKind, count: number): readonly number[] {
  const each = Array.from({ length: count }, (_, at) => at);
  switch (kind) {
    case 'normal':
      return each.map(() => random.normal());
    case 'positive':
      return each.map(() => 0.5 + 1.5 * random.uniform());
    case 'apart':
      return random.shuffle(each).map((rank) => 0.1 * (rank - Math.floor(count / 2)) + 0.05);
    case 'apart-between':
      return random.shuffle(each).map((rank) => 0.1 * (rank - Math.floor(count / 2)) + 0.02);
    case 'tied':
      return each.map(() => random.integer(3));
    case 'mask':
      return each.map(() => random.integer(2));
  }
}
