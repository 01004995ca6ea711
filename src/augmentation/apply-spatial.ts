import { extractPatch, markInside } from '../patch/extract.ts';
import { applyView, VIEWS } from '../patch/view.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { AugmentationDraw } from './draw.ts';
import { elasticField } from './elastic-field.ts';
import type { Scratch } from './scratch.ts';
import type { AugmentationSource, AugmentedPatch } from './source.ts';
import { flipFactors, isResampled, spatialMap } from './spatial-map.ts';

/**
 * Cuts a patch with its flips, rotation, scaling and elastic displacement, in one resampling from the source. Flips alone move
 * voxels and change no value.
 *
 * Images are interpolated trilinearly, and are 0 outside the brain. Labels and brain take the nearest voxel: then a lesion keeps
 * its volume on average however small it is, where the usual threshold of 0.5 on interpolated indicators would leave a lesion of
 * one voxel in about a quarter of all positions only (8 times the volume in which a b c >= 1/2 for a, b, c in [0, 1] is 0.27).
 */
export function cutSpatially(
  source: AugmentationSource,
  start: Triple,
  patch: Triple,
  draw: AugmentationDraw,
  out: AugmentedPatch,
  scratch: Scratch,
): void {
  if (isResampled(draw)) resample(source, start, patch, draw, out, scratch);
  else moveVoxels(source, start, patch, draw, out, scratch);
}

function moveVoxels(
  source: AugmentationSource,
  start: Triple,
  patch: Triple,
  { view }: AugmentationDraw,
  out: AugmentedPatch,
  scratch: Scratch,
): void {
  const { shape } = source;
  const channels = source.present.length;
  if (view === undefined) {
    extractPatch(source.image, channels, shape, start, patch, 'zero', out.image);
    extractPatch(source.labels, 1, shape, start, patch, 'zero', out.labels);
    extractPatch(source.brain, 1, shape, start, patch, 'zero', out.brain);
    markInside(shape, start, patch, out.inside);
    return;
  }
  const voxels = voxelCount(patch);
  const image = scratch.float32('cut image', channels * voxels);
  applyView(
    extractPatch(source.image, channels, shape, start, patch, 'zero', image),
    channels,
    patch,
    VIEWS[view],
    out.image,
  );
  const bytes = scratch.uint8('cut labels', voxels);
  applyView(extractPatch(source.labels, 1, shape, start, patch, 'zero', bytes), 1, patch, VIEWS[view], out.labels);
  applyView(extractPatch(source.brain, 1, shape, start, patch, 'zero', bytes), 1, patch, VIEWS[view], out.brain);
  applyView(markInside(shape, start, patch, bytes), 1, patch, VIEWS[view], out.inside);
}

function resample(
  source: AugmentationSource,
  start: Triple,
  patch: Triple,
  draw: AugmentationDraw,
  out: AugmentedPatch,
  scratch: Scratch,
): void {
  const { spacing } = source;
  const { matrix, middle } = spatialMap(draw, start, patch, spacing);
  const [xi, xj, xk, yi, yj, yk, zi, zj, zk] = matrix;
  const [flipI, flipJ, flipK] = flipFactors(draw);
  const field = draw.elastic === undefined ? null : elasticField(draw.elastic, patch, spacing);
  const [sizeI, sizeJ, sizeK] = patch;
  const positions = {
    x: scratch.float64('x', sizeI),
    y: scratch.float64('y', sizeI),
    z: scratch.float64('z', sizeI),
  };
  for (let k = 0; k < sizeK; k++) {
    // Positions in mm from the middle, before flips; a flipped voxel takes the value that its mirror image would have.
    const mk = flipK * (k - (sizeK - 1) / 2) * spacing[2];
    for (let j = 0; j < sizeJ; j++) {
      const mj = flipJ * (j - (sizeJ - 1) / 2) * spacing[1];
      const displaced = field?.row(flipJ < 0 ? sizeJ - 1 - j : j, flipK < 0 ? sizeK - 1 - k : k) ?? null;
      for (let i = 0; i < sizeI; i++) {
        let pi = flipI * (i - (sizeI - 1) / 2) * spacing[0];
        let pj = mj;
        let pk = mk;
        if (displaced !== null) {
          const at = flipI < 0 ? sizeI - 1 - i : i;
          pi += displaced[0][at];
          pj += displaced[1][at];
          pk += displaced[2][at];
        }
        positions.x[i] = middle[0] + xi * pi + xj * pj + xk * pk;
        positions.y[i] = middle[1] + yi * pi + yj * pj + yk * pk;
        positions.z[i] = middle[2] + zi * pi + zj * pj + zk * pk;
      }
      sampleRow(source, positions, sizeI, sizeI * (j + sizeJ * k), out);
    }
  }
}

interface RowPositions {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/**
 * Samples a row of the patch. A voxel reaches half a spacing beyond its center, so points up to there are inside the volume and
 * take the value of the outermost voxels.
 *
 * @param to the row's first voxel in the patch
 */
function sampleRow(
  { shape, image, labels, brain, present }: AugmentationSource,
  positions: RowPositions,
  length: number,
  to: number,
  out: AugmentedPatch,
): void {
  const [width, height, depth] = shape;
  const plane = width * height;
  const volume = plane * depth;
  const channels = present.length;
  const voxels = out.labels.length;
  for (let i = 0; i < length; i++) {
    let x = positions.x[i];
    let y = positions.y[i];
    let z = positions.z[i];
    const voxel = to + i;
    if (!(x >= -0.5 && x < width - 0.5 && y >= -0.5 && y < height - 0.5 && z >= -0.5 && z < depth - 0.5)) {
      out.labels[voxel] = 0;
      out.brain[voxel] = 0;
      out.inside[voxel] = 0;
      for (let c = 0, at = voxel; c < channels; c++, at += voxels) out.image[at] = 0;
      continue;
    }
    const nearest = Math.floor(x + 0.5) + width * Math.floor(y + 0.5) + plane * Math.floor(z + 0.5);
    const isBrain = brain[nearest];
    out.labels[voxel] = labels[nearest];
    out.brain[voxel] = isBrain;
    out.inside[voxel] = 1;
    if (isBrain === 0) {
      for (let c = 0, at = voxel; c < channels; c++, at += voxels) out.image[at] = 0;
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
    // No step beyond the last voxel, where the weight of the neighbor is 0.
    const dx = fx > 0 ? 1 : 0;
    const dy = fy > 0 ? width : 0;
    const dz = fz > 0 ? plane : 0;
    const w00 = (1 - fy) * (1 - fz);
    const w10 = fy * (1 - fz);
    const w01 = (1 - fy) * fz;
    const w11 = fy * fz;
    let a = xFloor + width * yFloor + plane * zFloor;
    for (let c = 0, at = voxel; c < channels; c++, at += voxels, a += volume) {
      const b = a + dx;
      const left = w00 * image[a] + w10 * image[a + dy] + w01 * image[a + dz] + w11 * image[a + dy + dz];
      const right = w00 * image[b] + w10 * image[b + dy] + w01 * image[b + dz] + w11 * image[b + dy + dz];
      out.image[at] = left + fx * (right - left);
    }
  }
}
