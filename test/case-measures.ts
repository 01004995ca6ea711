import type { CaseMeasures } from '../src/evaluate/figures.ts';
import type { LesionCounts } from '../src/evaluate/lesion-matching.ts';
import type { VoxelCounts } from '../src/evaluate/voxel-counts.ts';

/**
 * Measures of a case that are made up: its counts, and for the rest (unless given) no probability map, distances of 1 mm where both
 * masks have a voxel, a diagonal of 20 mm, voxels of 2 mm3, and lesions by Anima's rules as the others.
 */
export function madeUpMeasures(
  counts: VoxelCounts,
  lesions: LesionCounts,
  further: Partial<CaseMeasures> = {},
): CaseMeasures {
  const { reference, referenceTouched, predicted, predictedTouching } = lesions;
  const hasBoth = counts.TP + counts.FP > 0 && counts.TP + counts.FN > 0;
  return {
    counts,
    lesions,
    anima: { reference, referenceDetected: referenceTouched, predicted, predictedDetected: predictedTouching },
    distances: hasBoth ? { assd: 1, hd: 1, hd95: 1 } : null,
    curve: null,
    diagonal: 20,
    voxelVolume: 2,
    ...further,
  };
}
