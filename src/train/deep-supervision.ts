import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { LossInput } from '../loss/loss-input.ts';
import type { LossFunction } from './programs.ts';

/**
 * The loss at all depths: the sum of the loss at full resolution and of those at the auxiliary outputs, with the weights 1, 1/2,
 * 1/4, … divided by their sum (nnU-Net, Isensee et al. 2021).
 *
 * @param auxiliary coarser logits [N, outputs, …], the finest first
 */
export function deeplySupervised(
  b: GraphBuilder,
  loss: LossFunction,
  input: LossInput,
  auxiliary: readonly Value[],
): Value {
  const inputs = [input, ...auxiliary.map((logits) => coarser(b, input, logits))];
  const total = inputs.reduce((sum, _, index) => sum + 2 ** -index, 0);
  return inputs
    .map((one, index) => b.scaleBy(loss(b, one), 2 ** -index / total))
    .reduce((sum, term) => b.add(sum, term));
}

/**
 * The reference and the weight at a coarser output's resolution, both of 0 and 1 still.
 *
 * One class: a coarse voxel belongs to it where any of its voxels that count does, so that a small lesion does not vanish, and
 * counts where any of them does. Several exclusive ones: the middle voxel decides on both (nnU-Net's nearest neighbor), since
 * two classes can share a coarse voxel. Either way, what does not count has no influence.
 */
function coarser(b: GraphBuilder, { reference, weight }: LossInput, logits: Value): LossInput {
  const window = [2, 3, 4].map((axis) => (reference.shape[axis] as number) / (logits.shape[axis] as number));
  const reduce = (x: Value): Value => (reference.shape[1] === 1 ? b.maxPool(x, window) : middleVoxels(b, x, window));
  const counted = weight === null ? reference : b.multiply(reference, weight);
  return { logits, reference: reduce(counted), weight: weight === null ? null : reduce(weight) };
}

/** Of each window of an image [N, C, K, J, I] the voxel in its middle (after it, where the size is even). */
function middleVoxels(b: GraphBuilder, image: Value, window: readonly number[]): Value {
  let x = image;
  for (const [index, size] of window.entries()) {
    const axis = index + 2;
    const before = x.shape.slice(0, axis).reduce((product, extent) => product * extent, 1);
    const after = x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    const extent = (x.shape[axis] as number) / size;
    const shape = x.shape.map((old, other) => (other === axis ? extent : old));
    const middle = size >> 1;
    x = b.reshape(b.slice(b.reshape(x, [before * extent, size, after]), 1, middle, middle + 1), shape);
  }
  return x;
}
