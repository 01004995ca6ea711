import { UsageError } from '../errors.ts';
import { type Triple, voxelCount } from '../volume/volume.ts';

/** The axes that a view flips, by name; flipping two axes is a rotation by 180 degrees in their plane. */
export const VIEW_NAMES = [
  'identity',
  'flip-i',
  'flip-j',
  'flip-ij',
  'flip-k',
  'flip-ik',
  'flip-jk',
  'flip-ijk',
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/** A way to look at a patch: some of its axes flipped. Every view is its own inverse. */
export interface View {
  readonly name: ViewName;
  /** Whether i, j, k is flipped. */
  readonly flips: readonly [boolean, boolean, boolean];
}

/** All eight views. On a RAS+ grid `flip-i` is the left-right mirror. */
export const VIEWS: Readonly<Record<ViewName, View>> = Object.fromEntries(
  VIEW_NAMES.map((name, bits) => [name, { name, flips: [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0] }]),
) as unknown as Record<ViewName, View>;

const VIEW_SETS: Readonly<Record<number, readonly ViewName[]>> = {
  1: ['identity'],
  2: ['identity', 'flip-i'],
  4: ['identity', 'flip-ij', 'flip-ik', 'flip-jk'],
  8: VIEW_NAMES,
};

/** How many views `viewsOf` offers. */
export const VIEW_COUNTS: readonly number[] = [1, 2, 4, 8];

/**
 * The views that a prediction averages.
 *
 * @param count 1: identity; 2: identity and the left-right mirror; 4: identity and 180 degrees in each plane (Hashemi
 *   et al. 2019); 8: every combination of flips
 * @throws UsageError for another count
 */
export function viewsOf(count: number): readonly View[] {
  const names = VIEW_SETS[count];
  if (names === undefined) {
    throw new UsageError(`there is no set of ${count} views; give one of ${VIEW_COUNTS.join(', ')}`);
  }
  return names.map((name) => VIEWS[name]);
}

/**
 * Flips a patch. Applied twice it gives the patch back.
 *
 * @param data [C, K, J, I]
 * @param patch the patch's extent i, j, k
 * @param out [C, K, J, I], another array than `data`; wholly overwritten
 * @returns `out`
 * @throws RangeError when a length does not match, or `out` is `data`
 */
export function applyView<T extends Float32Array | Uint8Array>(
  data: T,
  channels: number,
  patch: Triple,
  view: View,
  out: T,
): T {
  const length = channels * voxelCount(patch);
  if (data.length !== length || out.length !== length || out === data) {
    throw new RangeError(
      `applyView: ${channels} channels of ${patch.join('x')} voxels need two arrays of ${length}, not ${data.length} ` +
        `and ${out.length}`,
    );
  }
  const [flipI, flipJ, flipK] = view.flips;
  const [sizeI, sizeJ, sizeK] = patch;
  const step = flipI ? -1 : 1;
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < sizeK; k++) {
      const plane = c * sizeK + (flipK ? sizeK - 1 - k : k);
      for (let j = 0; j < sizeJ; j++) {
        const row = sizeI * (sizeJ * plane + (flipJ ? sizeJ - 1 - j : j));
        let from = flipI ? row + sizeI - 1 : row;
        for (let i = 0; i < sizeI; i++) {
          out[to++] = data[from];
          from += step;
        }
      }
    }
  }
  return out;
}
