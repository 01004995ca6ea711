import { extractPatch } from '../patch/extract.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { AugmentationDraw } from './draw.ts';
import { type LesionRegion, lesionRegion } from './lesion-region.ts';
import type { Scratch } from './scratch.ts';
import type { AugmentationSource } from './source.ts';
import { type Box, reachedBox } from './spatial-map.ts';

/** A part of a case, and where the patch starts in it. */
export interface TransplantedSource {
  readonly source: AugmentationSource;
  readonly start: Triple;
}

/**
 * The part of a case that a patch takes its values from, with a lesion of another case in it: in the lesion's region
 * (`lesionRegion`) image and labels are the donor's, as far as both lie in the brain.
 *
 * The middle of the lesion goes to a voxel of the recipient's brain, of those that the patch would hold without rotation and
 * scaling. Distances in mm are kept; where the two grids have the same spacing, voxels are copied, else the donor's image is
 * interpolated trilinearly, and its labels and region are taken at the nearest voxel. When that part of the recipient has no brain,
 * nothing changes.
 *
 * @throws RangeError when the drawn voxel is no foreground of the donor
 */
export function transplantLesion(
  recipient: AugmentationSource,
  start: Triple,
  patch: Triple,
  draw: AugmentationDraw,
  donor: AugmentationSource,
  scratch: Scratch,
): TransplantedSource {
  const { transplant } = draw;
  if (transplant === undefined) return { source: recipient, start };
  const place = brainVoxel(recipient, start, patch, transplant.place);
  if (place === null) return { source: recipient, start };
  const box = reachedBox(draw, start, patch, recipient.spacing, recipient.shape);
  const part = copyPart(recipient, box, scratch);
  const within = (at: Triple): Triple => [at[0] - box.first[0], at[1] - box.first[1], at[2] - box.first[2]];
  paste(part, within(place), donor, lesionRegion(donor, transplant.voxel, transplant.margin));
  return { source: part, start: within(start) };
}

/** The brain voxel of the patch that stands at this share of their list; null where there is none. */
function brainVoxel({ shape, brain }: AugmentationSource, start: Triple, patch: Triple, share: number): Triple | null {
  const first = start.map((s) => Math.max(0, s));
  const end = start.map((s, axis) => Math.min(shape[axis], s + patch[axis]));
  const find = (wanted: number): number => {
    let seen = 0;
    for (let k = first[2]; k < end[2]; k++) {
      for (let j = first[1]; j < end[1]; j++) {
        const row = shape[0] * (j + shape[1] * k);
        for (let v = row + first[0]; v < row + end[0]; v++) if (brain[v] !== 0 && seen++ === wanted) return v;
      }
    }
    return seen;
  };
  const count = find(-1);
  if (count === 0) return null;
  const voxel = find(Math.floor(share * count));
  const row = Math.floor(voxel / shape[0]);
  return [voxel % shape[0], row % shape[1], Math.floor(row / shape[1])];
}

function copyPart(source: AugmentationSource, { first, shape }: Box, scratch: Scratch): AugmentationSource {
  const channels = source.present.length;
  const voxels = voxelCount(shape);
  const cut = (bytes: Uint8Array, name: string): Uint8Array =>
    extractPatch(bytes, 1, source.shape, first, shape, 'zero', scratch.uint8(name, voxels));
  const image = scratch.float32('part image', channels * voxels);
  extractPatch(source.image, channels, source.shape, first, shape, 'zero', image);
  return { ...source, shape, image, labels: cut(source.labels, 'part labels'), brain: cut(source.brain, 'part brain') };
}

/** Replaces the part's voxels whose nearest voxel of the donor belongs to the region. */
function paste(
  part: AugmentationSource,
  place: Triple,
  donor: AugmentationSource,
  { box, mask, center }: LesionRegion,
): void {
  const { shape, spacing, image, labels, brain, present } = part;
  // Donor voxels from one voxel of the part to the next; exactly 1 on equal spacing.
  const [ri, rj, rk] = spacing.map((length, axis) => length / donor.spacing[axis]);
  const bounds = [ri, rj, rk].map((ratio, axis) => {
    const before = Math.ceil((center[axis] - box.first[axis] + 1) / ratio);
    const after = Math.ceil((box.first[axis] + box.shape[axis] - center[axis]) / ratio);
    return [Math.max(0, place[axis] - before), Math.min(shape[axis] - 1, place[axis] + after)];
  });
  const voxels = voxelCount(shape);
  for (let k = bounds[2][0]; k <= bounds[2][1]; k++) {
    const z = center[2] + (k - place[2]) * rk;
    for (let j = bounds[1][0]; j <= bounds[1][1]; j++) {
      const y = center[1] + (j - place[1]) * rj;
      for (let i = bounds[0][0]; i <= bounds[0][1]; i++) {
        const x = center[0] + (i - place[0]) * ri;
        const to = i + shape[0] * (j + shape[1] * k);
        const from = nearestVoxel(x, y, z, donor.shape);
        if (from < 0 || brain[to] === 0 || donor.brain[from] === 0) continue;
        const inBox = nearestVoxel(x - box.first[0], y - box.first[1], z - box.first[2], box.shape);
        if (inBox < 0 || mask[inBox] === 0) continue;
        labels[to] = donor.labels[from];
        for (let c = 0; c < present.length; c++) {
          if (present[c]) image[c * voxels + to] = interpolate(donor, c, x, y, z);
        }
      }
    }
  }
}

/** The index of the nearest voxel, -1 for none. */
function nearestVoxel(x: number, y: number, z: number, shape: Triple): number {
  const i = Math.floor(x + 0.5);
  const j = Math.floor(y + 0.5);
  const k = Math.floor(z + 0.5);
  if (i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]) return -1;
  return i + shape[0] * (j + shape[1] * k);
}

/** Trilinear, at a point up to half a voxel beyond the outermost ones. */
function interpolate({ shape, image }: AugmentationSource, channel: number, x: number, y: number, z: number): number {
  const offset = channel * voxelCount(shape);
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let index = 0;
    let weight = 1;
    for (let axis = 2; axis >= 0; axis--) {
      const at = axis === 0 ? x : axis === 1 ? y : z;
      const below = Math.floor(at);
      const isNext = (corner >> axis) & 1;
      weight *= isNext ? at - below : 1 - (at - below);
      index = index * shape[axis] + Math.min(shape[axis] - 1, Math.max(0, below + isNext));
    }
    if (weight > 0) sum += weight * image[offset + index];
  }
  return sum;
}
