import { cutAugmented } from '../augmentation/apply.ts';
import type { HostTensor } from '../engine/engine.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';
import type { SampleRecipe } from './recipe.ts';
import type { TrainingCase } from './training-case.ts';

export interface Batch {
  /** [N, channels, K, J, I], 0 beyond the volume and in channels that a sample lacks */
  readonly image: HostTensor;
  /** [N, outputs, K, J, I] of 0 and 1; with several outputs one-hot, the background first */
  readonly reference: HostTensor;
  /** [N, 1, K, J, I], 1 where a voxel counts in the loss and 0 elsewhere */
  readonly weight: HostTensor;
}

/** What all batches of a run have in common. */
export interface BatchLayout {
  /** Along i, j, k. */
  readonly patch: Triple;
  /** The foreground classes' label values, in the order of the network's outputs. */
  readonly labelValues: readonly number[];
  /** Where voxels count in the loss: anywhere in the scan, or in its brain. */
  readonly lossWithin: 'volume' | 'brain';
}

/** Cuts the patches of a batch as their recipes say. The result depends on the arguments alone. */
export function assembleBatch(
  recipes: readonly SampleRecipe[],
  cases: readonly TrainingCase[],
  { patch, labelValues, lossWithin }: BatchLayout,
): Batch {
  const voxels = voxelCount(patch);
  const channels = (cases[0] as TrainingCase).present.length;
  const outputs = labelValues.length === 1 ? 1 : labelValues.length + 1;
  const count = recipes.length;
  const image = new Float32Array(count * channels * voxels);
  const reference = new Float32Array(count * outputs * voxels);
  const weight = new Float32Array(count * voxels);

  const labels = new Uint8Array(voxels);
  const inside = new Uint8Array(voxels);
  const brain = new Uint8Array(voxels);
  const counted = lossWithin === 'brain' ? brain : inside;
  for (const [index, { caseIndex, start, augmentation, dropped = [] }] of recipes.entries()) {
    const sample = image.subarray(index * channels * voxels, (index + 1) * channels * voxels);
    const donor = augmentation.transplant === undefined ? null : cases[augmentation.transplant.donor];
    const source = cases[caseIndex] as TrainingCase;
    cutAugmented(source, start, patch, augmentation, donor ?? null, { image: sample, labels, inside, brain });
    for (const channel of dropped) sample.fill(0, channel * voxels, (channel + 1) * voxels);
    const oneHot = reference.subarray(index * outputs * voxels, (index + 1) * outputs * voxels);
    if (outputs === 1) fillMask(labels, labelValues[0] as number, oneHot);
    else fillOneHot(labels, labelValues, oneHot);
    weight.set(counted, index * voxels);
  }
  const spatial = [patch[2], patch[1], patch[0]];
  return {
    image: { shape: [count, channels, ...spatial], data: image },
    reference: { shape: [count, outputs, ...spatial], data: reference },
    weight: { shape: [count, 1, ...spatial], data: weight },
  };
}

function fillMask(labels: Uint8Array, value: number, out: Float32Array): void {
  for (let voxel = 0; voxel < labels.length; voxel++) out[voxel] = labels[voxel] === value ? 1 : 0;
}

/** A label that is none of the classes counts as background. */
function fillOneHot(labels: Uint8Array, values: readonly number[], out: Float32Array): void {
  const channelOf = new Uint8Array(256);
  for (const [index, value] of values.entries()) channelOf[value] = index + 1;
  const voxels = labels.length;
  for (let voxel = 0; voxel < voxels; voxel++) {
    out[(channelOf[labels[voxel] as number] as number) * voxels + voxel] = 1;
  }
}
