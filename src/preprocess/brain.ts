import { spacingOf, voxelVolumeOf } from '../volume/affine.ts';
import { rasGrid } from '../volume/orientation.ts';
import { type Grid, type Triple, voxelCount } from '../volume/volume.ts';
import { boundingBox, cropGrid } from './box.ts';

/** How large a brain is, or what is taken for one. */
export interface BrainSize {
  readonly voxels: number;
  readonly milliliters: number;
  /** Extent in mm along x, y, z of the box around it. */
  readonly extent: Triple;
  /** Its share of the voxels of that box. */
  readonly boxShare: number;
}

/**
 * Measures a brain.
 *
 * @param brain [K, J, I], above 0 within the brain; at least one voxel
 */
export function measureBrain(brain: Uint8Array, grid: Grid): BrainSize {
  const box = boundingBox(brain, grid.shape);
  if (box === null) throw new RangeError('measureBrain: there is no voxel of brain');
  let voxels = 0;
  for (let v = 0; v < brain.length; v++) if (brain[v] !== 0) voxels++;
  const turned = rasGrid(cropGrid(grid, box));
  const spacing = spacingOf(turned.affine);
  const extent: Triple = [turned.shape[0] * spacing[0], turned.shape[1] * spacing[1], turned.shape[2] * spacing[2]];
  return {
    voxels,
    milliliters: (voxels * voxelVolumeOf(grid.affine)) / 1000,
    extent,
    boxShare: voxels / voxelCount(box.shape),
  };
}

/** In ml. The largest brains, with the fluid around them, have some 2000 ml; heads have 3000 ml and more. */
const LARGEST_BRAIN = 2500;
/** A brain is round: even its largest slice alone fills no more than pi / 4 of its box. */
const ROUND_SHARE = 0.9;
/** In mm. A crop within the brain may well fill its box, but not one that is as long as a brain along two axes. */
const LARGEST_CROP = 150;

/**
 * Whether what was taken for the brain, because it is not 0, is rather a whole head: it is larger than any brain, or fills a
 * box of a head's size wholly, as the noise in the air around a head does.
 */
export function isWholeHead({ milliliters, extent, boxShare }: BrainSize): boolean {
  const longAxes = extent.filter((length) => length > LARGEST_CROP).length;
  return milliliters > LARGEST_BRAIN || (boxShare > ROUND_SHARE && longAxes >= 2);
}

/**
 * What to tell about scans that seem to be whole heads; null where there are none.
 *
 * @param heads the scans' names with the sizes
 */
export function wholeHeadWarning(
  heads: readonly { readonly name: string; readonly milliliters: number }[],
): string | null {
  if (heads.length === 0) return null;
  const listed = heads.slice(0, 8).map(({ name, milliliters }) => `${name} (${Math.round(milliliters)} ml)`);
  if (heads.length > 8) listed.push(`${heads.length - 8} more`);
  const seem = heads.length === 1 ? 'this seems to be a whole head' : 'these seem to be whole heads';
  return (
    `${listed.join(', ')}: without a brain mask all voxels other than 0 are taken for the brain, and they are more than a ` +
    `brain has; ${seem}. Skull-stripping is needed, which rarevox does not do: strip the skull with a tool such as ` +
    'SynthStrip or HD-BET, or give its brain mask (predict: --mask; a BIDS folder: derivatives/*/…_desc-brain_mask.nii.gz). ' +
    'Otherwise intensities are normalized over scalp and air, and structures outside the brain may be marked.'
  );
}
