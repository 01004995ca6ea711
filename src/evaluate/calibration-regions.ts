import { spacingOf } from '../volume/affine.ts';
import type { LabelVolume } from '../volume/volume.ts';
import { type Calibration, CalibrationCollector } from './calibration.ts';
import { maskOfLabel } from './label-values.ts';
import { nearRegion } from './near-region.ts';

/** mm from a voxel of the reference, within which a voxel is near a lesion. */
export const NEAR_DISTANCE = 5;

/** Calibration of one label's probabilities, over all cases, by region. */
export interface LabelCalibration {
  /** Null where the brain of some case is not known. */
  readonly brain: Calibration | null;
  /** Within 5 mm of the reference, lesions included, and within the brain where that is known; a case without lesions has none. */
  readonly near_lesions: Calibration;
}

/** Collects the calibration of one label over cases, within the brain and near lesions. */
export class RegionCalibration {
  private readonly inBrain = new CalibrationCollector();
  private readonly near = new CalibrationCollector();
  private knowsEveryBrain = true;

  /**
   * @param probabilities 0 … 1, on the reference's grid
   * @param brain of the same length, the brain's voxels other than 0; null where it is not known
   */
  add(probabilities: Float32Array, reference: LabelVolume, label: number, brain: Uint8Array | null): void {
    const mask = maskOfLabel(reference, label);
    const region = nearRegion(mask, reference.shape, spacingOf(reference.affine), NEAR_DISTANCE);
    if (brain === null) this.knowsEveryBrain = false;
    else {
      this.inBrain.add(probabilities, mask, brain);
      for (let v = 0; v < region.length; v++) if (brain[v] === 0) region[v] = 0;
    }
    this.near.add(probabilities, mask, region);
  }

  result(): LabelCalibration {
    return { brain: this.knowsEveryBrain ? this.inBrain.result() : null, near_lesions: this.near.result() };
  }
}
