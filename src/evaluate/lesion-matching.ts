import { type Connectivity, connectedComponents } from '../volume/connected-components.ts';
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

/**
 * Finds the lesions of two binary masks and how many of each touch the other mask: one shared voxel is enough, as in the
 * LTPR and LFPR of ISBI 2015. There is no minimal size.
 */
export function matchLesions(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Triple,
  connectivity: Connectivity,
): LesionCounts {
  const present = connectedComponents(reference, shape, connectivity);
  const predicted = connectedComponents(prediction, shape, connectivity);
  return {
    reference: present.count,
    referenceTouched: countTouched(present.labels, present.count, prediction),
    predicted: predicted.count,
    predictedTouching: countTouched(predicted.labels, predicted.count, reference),
  };
}

function countTouched(components: Int32Array, count: number, mask: Uint8Array): number {
  const seen = new Uint8Array(count + 1);
  let touched = 0;
  for (let v = 0; v < components.length; v++) {
    const component = components[v] as number;
    if (component === 0 || mask[v] === 0 || seen[component] === 1) continue;
    seen[component] = 1;
    touched++;
  }
  return touched;
}
