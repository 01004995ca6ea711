import type { Label } from '../dataset/subject.ts';
import { transformPoint, voxelVolumeOf } from '../volume/affine.ts';
import { type Connectivity, connectedComponents } from '../volume/connected-components.ts';
import type { Grid, ScalarVolume, Triple } from '../volume/volume.ts';

/** One lesion of a mask: a connected component of one class. */
export interface MaskLesion {
  readonly label: Label;
  /** From 1 for each class, in the order of the lesions' first voxels in memory. */
  readonly number: number;
  readonly voxels: number;
  /** In mm3. */
  readonly volume: number;
  /** The mean of its voxels' centers in mm, RAS+. */
  readonly centroid: Triple;
}

/** One lesion of a prediction, with what the probabilities say of it. */
export interface Lesion extends MaskLesion {
  /** Of its class, over its voxels. */
  readonly meanProbability: number;
  readonly maxProbability: number;
  /** Null where the vote spread was not asked for. */
  readonly meanVoteSpread: number | null;
}

type ByteMask = Grid & { readonly data: Uint8Array };

export interface LesionSources {
  readonly mask: ByteMask;
  /** For each class, on the mask's grid. */
  readonly probabilities: readonly ScalarVolume[];
  readonly voteSpread: readonly ScalarVolume[] | null;
}

/** The lesions of a prediction, class by class. */
export function lesionsOf(
  { mask, probabilities, voteSpread }: LesionSources,
  labels: readonly Label[],
  connectivity: Connectivity,
): Lesion[] {
  return labels.flatMap((label, index) => {
    const { components, lesions } = componentsOf(mask, label, connectivity);
    const p = (probabilities[index] as ScalarVolume).data;
    const sums = sumsOf(components, lesions.length + 1, p, voteSpread?.[index]?.data ?? null);
    return lesions.map(
      (lesion): Lesion => ({
        ...lesion,
        meanProbability: sums.probability[lesion.number] / lesion.voxels,
        maxProbability: sums.largest[lesion.number],
        meanVoteSpread: voteSpread === null ? null : sums.spread[lesion.number] / lesion.voxels,
      }),
    );
  });
}

/** The lesions of a mask that has no probabilities, such as a drawn one, class by class. */
export function maskLesionsOf(mask: ByteMask, labels: readonly Label[], connectivity: Connectivity): MaskLesion[] {
  return labels.flatMap((label) => componentsOf(mask, label, connectivity).lesions);
}

/** The components of one class: the number of each voxel's, 0 for none, and what the mask says of each. */
function componentsOf(
  { data, shape, affine }: ByteMask,
  label: Label,
  connectivity: Connectivity,
): { components: Int32Array; lesions: MaskLesion[] } {
  const own = new Uint8Array(data.length);
  for (let voxel = 0; voxel < own.length; voxel++) own[voxel] = data[voxel] === label.value ? 1 : 0;
  const { labels: components, sizes } = connectedComponents(own, shape, connectivity);
  const sums = indexSumsOf(components, sizes.length, shape);
  const lesions = Array.from({ length: sizes.length - 1 }, (_, at): MaskLesion => {
    const number = at + 1;
    const voxels = sizes[number];
    const center = [sums.i[number] / voxels, sums.j[number] / voxels, sums.k[number] / voxels] as const;
    return {
      ...{ label, number, voxels },
      volume: voxels * voxelVolumeOf(affine),
      centroid: transformPoint(affine, center),
    };
  });
  return { components, lesions };
}

/** Sums of the voxels' indices over each component, by its number. */
function indexSumsOf(components: Int32Array, size: number, [width, height, depth]: Triple) {
  const sums = { i: new Float64Array(size), j: new Float64Array(size), k: new Float64Array(size) };
  let voxel = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++, voxel++) {
        const component = components[voxel];
        if (component === 0) continue;
        sums.i[component] += i;
        sums.j[component] += j;
        sums.k[component] += k;
      }
    }
  }
  return sums;
}

/** Sums and the largest of the maps over the voxels of each component, by its number. */
function sumsOf(components: Int32Array, size: number, p: Float32Array, spreads: Float32Array | null) {
  const empty = (): Float64Array => new Float64Array(size);
  const sums = { probability: empty(), largest: empty(), spread: empty() };
  for (let voxel = 0; voxel < components.length; voxel++) {
    const component = components[voxel];
    if (component === 0) continue;
    sums.probability[component] += p[voxel];
    if (p[voxel] > sums.largest[component]) sums.largest[component] = p[voxel];
    if (spreads !== null) sums.spread[component] += spreads[voxel];
  }
  return sums;
}
