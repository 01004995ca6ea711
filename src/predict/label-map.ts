import { voxelVolumeOf } from '../volume/affine.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import { fillHoles } from './fill-holes.ts';
import { hysteresisThreshold } from './hysteresis.ts';
import { removeSmallLesions } from './lesion-threshold.ts';
import type { DecisionSettings } from './options.ts';

/**
 * The label map of probabilities on the scan's grid. One class: by threshold, with hysteresis if asked for. Several: the most
 * probable one, where it is more probable than the background (1 - the sum of the classes). Then, if asked for and in this
 * order, holes are filled and small lesions removed.
 *
 * @param probabilities for each class
 * @param values its label value
 */
export function labelMap(
  probabilities: readonly ScalarVolume[],
  values: readonly number[],
  settings: DecisionSettings,
): LabelVolume & { readonly data: Uint8Array } {
  const { shape, affine } = probabilities[0] as ScalarVolume;
  const data =
    probabilities.length === 1
      ? markOneClass(probabilities[0] as ScalarVolume, values[0] as number, settings)
      : mostProbable(probabilities, values);
  if (settings.fillHoles) fillHoles(data, shape);
  if (settings.lesionThreshold > 0) {
    removeSmallLesions(data, shape, values, {
      leastVolume: settings.lesionThreshold,
      voxelVolume: voxelVolumeOf(affine),
      connectivity: settings.connectivity,
    });
  }
  return { kind: 'label', shape, affine, data };
}

function markOneClass(
  { data: probabilities, shape }: ScalarVolume,
  value: number,
  { threshold, hysteresis, connectivity }: DecisionSettings,
): Uint8Array {
  if (hysteresis !== null) {
    const marked = hysteresisThreshold(probabilities, shape, { low: hysteresis, high: threshold, connectivity });
    for (let voxel = 0; voxel < marked.length; voxel++) marked[voxel] *= value;
    return marked;
  }
  const data = new Uint8Array(probabilities.length);
  for (let voxel = 0; voxel < data.length; voxel++) {
    const p = probabilities[voxel];
    if (p >= threshold && p > 0) data[voxel] = value;
  }
  return data;
}

function mostProbable(probabilities: readonly ScalarVolume[], values: readonly number[]): Uint8Array {
  const data = new Uint8Array((probabilities[0] as ScalarVolume).data.length);
  for (let voxel = 0; voxel < data.length; voxel++) {
    let sum = 0;
    let best = 0;
    let bestClass = 0;
    for (let index = 0; index < probabilities.length; index++) {
      const p = (probabilities[index] as ScalarVolume).data[voxel];
      sum += p;
      if (p > best) {
        best = p;
        bestClass = index;
      }
    }
    if (best > 1 - sum) data[voxel] = values[bestClass];
  }
  return data;
}
