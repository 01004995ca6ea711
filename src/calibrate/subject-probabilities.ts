import type { VoxelCounts } from '../evaluate/voxel-counts.ts';
import type { LabelVolume } from '../volume/volume.ts';

/**
 * What a subject's figures depend on, at any threshold. Probabilities of 0 are left out: a threshold marks voxels with p >= t and
 * p > 0 (predict/label-map.ts), so that no threshold marks them.
 */
export interface SubjectProbabilities {
  readonly subject: string;
  /** Voxels of the reference, those of probability 0 too. */
  readonly referenceVoxels: number;
  /** Probabilities above 0 of the reference's voxels, in ascending order. */
  readonly reference: Float32Array;
  /** Probabilities above 0 of all other voxels, in ascending order. */
  readonly background: Float32Array;
}

/**
 * Sorts a subject's voxels: 4 bytes for each of probability above 0 stay in memory.
 *
 * @param probabilities 0 … 1
 * @param reference not 0 where the subject's reference has the class
 * @throws RangeError where the lengths differ
 */
export function sortProbabilities(
  subject: string,
  probabilities: Float32Array,
  reference: LabelVolume['data'],
): SubjectProbabilities {
  if (probabilities.length !== reference.length) {
    throw new RangeError(`sortProbabilities: ${probabilities.length} probabilities, ${reference.length} labels`);
  }
  let referenceVoxels = 0;
  let marked = 0;
  let others = 0;
  for (let voxel = 0; voxel < probabilities.length; voxel++) {
    const p = probabilities[voxel];
    if (reference[voxel] !== 0) referenceVoxels++;
    if (p === 0) continue;
    if (reference[voxel] !== 0) marked++;
    else others++;
  }
  const inReference = new Float32Array(marked);
  const inBackground = new Float32Array(others);
  for (let voxel = probabilities.length - 1; voxel >= 0; voxel--) {
    const p = probabilities[voxel];
    if (p === 0) continue;
    if (reference[voxel] !== 0) inReference[--marked] = p;
    else inBackground[--others] = p;
  }
  return { subject, referenceVoxels, reference: inReference.sort(), background: inBackground.sort() };
}

/** What a threshold makes of a subject. */
export type ThresholdCounts = Pick<VoxelCounts, 'TP' | 'FP' | 'FN'>;

/** @param threshold 0 … 1; voxels of at least this probability are marked, never those of probability 0 */
export function countsAt(
  { referenceVoxels, reference, background }: SubjectProbabilities,
  threshold: number,
): ThresholdCounts {
  const TP = reference.length - below(reference, threshold);
  return { TP, FP: background.length - below(background, threshold), FN: referenceVoxels - TP };
}

/** How many of some ascending values are below a threshold. */
export function below(sorted: Float32Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
