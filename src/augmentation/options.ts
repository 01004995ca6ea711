import { z } from 'zod';
import { type ViewName, viewsOf } from '../patch/view.ts';

const probability = z.number().min(0).max(1);
const TOLERANCE = 1e-9;

/** Smallest and largest of what is drawn. */
function range(smallest: number, largest: number) {
  return z
    .tuple([z.number().min(smallest).max(largest), z.number().min(smallest).max(largest)])
    .refine(([low, high]) => low <= high, 'the smallest value is above the largest');
}

/** How many views `viewsOf` gives for each kind. */
const VIEW_COUNT_OF = { none: 1, mirror: 2, 'rotation-180': 4, flips: 8 } as const;

/**
 * The rotations of the authors' code (method section 4): it decides for each plane in turn with probability 1/4; which of its
 * planes comes first is not known.
 */
const ROTATION_PROBABILITIES = [27 / 64, 16 / 64, 12 / 64, 9 / 64];

const viewsSchema = z
  .strictObject({
    /** `mirror`: left-right flips; `rotation-180`: by 180 degrees in the ij, ik and jk plane; `flips`: of every set of axes. */
    kind: z.enum(['none', 'mirror', 'rotation-180', 'flips']),
    /**
     * One for each view of the kind, in the order of `viewsOf`, the unchanged patch first; null: 27/64, 16/64, 12/64, 9/64 for
     * `rotation-180`, all equal for the others.
     */
    probabilities: z
      .array(probability)
      .refine(
        (p) => Math.abs(p.reduce((sum, value) => sum + value, 0) - 1) < TOLERANCE,
        'the probabilities do not add up to 1',
      )
      .nullable(),
  })
  .refine(
    ({ kind, probabilities }) => probabilities === null || probabilities.length === VIEW_COUNT_OF[kind],
    'there must be a probability for each view of the kind (1 for none, 2 for mirror, 4 for rotation-180, 8 for flips)',
  );

const rotationSchema = z.strictObject({
  probability,
  /** Largest angle about the i, j and k axis, to either side. */
  degrees: z.tuple([z.number().min(0).max(180), z.number().min(0).max(180), z.number().min(0).max(180)]),
});

const scalingSchema = z.strictObject({
  probability,
  /** The factor by which the patch's content grows, the same along all axes. */
  range: range(0.1, 10),
});

/** A cubic B-spline in three dimensions does not fold while its control vectors are shorter (Choi and Lee 2000). */
const LARGEST_AMPLITUDE_SHARE = 1 / 2.48;

const elasticSchema = z
  .strictObject({
    probability,
    /** Largest length of the displacement, in mm. */
    amplitude: range(0, 1000),
    /** Distance of the control points, in mm. */
    spacing: z.number().positive(),
  })
  .refine(
    ({ amplitude, spacing }) => amplitude[1] <= LARGEST_AMPLITUDE_SHARE * spacing,
    'the amplitude is above 0.4 times the spacing of the control points, so that the image could fold over',
  );

const factorSchema = z.strictObject({
  probability,
  /** Drawn below 1 in one half of the cases and above 1 in the other where the range allows both, for each channel. */
  range: range(0.01, 100),
});

const noiseSchema = z.strictObject({
  probability,
  /** Standard deviation in units of the input, whose own is 1 after z-scoring; the same for all channels. */
  deviation: range(0, 10),
});

const blurSchema = z.strictObject({
  probability,
  /** For each channel, once the patch was chosen. */
  channelProbability: probability,
  /** Standard deviation in voxels. */
  sigma: range(0.1, 10),
});

const lowResolutionSchema = z.strictObject({
  probability,
  channelProbability: probability,
  /** The extents' share that is left in between. */
  scale: range(0.05, 1),
});

const thickSlicesSchema = z.strictObject({
  probability,
  channelProbability: probability,
  /** Voxels in a thick slice, along an axis that is drawn for each channel. */
  voxels: z
    .tuple([z.int().min(2).max(64), z.int().min(2).max(64)])
    .refine(([low, high]) => low <= high, 'the smallest value is above the largest'),
});

const biasFieldSchema = z.strictObject({
  probability,
  /** Degree of the polynomial. */
  order: z.int().min(1).max(5),
  /** Largest magnitude of a coefficient of the field's logarithm, on coordinates from -1 to 1 across the patch. */
  coefficient: z.number().min(0).max(2),
});

const transplantSchema = z.strictObject({ probability });

const entries = {
  /** Flips and rotations by 180 degrees, without interpolation. */
  views: viewsSchema,
  rotation: rotationSchema,
  scaling: scalingSchema,
  elastic: elasticSchema,
  /**
   * Where voxels are longer along an axis than so many times the shortest side, that axis is left as it is: rotation only about it,
   * no scaling, displacement or lower resolution along it (nnU-Net's "dummy 2D" augmentation, for the same ratio of 3).
   */
  anisotropy: z.number().min(1),
  /** A lesion of another case with its surroundings (CarveMix). */
  transplant: transplantSchema,
  biasField: biasFieldSchema,
  noise: noiseSchema,
  blur: blurSchema,
  /** Every intensity times a factor. */
  brightness: factorSchema,
  /** The distance from the mean times a factor, within the old range. */
  contrast: factorSchema,
  lowResolution: lowResolutionSchema,
  thickSlices: thickSlicesSchema,
  /** Gamma on the negative image. */
  gammaInverted: factorSchema,
  gamma: factorSchema,
};

const resolvedSchema = z.strictObject(entries);

