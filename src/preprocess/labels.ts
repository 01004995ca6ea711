import { resampleImage } from '../volume/resample.ts';
import { type Grid, type LabelVolume, type ScalarVolume, voxelCount } from '../volume/volume.ts';

/**
 * Resamples a label map by resampling each class's indicator linearly and taking the class with the largest share, the
 * background among them: a class covers what it has at least half of. Where the target is coarser, a voxel thus gets the label
 * of most of what it covers, where the nearest voxel's label would be that of one point; where it is finer along several
 * axes, stairs are rounded. (Finer along one axis alone, as between thick slices, the two are the same.) Ties go to the
 * foreground, and to the smaller of two labels.
 *
 * @param labels values from 0 to 255
 * @returns [K, J, I] of `target`; 0 outside the labels' field of view
 */
export function resampleIndicators(labels: LabelVolume, target: Grid): Uint8Array {
  const size = voxelCount(target.shape);
  const result = new Uint8Array(size);
  const best = new Float32Array(size);
  const total = new Float32Array(size);
  for (const label of foregroundLabels(labels)) {
    const shares = resampleImage(indicator(labels, label), target, { outside: 0 }).data;
    for (let v = 0; v < size; v++) {
      total[v] += shares[v];
      if (shares[v] > best[v]) {
        best[v] = shares[v];
        result[v] = label;
      }
    }
  }
  for (let v = 0; v < size; v++) if (1 - total[v] > best[v]) result[v] = 0;
  return result;
}

/** The labels above 0 that occur, ascending. */
function foregroundLabels({ data }: LabelVolume): number[] {
  const occurs = new Uint8Array(256);
  for (let v = 0; v < data.length; v++) occurs[data[v]] = 1;
  const labels: number[] = [];
  for (let label = 1; label < 256; label++) if (occurs[label] === 1) labels.push(label);
  return labels;
}

function indicator({ shape, affine, data: labels }: LabelVolume, label: number): ScalarVolume {
  const data = new Float32Array(labels.length);
  for (let v = 0; v < labels.length; v++) data[v] = labels[v] === label ? 1 : 0;
  return { kind: 'scalar', shape, affine, data };
}
