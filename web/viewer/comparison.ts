import { diceOf } from '../../src/evaluate/figures.ts';
import { pooledPoint } from '../../src/evaluate/threshold-counts.ts';
import { countVoxels } from '../../src/evaluate/voxel-counts.ts';
import type { Comparison } from './state.ts';
import type { Mask } from './store.ts';

/** What does not change with the threshold: the precision-recall curve of the probabilities. */
type Curve = Pick<Comparison, 'curve' | 'averagePrecision'>;
export const NO_CURVE: Curve = { curve: [], averagePrecision: null };

/** How a mask agrees with the reference on the same grid, over all foreground classes together. */
export function comparisonOf(mask: Mask, reference: Mask, curve: Curve): Comparison {
  const counts = countVoxels(mask.data, reference.data);
  const point = pooledPoint([counts]);
  return { dice: diceOf(counts), precision: point?.precision ?? null, recall: point?.recall ?? null, ...curve };
}
