import type { Label } from '../dataset/subject.ts';
import { transformPoint, voxelVolumeOf } from '../volume/affine.ts';
import { type Connectivity, connectedComponents } from '../volume/connected-components.ts';
import type { Grid, ScalarVolume, Triple } from '../volume/volume.ts';

/** One lesion of a prediction: a connected component of one class. */
export interface Lesion {
  readonly label: Label;
  /** From 1 for each class, in the order of the lesions' first voxels in memory. */
  readonly number: number;
  readonly voxels: number;
  /** In mm3. */
  readonly volume: number;
  /** The mean of its voxels' centers in mm, RAS+. */
  readonly centroid: Triple;
  /** Of its class, over its voxels. */
  readonly meanProbability: number;
  readonly maxProbability: number;
  /** Null where the vote spread was not asked for. */
  readonly meanVoteSpread: number | null;
}

export interface LesionSources {
  readonly mask: Grid & { readonly data: Uint8Array };
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
  const own = new Uint8Array(mask.data.length);
  return labels.flatMap((label, index) => {
    for (let voxel = 0; voxel < own.length; voxel++) own[voxel] = mask.data[voxel] === label.value ? 1 : 0;
    const { labels: components, sizes } = connectedComponents(own, mask.shape, connectivity);
    const p = (probabilities[index] as ScalarVolume).data;
    const sums = sumsOf(components, sizes.length, mask.shape, p, voteSpread?.[index]?.data ?? null);
    return Array.from({ length: sizes.length - 1 }, (_, at): Lesion => {
      const number = at + 1;
      const voxels = sizes[number];
      const center = [sums.i[number] / voxels, sums.j[number] / voxels, sums.k[number] / voxels] as const;
      return {
        label,
        number,
        voxels,
        volume: voxels * voxelVolumeOf(mask.affine),
        centroid: transformPoint(mask.affine, center),
        meanProbability: sums.probability[number] / voxels,
        maxProbability: sums.largest[number],
        meanVoteSpread: voteSpread === null ? null : sums.spread[number] / voxels,
      };
    });
  });
}

/** Sums over the voxels of each component, by its number. */
function sumsOf(
  components: Int32Array,
  size: number,
  [width, height, depth]: Triple,
  p: Float32Array,
  spreads: Float32Array | null,
) {
  const empty = (): Float64Array => new Float64Array(size);
  const sums = { i: empty(), j: empty(), k: empty(), probability: empty(), largest: empty(), spread: empty() };
  let voxel = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++, voxel++) {
        const component = components[voxel];
        if (component === 0) continue;
        sums.i[component] += i;
        sums.j[component] += j;
        sums.k[component] += k;
        sums.probability[component] += p[voxel];
        if (p[voxel] > sums.largest[component]) sums.largest[component] = p[voxel];
        if (spreads !== null) sums.spread[component] += spreads[voxel];
      }
    }
  }
  return sums;
}
