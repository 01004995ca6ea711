import { invertAffine, multiplyAffine, spacingOf } from './affine.ts';
import { interpolateCubic } from './cubic.ts';
import { blurAlongAxis } from './gaussian-blur.ts';
import { axesAreAligned, interpolateAligned, nearestAligned } from './resample-aligned.ts';
import { type Affine, type Grid, type LabelVolume, type ScalarVolume, type Triple, voxelCount } from './volume.ts';

/**
 * Voxels reach half a spacing beyond their centers, so points up to there lie within the field of view and take the value of
 * the outermost voxels. The margin on top is for rounding.
 */
const REACH = 0.5 + 1e-3;

export interface ResampleOptions {
  /** The value of voxels outside the image's field of view. */
  readonly outside: number;
  /** `linear` unless told: it never leaves the range of the values. `cubic` keeps detail, but overshoots at edges. */
  readonly interpolation?: 'linear' | 'cubic';
}

/**
 * Resamples an image onto another grid in world coordinates, by trilinear interpolation or Catmull-Rom splines (see
 * `interpolateCubic`); either grid may be oblique or sheared. Along axes of the image on which the target is coarser by a
 * factor f, the image is first blurred by a Gaussian of sigma = sqrt(f^2 - 1) / (2 sqrt(2 ln 2)) voxels, which turns a point
 * spread one voxel wide (full width at half maximum) into one f voxels wide (Cardoso et al., MICCAI 2015, LNCS 9351).
 */
export function resampleImage(volume: ScalarVolume, target: Grid, options: ResampleOptions): ScalarVolume {
  const toSource = targetToSource(volume, target);
  const source = blurForTarget(volume, toSource);
  const { outside, interpolation = 'linear' } = options;
  const field = { reach: REACH, outside };
  let data: Float32Array;
  if (interpolation === 'cubic') data = interpolateCubic(source, volume.shape, toSource, target, field);
  else if (axesAreAligned(toSource)) data = interpolateAligned(source, volume.shape, toSource, target.shape, field);
  else data = interpolateLinear(source, volume.shape, toSource, target, outside);
  return { kind: 'scalar', shape: target.shape, affine: target.affine, data };
}

function interpolateLinear(
  source: Float32Array,
  shape: Triple,
  toSource: Affine,
  target: Grid,
  outside: number,
): Float32Array {
  const [width, height, depth] = shape;
  const plane = width * height;
  const data = new Float32Array(voxelCount(target.shape));
  const [xi, xj, xk, x0, yi, yj, yk, y0, zi, zj, zk, z0] = toSource;
  let index = 0;
  for (let k = 0; k < target.shape[2]; k++) {
    for (let j = 0; j < target.shape[1]; j++) {
      const rowX = xj * j + xk * k + x0;
      const rowY = yj * j + yk * k + y0;
      const rowZ = zj * j + zk * k + z0;
      for (let i = 0; i < target.shape[0]; i++, index++) {
        let x = xi * i + rowX;
        let y = yi * i + rowY;
        let z = zi * i + rowZ;
        if (
          !(x >= -REACH && x <= width - 1 + REACH) ||
          !(y >= -REACH && y <= height - 1 + REACH) ||
          !(z >= -REACH && z <= depth - 1 + REACH)
        ) {
          data[index] = outside;
          continue;
        }
        x = x < 0 ? 0 : x > width - 1 ? width - 1 : x;
        y = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
        z = z < 0 ? 0 : z > depth - 1 ? depth - 1 : z;
        const xFloor = Math.floor(x);
        const yFloor = Math.floor(y);
        const zFloor = Math.floor(z);
        const fx = x - xFloor;
        const fy = y - yFloor;
        const fz = z - zFloor;
        const a = xFloor + width * yFloor + plane * zFloor;
        // No step beyond the last voxel, where the weight of the neighbor is 0.
        const dx = fx > 0 ? 1 : 0;
        const dy = fy > 0 ? width : 0;
        const dz = fz > 0 ? plane : 0;
        const near =
          (source[a] * (1 - fx) + source[a + dx] * fx) * (1 - fy) +
          (source[a + dy] * (1 - fx) + source[a + dy + dx] * fx) * fy;
        const b = a + dz;
        const far =
          (source[b] * (1 - fx) + source[b + dx] * fx) * (1 - fy) +
          (source[b + dy] * (1 - fx) + source[b + dy + dx] * fx) * fy;
        data[index] = near * (1 - fz) + far * fz;
      }
    }
  }
  return data;
}

