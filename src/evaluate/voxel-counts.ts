/** The voxels of one label in one case, as a binary problem: this label against everything else. */
export interface VoxelCounts {
  readonly TP: number;
  readonly FP: number;
  readonly FN: number;
  readonly TN: number;
}

/** Counts two binary masks (0, or anything else) of the same length against each other. */
export function countVoxels(prediction: Uint8Array, reference: Uint8Array): VoxelCounts {
  let both = 0;
  let predicted = 0;
  let present = 0;
  for (let v = 0; v < reference.length; v++) {
    const p = prediction[v] === 0 ? 0 : 1;
    const r = reference[v] === 0 ? 0 : 1;
    predicted += p;
    present += r;
    both += p & r;
  }
  return { TP: both, FP: predicted - both, FN: present - both, TN: reference.length - predicted - present + both };
}
