import { UsageError } from '../errors.ts';
import type { Triple } from '../volume/volume.ts';
import { centeredStart, type PatchLocation } from './location.ts';

export const PADDINGS = ['fit', 'half'] as const;
export type Padding = (typeof PADDINGS)[number];

export interface TilingOptions {
  /** Share of a patch that it has in common with its neighbor along an axis, 0 … 0.95. */
  readonly overlap: number;
  /**
   * `fit`: as few tiles as have the wanted overlap, spread evenly over the volume, none reaching beyond it; a volume
   * shorter than the patch gets one tile around its middle.
   *
   * `half`: tiles at every stride from half a patch before the volume to half a patch behind it, so that border voxels get
   * as many votes as inner ones (with an overlap of up to one half; with more, the border gets fewer). Extract these with
   * `reflect`. Hashemi et al. 2019 do so.
   */
  readonly padding: Padding;
}

/**
 * The patches that cover a volume: every voxel lies in at least one.
 *
 * @param shape the volume's extent i, j, k in voxels
 * @param patch the patch's extent i, j, k in voxels
 * @returns locations with i fastest, as voxels are
 * @throws UsageError for an overlap outside 0 … 0.95
 */
export function tilePatches(shape: Triple, patch: Triple, { overlap, padding }: TilingOptions): PatchLocation[] {
  if (!(overlap >= 0 && overlap <= 0.95)) {
    throw new UsageError(`the overlap of patches is ${overlap}; give a share from 0 to 0.95`);
  }
  const startsOf = padding === 'fit' ? fittedStarts : halfPaddedStarts;
  const [starts0, starts1, starts2] = shape.map((length, axis) =>
    startsOf(length, patch[axis], strideOf(patch[axis], overlap)),
  );
  const locations: PatchLocation[] = [];
  for (const k of starts2) {
    for (const j of starts1) {
      for (const i of starts0) locations.push({ start: [i, j, k] });
    }
  }
  return locations;
}

/** Voxels between neighboring tiles. The small term keeps 100 * (1 - 0.9), which is 9.999…98, at 10. */
function strideOf(patch: number, overlap: number): number {
  return Math.max(1, Math.floor(patch * (1 - overlap) + 1e-9));
}

/** Neighbors are at most `stride` apart after rounding, since their exact distance is at most that whole number. */
function fittedStarts(length: number, patch: number, stride: number): number[] {
  if (length <= patch) return [centeredStart(length, patch)];
  const steps = Math.ceil((length - patch) / stride);
  return Array.from({ length: steps + 1 }, (_, step) => Math.round((step * (length - patch)) / steps));
}

/**
 * With pad = ceil(patch / 2) and n tiles, (n - 1) stride >= length + 2 pad - patch. A tile before the first would end at
 * patch - pad - stride = floor(patch / 2) - stride, and one behind the last would start at n stride - pad >= length + stride
 * - floor(patch / 2): neither touches the volume while stride >= floor(patch / 2), so no vote is missing.
 */
function halfPaddedStarts(length: number, patch: number, stride: number): number[] {
  const pad = Math.ceil(patch / 2);
  const steps = Math.ceil((length + 2 * pad - patch) / stride);
  return Array.from({ length: steps + 1 }, (_, step) => step * stride - pad);
}
