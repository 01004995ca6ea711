import { quantile } from '../quantile.ts';
import type { Triple } from '../volume/volume.ts';

/** An axis whose median spacing is more than so many times the others' counts as coarse (nnU-Net's threshold). */
const COARSE_RATIO = 3;

/**
 * The spacing to resample a data set to: the median along each axis. Where the coarsest axis's median is more than three
 * times that of both others, thick slices mix with thin ones or are all there is; that axis takes its 10th percentile, so
 * that the finer scans keep their detail, but is never made finer than the others.
 *
 * After nnU-Net's planner (Isensee et al. 2021, `determine_fullres_target_spacing`), without its second condition on the
 * number of slices.
 *
 * @param spacings of each scan in mm along x, y, z, that is after turning it to RAS+; at least one
 */
export function chooseSpacing(spacings: readonly Triple[]): Triple {
  if (spacings.length === 0) throw new RangeError('chooseSpacing needs the spacing of one scan at least');
  const along = (axis: number): number[] => spacings.map((spacing) => spacing[axis]).sort((a, b) => a - b);
  const chosen = [quantile(along(0), 0.5), quantile(along(1), 0.5), quantile(along(2), 0.5)];
  const coarsest = chosen.indexOf(Math.max(...chosen));
  const finer = Math.max(...chosen.filter((_, axis) => axis !== coarsest));
  if (chosen[coarsest] > COARSE_RATIO * finer) {
    chosen[coarsest] = Math.max(finer, quantile(along(coarsest), 0.1));
  }
  return [chosen[0], chosen[1], chosen[2]];
}
