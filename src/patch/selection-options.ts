import { z } from 'zod';

const count = z.int().min(0);
const share = z.number().min(0).max(1);

/** A rule of the curriculum: its value during the first `earlyPatches` patches, and afterwards. */
const earlyAndLate = z.strictObject({ early: count, late: count });

/** Of the kinds that place a patch around a lesion. */
const around = {
  /**
   * Smallest and largest shift of the drawn lesion voxel from the patch's middle, in voxels, for every axis. Null: -20 … 19
   * for a patch of 128 voxels or more, scaled down in proportion for shorter ones.
   */
  jitter: z
    .tuple([z.int(), z.int()])
    .refine(([smallest, largest]) => smallest <= largest, 'the smallest jitter is above the largest')
    .nullable()
    .default(null),
  /** Share of patches that are placed anywhere in the next subject, whether or not there is a lesion. */
  backgroundShare: share.default(0),
};

const curriculumSchema = z.strictObject({
  kind: z.literal('curriculum'),
  /** Patches drawn under the `early` values of the curriculum. */
  earlyPatches: count.default(1000),
  /** A subject with fewer lesion voxels is skipped. */
  minimalLesionVoxels: earlyAndLate.default({ early: 100, late: 10 }),
  /** A patch is accepted when its central half-cube holds at least so many lesion voxels. */
  minimalCentralVoxels: earlyAndLate.default({ early: 50, late: 5 }),
  /** Draws within one visit to a subject before the next one is visited. */
  maximalDraws: z.int().min(1).default(20),
  ...around,
});

const uniformSchema = z.strictObject({ kind: z.literal('uniform') });

const foregroundShareSchema = z.strictObject({
  kind: z.literal('foreground-share'),
  /** Of the patches around a voxel of the foreground; nnU-Net's. */
  share: share.default(1 / 3),
});

const lesionBalancedSchema = z.strictObject({ kind: z.literal('lesion-balanced'), ...around });

export const SELECTIONS = ['curriculum', 'uniform', 'foreground-share', 'lesion-balanced'] as const;

/**
 * How training patches are placed. The numbers of voxels are not scaled to other patches or voxels than the authors' code's,
 * whose patch is 128 voxels of 1 mm on a side.
 *
 * - `curriculum`: the authors' code's (method section 4);
 * - `uniform`: anywhere in the volume;
 * - `foreground-share`: a share around a voxel of the foreground, of a class that is drawn first, the others anywhere (nnU-Net,
 *   Isensee et al. 2021);
 * - `lesion-balanced`: around a lesion (18-connected component), each as likely as another within its subject whatever its size.
 */
export const selectionOptionsSchema = z.preprocess(
  (input) =>
    typeof input === 'object' && input !== null && !Object.hasOwn(input, 'kind')
      ? { kind: 'curriculum', ...input }
      : input,
  z.discriminatedUnion('kind', [curriculumSchema, uniformSchema, foregroundShareSchema, lesionBalancedSchema]),
);

export type SelectionOptions = z.infer<typeof selectionOptionsSchema>;
export type CurriculumOptions = z.infer<typeof curriculumSchema>;

/** Names of the options of all kinds. */
export const selectionOptionNames: readonly string[] = [
  ...new Set(
    [curriculumSchema, uniformSchema, foregroundShareSchema, lesionBalancedSchema].flatMap(({ shape }) =>
      Object.keys(shape),
    ),
  ),
];

/** Share of the patches that are placed whether or not there is a lesion. */
export function backgroundShareOf(options: SelectionOptions): number {
  switch (options.kind) {
    case 'curriculum':
    case 'lesion-balanced':
      return options.backgroundShare;
    case 'uniform':
      return 1;
    case 'foreground-share':
      return 1 - options.share;
    default:
      return options satisfies never;
  }
}

/**
 * Smallest and largest jitter along one axis in voxels: the option's, or -20 … 19 times patch / 128, at most 1. For patches
 * too short to scale to a whole voxel there is none.
 */
export function jitterRange(jitter: CurriculumOptions['jitter'], patch: number): readonly [number, number] {
  if (jitter !== null) return jitter;
  const reach = Math.round(20 * Math.min(1, patch / 128));
  return reach === 0 ? [0, 0] : [-reach, reach - 1];
}
