import type { Triple } from '../volume/volume.ts';

/** A case to cut patches from, i fastest. */
export interface AugmentationSource {
  readonly shape: Triple;
  /** mm along i, j, k */
  readonly spacing: Triple;
  /** [channels, K, J, I], 0 outside the brain and in channels that the case lacks */
  readonly image: Float32Array;
  /** [K, J, I] */
  readonly labels: Uint8Array;
  /** [K, J, I], 1 within the brain and 0 outside */
  readonly brain: Uint8Array;
  /** Which channels the case has. */
  readonly present: readonly boolean[];
}

/** A patch to be filled; every array is wholly overwritten. */
export interface AugmentedPatch {
  /** [channels, K, J, I] */
  readonly image: Float32Array;
  /** [K, J, I] */
  readonly labels: Uint8Array;
  /** [K, J, I], 1 inside the volume and 0 beyond it */
  readonly inside: Uint8Array;
  /** [K, J, I], 1 within the brain and 0 outside */
  readonly brain: Uint8Array;
}
