import type { LabelVolume, Triple } from '../volume/volume.ts';

/** Two binary masks on one grid, cut to the smallest box that holds every voxel of both. */
export interface MaskPair {
  /** 1 within the mask, 0 outside, i fastest. */
  readonly prediction: Uint8Array;
  readonly reference: Uint8Array;
  /** Of the box; 0x0x0 where both masks are empty. */
  readonly shape: Triple;
}

/**
 * The masks of one label in a prediction and its reference, cut to their common box. Whatever depends only on the voxels of the
 * masks and on what lies between them (overlaps, components, distances from mask to mask) is the same in the box as in the whole
 * volume, and a good deal quicker: lesions fill a small part of a scan.
 *
 * @param prediction on the reference's grid
 */
export function maskPairOf(prediction: LabelVolume, reference: LabelVolume, label: number): MaskPair {
  const { shape } = reference;
  const low = [shape[0], shape[1], shape[2]];
  const high = [-1, -1, -1];
  for (const { data } of [prediction, reference]) {
    let at = data.indexOf(label);
    while (at >= 0) {
      const row = Math.floor(at / shape[0]);
      const start = row * shape[0];
      const end = start + shape[0];
      let last = end - 1;
      while (data[last] !== label) last--;
      const j = row % shape[1];
      const k = Math.floor(row / shape[1]);
      low[0] = Math.min(low[0], at - start);
      high[0] = Math.max(high[0], last - start);
      low[1] = Math.min(low[1], j);
      high[1] = Math.max(high[1], j);
      low[2] = Math.min(low[2], k);
      high[2] = Math.max(high[2], k);
      at = data.indexOf(label, end);
    }
  }
  if (high[0] < 0) return { prediction: new Uint8Array(0), reference: new Uint8Array(0), shape: [0, 0, 0] };
  const box: Triple = [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1];
  return {
    prediction: cut(prediction, label, low, box),
    reference: cut(reference, label, low, box),
    shape: box,
  };
}

function cut({ data, shape }: LabelVolume, label: number, low: readonly number[], box: Triple): Uint8Array {
  const mask = new Uint8Array(box[0] * box[1] * box[2]);
  let to = 0;
  for (let k = 0; k < box[2]; k++) {
    for (let j = 0; j < box[1]; j++) {
      let from = low[0] + shape[0] * (low[1] + j + shape[1] * (low[2] + k));
      for (let i = 0; i < box[0]; i++, from++, to++) mask[to] = data[from] === label ? 1 : 0;
    }
  }
  return mask;
}
