import { z } from 'zod';
import { type ViewName, viewsOf } from './view.ts';

const count = z.int().min(0);
const share = z.number().min(0).max(1);

/** A rule of the curriculum: its value during the first `earlyPatches` patches, and afterwards. */
const earlyAndLate = z.strictObject({ early: count, late: count });

const TOLERANCE = 1e-9;

/**
 * How training patches are drawn (method section 4). The defaults are the authors' code's, whose patch is 128 voxels of
 * 1 mm on a side; counts of voxels are not scaled to other patches or voxels.
 */
export const selectionOptionsSchema = z.strictObject({
  /** Patches drawn under the `early` values of the curriculum. */
  earlyPatches: count.default(1000),
  /** A subject with fewer lesion voxels is skipped. */
  minimalLesionVoxels: earlyAndLate.default({ early: 100, late: 10 }),
  /** A patch is accepted when its central half-cube holds at least so many lesion voxels. */
  minimalCentralVoxels: earlyAndLate.default({ early: 50, late: 5 }),
  /**
   * Smallest and largest shift of the drawn lesion voxel from the patch's middle, in voxels, for every axis. Null: -20 … 19
   * for a patch of 128 voxels or more, scaled down in proportion for shorter ones.
   */
  jitter: z
    .tuple([z.int(), z.int()])
    .refine(([smallest, largest]) => smallest <= largest, 'the smallest jitter is above the largest')
    .nullable()
    .default(null),
  /** Draws within one visit to a subject before the next one is visited. */
  maximalDraws: z.int().min(1).default(20),
  /** Share of patches that are placed anywhere in the next subject, whether or not there is a lesion. */
  backgroundShare: share.default(0),
  /** `rotation-180`: by `rotationProbabilities`; `mirror`: left and right swapped in every second patch; or `none`. */
  augmentation: z.enum(['rotation-180', 'mirror', 'none']).default('rotation-180'),
  /**
   * Probabilities of no rotation and of 180 degrees in the ij, ik and jk plane. The authors' code decides for each plane in
   * turn with probability 1/4; which of its planes comes first is not known.
   */
  rotationProbabilities: z
    .tuple([share, share, share, share])
    .refine((p) => Math.abs(p[0] + p[1] + p[2] + p[3] - 1) < TOLERANCE, 'the probabilities do not add up to 1')
    .default([27 / 64, 16 / 64, 12 / 64, 9 / 64]),
});

export type SelectionOptions = z.infer<typeof selectionOptionsSchema>;

/** A view that training may show the network, and how often. */
export interface ViewProbability {
  readonly view: ViewName;
  /** Above 0; all of them add up to 1. */
  readonly probability: number;
}

/** The views that training shows the network, which are those that a prediction may average by default. */
export function trainedViews(
  options: Pick<SelectionOptions, 'augmentation' | 'rotationProbabilities'>,
): readonly ViewProbability[] {
  switch (options.augmentation) {
    case 'none':
      return [{ view: 'identity', probability: 1 }];
    case 'mirror':
      return viewsOf(2).map(({ name }) => ({ view: name, probability: 0.5 }));
    case 'rotation-180':
      return viewsOf(4)
        .map(({ name }, index) => ({ view: name, probability: options.rotationProbabilities[index] }))
        .filter(({ probability }) => probability > 0);
    default:
      return options.augmentation satisfies never;
  }
}

/**
 * Smallest and largest jitter along one axis in voxels: the option's, or -20 … 19 times patch / 128, at most 1. For patches
 * too short to scale to a whole voxel there is none.
 */
export function jitterRange(jitter: SelectionOptions['jitter'], patch: number): readonly [number, number] {
  if (jitter !== null) return jitter;
  const reach = Math.round(20 * Math.min(1, patch / 128));
  return reach === 0 ? [0, 0] : [-reach, reach - 1];
}
