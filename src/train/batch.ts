import type { HostTensor } from '../engine/engine.ts';
import { extractPatch, markInside } from '../patch/extract.ts';
import { applyView, type View } from '../patch/view.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';

/** One training case on the network's grid. */
export interface TrainingCase {
  readonly id: string;
  readonly shape: Triple;
  /** [channels, K, J, I] */
  readonly image: Float32Array;
  /** Label values, [K, J, I]. */
  readonly reference: Uint8Array;
  /** Indices of the voxels of any foreground class. */
  readonly foreground: Int32Array;
  /** Which channels the subject has; the others are 0 everywhere. */
  readonly present: readonly boolean[];
}

/** Where a sample is cut from a case, and how it is turned. */
export interface Sample {
  readonly source: TrainingCase;
  readonly start: Triple;
  readonly view: View;
}

export interface Batch {
  /** [N, channels, K, J, I], 0 beyond the volume */
  readonly image: HostTensor;
  /** [N, outputs, K, J, I] of 0 and 1; with several outputs one-hot, the background first */
  readonly reference: HostTensor;
  /** [N, 1, K, J, I], 1 inside the volume and 0 beyond it */
  readonly weight: HostTensor;
}

/**
 * Cuts the samples' patches and turns them.
 * @param labelValues the foreground classes' values, in the order of the network's outputs
 */
export function assembleBatch(
  samples: readonly Sample[],
  patch: Triple,
  channels: number,
  labelValues: readonly number[],
): Batch {
  const voxels = voxelCount(patch);
  const outputs = labelValues.length === 1 ? 1 : labelValues.length + 1;
  const count = samples.length;
  const image = new Float32Array(count * channels * voxels);
  const reference = new Float32Array(count * outputs * voxels);
  const weight = new Float32Array(count * voxels);

  const cutImage = new Float32Array(channels * voxels);
  const cutLabels = new Uint8Array(voxels);
  const turnedLabels = new Uint8Array(voxels);
  const cutWeight = new Float32Array(voxels);
  for (const [index, { source, start, view }] of samples.entries()) {
    extractPatch(source.image, channels, source.shape, start, patch, 'zero', cutImage);
    applyView(
      cutImage,
      channels,
      patch,
      view,
      image.subarray(index * channels * voxels, (index + 1) * channels * voxels),
    );
    extractPatch(source.reference, 1, source.shape, start, patch, 'zero', cutLabels);
    applyView(cutLabels, 1, patch, view, turnedLabels);
    const oneHot = reference.subarray(index * outputs * voxels, (index + 1) * outputs * voxels);
    if (outputs === 1) fillMask(turnedLabels, labelValues[0] as number, oneHot);
    else fillOneHot(turnedLabels, labelValues, oneHot);
    markInside(source.shape, start, patch, cutWeight);
    applyView(cutWeight, 1, patch, view, weight.subarray(index * voxels, (index + 1) * voxels));
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
