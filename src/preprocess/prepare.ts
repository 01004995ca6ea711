import { DataError, throwFaults } from '../errors.ts';
import { spacingOf } from '../volume/affine.ts';
import { rasGrid, reorientOnto, reorientToRas } from '../volume/orientation.ts';
import { gridWithSpacing, resampleImage } from '../volume/resample.ts';
import { type Grid, type LabelVolume, type ScalarVolume, type Triple, voxelCount } from '../volume/volume.ts';
import { type Box, boundingBox, cropGrid, cropVoxels, padVoxels } from './box.ts';
import { brainOf, type CaseInput, checkInput, firstImageOf } from './case-input.ts';
import { resampleIndicators } from './labels.ts';
import { normalize } from './normalize.ts';
import { normalizationOf, type PreprocessPlan } from './plan.ts';

/** Network input, and the way back to the scan's own grid. */
export interface PreparedCase {
  /** RAS+ oriented, resampled to the plan's spacing, cropped to the brain's bounding box without a margin. */
  readonly grid: Grid;
  /** [C, K, J, I], normalized; 0 outside the brain, and in the channel of a modality that is missing. */
  readonly image: Float32Array;
  /** [K, J, I], 1 within the brain. */
  readonly brain: Uint8Array;
  /** [K, J, I], the class numbers. */
  readonly reference?: Uint8Array;
  /** The scan's own grid. */
  readonly source: Grid;
  /** [K, J, I] of `source`, 1 within the brain. Training has no use for it and may drop it to save memory. */
  readonly sourceBrain: Uint8Array;
  /** The grid before it was cropped. */
  readonly uncropped: Grid;
  /** Where `grid` lies in `uncropped`. */
  readonly box: Box;
  /** Whether voxels were interpolated; if not, `uncropped` is `source` with its axes permuted and flipped. */
  readonly isResampled: boolean;
}

/** A scan whose spacing is within this share of the plan's along each axis is not worth interpolating. */
const SAME_SPACING = 0.01;

/** Voxels beyond which no scan is resampled: a slip of the pen in the spacing rather than a wish. */
const LARGEST_GRID = 2 ** 30;

/**
 * Makes network input of a subject's scans: turns them to RAS+, resamples them linearly to the plan's spacing, crops them to
 * the brain and normalizes each modality within it.
 *
 * Without a brain mask the brain is where the *first* image that there is is not 0, since skull-stripped images hold 0 outside the brain.
 * One image decides, because a second one may have another field of view, or values that are not quite 0 around its brain
 * after registration; and the first is the one that the others were brought to. An image with its skull has (almost) no
 * zeros, and the brain is then the whole head.
 *
 * The channel of a modality that the subject lacks (null) is 0 everywhere, as outside the brain. No other channel is: an image
 * that is empty or constant is refused.
 *
 * A reference and a mask are resampled as indicators (see `resampleIndicators`).
 *
 * @throws DataError naming all faults at once: no image at all or images on different grids, an empty or constant image, an empty
 *   brain mask, labels above 255
 */
export function prepareCase(input: CaseInput, plan: PreprocessPlan): PreparedCase {
  checkInput(input, plan.modalities);
  const { shape, affine } = firstImageOf(input);
  const source: Grid = { shape, affine };
  const sourceBrain = brainOf(input);
  const brainVolume: LabelVolume & { readonly data: Uint8Array } = { kind: 'label', ...source, data: sourceBrain };

  const ras = rasGrid(source);
  const isResampled = plan.spacing !== null && !hasSpacing(ras, plan.spacing);
  const uncropped = isResampled && plan.spacing !== null ? gridWithSpacing(ras, plan.spacing) : ras;
  if (voxelCount(uncropped.shape) > LARGEST_GRID) {
    throw new DataError(
      `Resampled to ${plan.spacing?.join(' x ')} mm the scan would have ${uncropped.shape.join(' x ')} voxels, more than can be ` +
        'held: take a larger spacing, or null for its own.',
    );
  }
  const wholeBrain = isResampled ? resampleIndicators(brainVolume, uncropped) : reorientToRas(brainVolume).data;
  const box = boundingBox(wholeBrain, uncropped.shape);
  if (box === null) {
    throw new DataError('The brain is smaller than one voxel of the spacing that the images are resampled to.');
  }
  const grid = cropGrid(uncropped, box);
  const size = voxelCount(grid.shape);
  const brain = cropVoxels(wholeBrain, uncropped.shape, box, new Uint8Array(size));

  const image = new Float32Array(plan.modalities.length * size);
  const faults: string[] = [];
  for (let channel = 0; channel < plan.modalities.length; channel++) {
    const values = image.subarray(channel * size, (channel + 1) * size);
    const volume = input.images[channel];
    if (volume === null) continue;
    if (isResampled) values.set(resampleImage(volume, grid, { outside: 0 }).data);
    else cropVoxels(reorientToRas(volume).data, uncropped.shape, box, values);
    const fault = normalize(values, brain, normalizationOf(plan, plan.modalities[channel]));
    if (fault !== null) faults.push(`The ${plan.modalities[channel]} image ${fault}; check that it is the right file.`);
  }
  throwFaults(faults);

  const prepared = { grid, image, brain, source, sourceBrain, uncropped, box, isResampled };
  if (input.reference === undefined) return prepared;
  const reference = isResampled
    ? resampleIndicators(input.reference, grid)
    : cropVoxels(reorientToRas(input.reference).data, uncropped.shape, box, new Uint8Array(size));
  return { ...prepared, reference };
}

/**
 * Which channels of a prepared image stand for a modality that the subject has. Those of missing ones are 0 everywhere, and no
 * others, since an image that is constant within the brain is refused.
 *
 * @param image [channels, K, J, I]
 */
export function presentChannels(image: Float32Array, channels: number): boolean[] {
  const size = image.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    for (let v = channel * size; v < (channel + 1) * size; v++) if (image[v] !== 0) return true;
    return false;
  });
}

/**
 * Brings a map from the network's grid back to the scan's own: exactly where preparing it only turned and cropped, by linear
 * interpolation in world coordinates otherwise (averaging along axes on which the scan is coarser). The result is 0 outside
 * the crop and outside the scan's own brain.
 *
 * @param values [K, J, I] on `prepared.grid`, such as one class's probabilities
 */
export function restoreProbabilities(
  values: Float32Array,
  prepared: Pick<PreparedCase, 'grid' | 'source' | 'sourceBrain' | 'uncropped' | 'box' | 'isResampled'>,
): ScalarVolume {
  const { grid, source, sourceBrain, uncropped, box, isResampled } = prepared;
  if (values.length !== voxelCount(grid.shape)) {
    throw new RangeError(`restoreProbabilities: ${values.length} values for a grid of ${grid.shape.join('x')} voxels`);
  }
  const restored = isResampled
    ? resampleImage({ kind: 'scalar', ...grid, data: values }, source, { outside: 0 })
    : reorientOnto({ kind: 'scalar', ...uncropped, data: padVoxels(values, uncropped.shape, box) }, source);
  const { data } = restored;
  for (let v = 0; v < data.length; v++) if (sourceBrain[v] === 0) data[v] = 0;
  return restored;
}

function hasSpacing(grid: Grid, spacing: Triple): boolean {
  return spacingOf(grid.affine).every(
    (length, axis) => Math.abs(length - spacing[axis]) <= SAME_SPACING * spacing[axis],
  );
}
