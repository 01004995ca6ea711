import { type ComponentRuns, type Connectivity, componentRuns } from '../volume/connected-components.ts';
import type { Triple } from '../volume/volume.ts';

/** What `connectivity` may be. It changes the counts a good deal, so every table of lesions must name it. */
export const CONNECTIVITIES: readonly Connectivity[] = [6, 18, 26];

/** Lesions (connected components) of one label in one case. */
export interface LesionCounts {
  readonly reference: number;
  /** Reference lesions with at least one predicted voxel. */
  readonly referenceTouched: number;
  readonly predicted: number;
  /** Predicted lesions with at least one reference voxel. */
  readonly predictedTouching: number;
}

/** The lesions themselves, in the order of their first voxels in memory. */
export interface MatchedLesions extends LesionCounts {
  readonly referenceLesions: readonly MatchedLesion[];
  readonly predictedLesions: readonly MatchedLesion[];
}

export interface MatchedLesion {
  readonly voxels: number;
  /** Whether it shares a voxel with the other mask. */
  readonly touched: boolean;
}

/**
 * Finds the lesions of two binary masks and how many of each touch the other mask: one shared voxel is enough, as in the
 * LTPR and LFPR of ISBI 2015. There is no minimal size.
 */
export function matchLesions(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Triple,
  connectivity: Connectivity,
): MatchedLesions {
  const referenceLesions = lesionsOf(componentRuns(reference, shape, connectivity), prediction);
  const predictedLesions = lesionsOf(componentRuns(prediction, shape, connectivity), reference);
  const isTouched = ({ touched }: MatchedLesion): boolean => touched;
  return {
    reference: referenceLesions.length,
    referenceTouched: referenceLesions.filter(isTouched).length,
    predicted: predictedLesions.length,
    predictedTouching: predictedLesions.filter(isTouched).length,
    referenceLesions,
    predictedLesions,
  };
}

function lesionsOf({ starts, ends, components, count, sizes }: ComponentRuns, otherMask: Uint8Array): MatchedLesion[] {
  const touched = new Uint8Array(count + 1);
  for (let run = 0; run < starts.length; run++) {
    for (let v = starts[run]; v < ends[run]; v++) if (otherMask[v] !== 0) touched[components[run]] = 1;
  }
  return Array.from({ length: count }, (_, index) => ({
    voxels: sizes[index + 1],
    touched: touched[index + 1] === 1,
  }));
}
