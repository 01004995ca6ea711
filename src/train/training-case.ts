import type { AugmentationSource } from '../augmentation/source.ts';

/** One training case on the network's grid. Its arrays may lie in memory that worker threads share. */
export interface TrainingCase extends AugmentationSource {
  readonly id: string;
  /** Indices of the voxels of any foreground class, ascending. */
  readonly foreground: Int32Array;
}
