import { squaredDistances } from '../volume/distance-transform.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { AugmentationSource } from './source.ts';
import type { Box } from './spatial-map.ts';

/** A part of a case around one lesion. */
export interface LesionRegion {
  /** May reach beyond the volume. */
  readonly box: Box;
  /** For each voxel of the box 1 in the region. */
  readonly mask: Uint8Array;
  /** The voxel in the middle of the lesion's bounding box. */
  readonly center: Triple;
}

/**
 * The region that CarveMix carves out (Zhang et al., arXiv:2108.06883): all voxels with D <= t, where D is the signed distance to
 * the lesion, positive outside: to the nearest voxel of the lesion; negative inside: to the nearest voxel of anything else. The
 * threshold is t = margin x depth with depth = |min D|.
 *
 * The lesion is the connected component of foreground of any class that a voxel belongs to, where voxels that share a face or an
 * edge touch.
 *
 * @param voxel index of a foreground voxel
 * @param margin -1/2 … 1
 * @throws RangeError when the voxel is background
 */
export function lesionRegion(
  { shape, spacing, labels }: AugmentationSource,
  voxel: number,
  margin: number,
): LesionRegion {
  const component = componentOf(labels, shape, voxel);
  const first = [shape[0], shape[1], shape[2]];
  const last = [0, 0, 0];
  for (const member of component) {
    const at = positionOf(member, shape);
    for (let axis = 0; axis < 3; axis++) {
      first[axis] = Math.min(first[axis], at[axis]);
      last[axis] = Math.max(last[axis], at[axis]);
    }
  }
  const center: Triple = [(first[0] + last[0]) >> 1, (first[1] + last[1]) >> 1, (first[2] + last[2]) >> 1];
  const boxWith = (margins: Triple): Box => ({
    first: [first[0] - margins[0], first[1] - margins[1], first[2] - margins[2]],
    shape: [
      last[0] - first[0] + 1 + 2 * margins[0],
      last[1] - first[1] + 1 + 2 * margins[1],
      last[2] - first[2] + 1 + 2 * margins[2],
    ],
  });

  const tight = boxWith([1, 1, 1]);
  const others = maskOf(component, shape, tight).map((isLesion) => 1 - isLesion);
  const within = squaredDistances(others, tight.shape, spacing);
  const depth = Math.sqrt(within.reduce((most, squared) => Math.max(most, squared), 0));
  const threshold = margin * depth;
  const squaredThreshold = threshold * threshold;
  if (threshold < 0) {
    const mask = new Uint8Array(within.length);
    for (let v = 0; v < mask.length; v++) mask[v] = others[v] === 0 && within[v] >= squaredThreshold ? 1 : 0;
    return { box: tight, mask, center };
  }
  const wide = boxWith([
    Math.ceil(threshold / spacing[0]),
    Math.ceil(threshold / spacing[1]),
    Math.ceil(threshold / spacing[2]),
  ]);
  const outside = squaredDistances(maskOf(component, shape, wide), wide.shape, spacing);
  const mask = new Uint8Array(outside.length);
  for (let v = 0; v < mask.length; v++) mask[v] = outside[v] <= squaredThreshold ? 1 : 0;
  return { box: wide, mask, center };
}

function positionOf(voxel: number, shape: Triple): Triple {
  const inPlane = voxel % (shape[0] * shape[1]);
  const i = inPlane % shape[0];
  return [i, (inPlane - i) / shape[0], (voxel - inPlane) / (shape[0] * shape[1])];
}

/** The component's voxels. It is grown from one voxel, since a whole volume's components would take long for each sample. */
function componentOf(labels: Uint8Array, shape: Triple, voxel: number): ReadonlySet<number> {
  if (labels[voxel] === 0 || voxel >= labels.length) {
    throw new RangeError(`lesionRegion: voxel ${voxel} is no foreground`);
  }
  const found = new Set([voxel]);
  // A set gives also what is added while it is walked through.
  for (const member of found) {
    const [i, j, k] = positionOf(member, shape);
    for (let dk = -1; dk <= 1; dk++) {
      for (let dj = -1; dj <= 1; dj++) {
        for (let di = -1; di <= 1; di++) {
          if (di * dj * dk !== 0) continue;
          const [x, y, z] = [i + di, j + dj, k + dk];
          if (x < 0 || y < 0 || z < 0 || x >= shape[0] || y >= shape[1] || z >= shape[2]) continue;
          const neighbor = x + shape[0] * (y + shape[1] * z);
          if (labels[neighbor] !== 0) found.add(neighbor);
        }
      }
    }
  }
  return found;
}

function maskOf(component: ReadonlySet<number>, shape: Triple, { first, shape: extent }: Box): Uint8Array {
  const mask = new Uint8Array(voxelCount(extent));
  for (const member of component) {
    const [i, j, k] = positionOf(member, shape);
    mask[i - first[0] + extent[0] * (j - first[1] + extent[1] * (k - first[2]))] = 1;
  }
  return mask;
}