/** Resamples a label map onto another grid: each voxel takes the label of the nearest one, 0 outside the field of view. */
export function resampleLabels(volume: LabelVolume, target: Grid): LabelVolume {
  const toSource = targetToSource(volume, target);
  const data = axesAreAligned(toSource)
    ? nearestAligned(volume.data, volume.shape, toSource, target.shape, REACH)
    : nearestLabels(volume.data, volume.shape, toSource, target);
  return { kind: 'label', shape: target.shape, affine: target.affine, data };
}

function nearestLabels(
  source: LabelVolume['data'],
  shape: Triple,
  toSource: Affine,
  target: Grid,
): LabelVolume['data'] {
  const [width, height, depth] = shape;
  const Labels = source.constructor as new (length: number) => LabelVolume['data'];
  const data = new Labels(voxelCount(target.shape));
  const [xi, xj, xk, x0, yi, yj, yk, y0, zi, zj, zk, z0] = toSource;
  let index = 0;
  for (let k = 0; k < target.shape[2]; k++) {
    for (let j = 0; j < target.shape[1]; j++) {
      const rowX = xj * j + xk * k + x0;
      const rowY = yj * j + yk * k + y0;
      const rowZ = zj * j + zk * k + z0;
      for (let i = 0; i < target.shape[0]; i++, index++) {
        const x = xi * i + rowX;
        const y = yi * i + rowY;
        const z = zi * i + rowZ;
        if (
          !(x >= -REACH && x <= width - 1 + REACH) ||
          !(y >= -REACH && y <= height - 1 + REACH) ||
          !(z >= -REACH && z <= depth - 1 + REACH)
        ) {
          continue;
        }
        const nearestX = x <= 0 ? 0 : x >= width - 1 ? width - 1 : Math.floor(x + 0.5);
        const nearestY = y <= 0 ? 0 : y >= height - 1 ? height - 1 : Math.floor(y + 0.5);
        const nearestZ = z <= 0 ? 0 : z >= depth - 1 ? depth - 1 : Math.floor(z + 0.5);
        data[index] = source[nearestX + width * (nearestY + height * nearestZ)];
      }
    }
  }
  return data;
}

/**
 * The grid with another spacing, the same directions and the same center, covering the same field of view to within half a
 * new voxel in all along each axis. An axis keeps one voxel at least.
 *
 * @param spacing mm along i, j, k
 */
export function gridWithSpacing(grid: Grid, spacing: Triple): Grid {
  const old = spacingOf(grid.affine);
  const extent = (axis: number): number => Math.max(1, Math.round((grid.shape[axis] * old[axis]) / spacing[axis]));
  const shape: Triple = [extent(0), extent(1), extent(2)];
  const affine = [...grid.affine];
  for (let row = 0; row < 3; row++) {
    for (let axis = 0; axis < 3; axis++) {
      const step = grid.affine[4 * row + axis] * (spacing[axis] / old[axis]);
      affine[4 * row + axis] = step;
      affine[4 * row + 3] += (grid.affine[4 * row + axis] * (grid.shape[axis] - 1) - step * (shape[axis] - 1)) / 2;
    }
  }
  return { shape, affine };
}

function targetToSource(source: Grid, target: Grid): Affine {
  return multiplyAffine(invertAffine(source.affine), target.affine);
}

function blurForTarget(volume: ScalarVolume, toSource: Affine): Float32Array {
  let data = volume.data;
  for (let axis = 0; axis < 3; axis++) {
    // How far one step of the target moves along this axis of the image; the row's length also holds under rotation.
    const factor = Math.hypot(toSource[4 * axis], toSource[4 * axis + 1], toSource[4 * axis + 2]);
    if (factor <= 1 + 1e-3) continue;
    const sigma = Math.sqrt(factor * factor - 1) / (2 * Math.sqrt(2 * Math.LN2));
    const isOwn = data !== volume.data;
    data = blurAlongAxis(data, volume.shape, axis, sigma, isOwn ? data : undefined);
  }
  return data;
}