/** Augmentation with every number given. Probabilities are of a patch, and independent. */
export type AugmentationOptions = z.infer<typeof resolvedSchema>;

const OFF: AugmentationOptions = {
  views: { kind: 'none', probabilities: null },
  rotation: { probability: 0, degrees: [30, 30, 30] },
  scaling: { probability: 0, range: [0.7, 1.4] },
  elastic: { probability: 0, amplitude: [0, 6], spacing: 24 },
  anisotropy: 3,
  transplant: { probability: 0 },
  biasField: { probability: 0, order: 3, coefficient: 0.3 },
  noise: { probability: 0, deviation: [0, 0.1] },
  blur: { probability: 0, channelProbability: 0.5, sigma: [0.5, 1] },
  brightness: { probability: 0, range: [0.75, 1.25] },
  contrast: { probability: 0, range: [0.75, 1.25] },
  lowResolution: { probability: 0, channelProbability: 0.5, scale: [0.5, 1] },
  thickSlices: { probability: 0, channelProbability: 0.5, voxels: [2, 4] },
  gammaInverted: { probability: 0, range: [0.7, 1.5] },
  gamma: { probability: 0, range: [0.7, 1.5] },
};

export const AUGMENTATION_SETS = ['none', 'mirror', 'rotation-180', 'standard'] as const;
export type AugmentationSet = (typeof AUGMENTATION_SETS)[number];

/**
 * `standard` has the probabilities and ranges of nnU-Net's default trainer (Isensee et al., Nature Methods 18:203-211, 2021, in
 * version 2 of its code), with the left-right mirror in place of flips of all axes. `rotation-180` is Hashemi et al.'s.
 */
const SETS: Readonly<Record<AugmentationSet, AugmentationOptions>> = {
  none: OFF,
  mirror: { ...OFF, views: { kind: 'mirror', probabilities: null } },
  'rotation-180': { ...OFF, views: { kind: 'rotation-180', probabilities: null } },
  standard: {
    ...OFF,
    views: { kind: 'mirror', probabilities: null },
    rotation: { ...OFF.rotation, probability: 0.2 },
    scaling: { ...OFF.scaling, probability: 0.2 },
    noise: { ...OFF.noise, probability: 0.1 },
    blur: { ...OFF.blur, probability: 0.2 },
    brightness: { ...OFF.brightness, probability: 0.15 },
    contrast: { ...OFF.contrast, probability: 0.15 },
    lowResolution: { ...OFF.lowResolution, probability: 0.25 },
    gammaInverted: { ...OFF.gammaInverted, probability: 0.1 },
    gamma: { ...OFF.gamma, probability: 0.3 },
  },
};

const looseTransform = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).partial().optional();

const overridesSchema = z.strictObject({
  /** The set that gives what is not named; `none` turns everything off, with ranges for what is turned on. */
  base: z.enum(AUGMENTATION_SETS).default('none'),
  views: looseTransform(viewsSchema.shape),
  rotation: looseTransform(rotationSchema.shape),
  scaling: looseTransform(scalingSchema.shape),
  elastic: looseTransform(elasticSchema.shape),
  anisotropy: entries.anisotropy.optional(),
  transplant: looseTransform(transplantSchema.shape),
  biasField: looseTransform(biasFieldSchema.shape),
  noise: looseTransform(noiseSchema.shape),
  blur: looseTransform(blurSchema.shape),
  brightness: looseTransform(factorSchema.shape),
  contrast: looseTransform(factorSchema.shape),
  lowResolution: looseTransform(lowResolutionSchema.shape),
  thickSlices: looseTransform(thickSlicesSchema.shape),
  gammaInverted: looseTransform(factorSchema.shape),
  gamma: looseTransform(factorSchema.shape),
});

/** Names of the entries of an augmentation that is given as an object. */
export const augmentationOptionNames: readonly string[] = Object.keys(overridesSchema.shape);

/**
 * Augmentation as a configuration names it: a set, or an object with a `base` and what differs from it. Gives every number; what
 * it gives, parsed again, stays the same.
 */
export const augmentationOptionsSchema = z.preprocess(
  (input) => (typeof input === 'string' ? { base: input } : input),
  overridesSchema
    .transform(({ base, ...overrides }) => {
      const merged: Record<string, unknown> = { ...SETS[base] };
      for (const [name, given] of Object.entries(overrides)) {
        if (given === undefined) continue;
        const from = merged[name];
        merged[name] = typeof given === 'object' ? { ...(from as object), ...given } : given;
      }
      // Another kind of view has other probabilities than the base's.
      if (overrides.views?.kind !== undefined && overrides.views.probabilities === undefined) {
        merged.views = { kind: overrides.views.kind, probabilities: null };
      }
      return merged;
    })
    .pipe(resolvedSchema),
);

/** A view that training may show the network, and how often. */
export interface ViewProbability {
  readonly view: ViewName;
  /** Above 0; all of them add up to 1. */
  readonly probability: number;
}

/** The views that training shows the network, which are those that a prediction may average by default. */
export function trainedViews({ views }: Pick<AugmentationOptions, 'views'>): readonly ViewProbability[] {
  const shown = viewsOf(VIEW_COUNT_OF[views.kind]);
  const usual = views.kind === 'rotation-180' ? ROTATION_PROBABILITIES : shown.map(() => 1 / shown.length);
  const probabilities = views.probabilities ?? usual;
  return shown
    .map(({ name }, index) => ({ view: name, probability: probabilities[index] }))
    .filter((shownView) => shownView.probability > 0);
}
