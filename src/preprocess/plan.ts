import { z } from 'zod';

const millimeters = z.number().positive({ error: 'a spacing is a number of mm above 0' });

export const NORMALIZATIONS = ['z-score', 'mean', 'percentile', 'mode'] as const;
export type Normalization = (typeof NORMALIZATIONS)[number];

const oneNormalization = z.enum(NORMALIZATIONS, {
  error: `a normalization is one of ${NORMALIZATIONS.join(', ')}`,
});

/** One normalization for all sequences, or one for each by name. */
export const normalizationSchema = z.union([oneNormalization, z.record(z.string(), oneNormalization)], {
  error: `give one of ${NORMALIZATIONS.join(', ')}, or an object with one of them for each modality`,
});
export type NormalizationChoice = z.infer<typeof normalizationSchema>;

/** How scans become network input. Stored with the model, so that prediction prepares scans as training did. */
export const preprocessPlanSchema = z
  .strictObject({
    version: z.literal(1, { error: 'this software knows version 1' }),
    /** The sequences, in the order of the network's channels. */
    modalities: z.array(z.string().min(1)).min(1),
    /** Spacing of the network's grid in mm along x, y, z (the axes of RAS+); null keeps each scan's own. */
    spacing: z
      .tuple([millimeters, millimeters, millimeters], {
        error: 'give the mm along x, y, z, or null for the own spacing of each scan',
      })
      .nullable(),
    /**
     * All over the brain's voxels of each sequence: `z-score` subtracts the mean and divides by the standard deviation,
     * `mean` divides by the mean (Hashemi et al., MIDL 2019), `percentile` clips to the percentiles 0.5 and 99.5 and then
     * does as `z-score`, so that single extreme voxels do not decide the scale; `mode` subtracts the most frequent intensity and divides by
     * the width of its peak, which hardly depend on how much of the brain is lesion. Outside the brain the input is 0.
     */
    normalization: normalizationSchema,
  })
  .superRefine(({ modalities, normalization }, context) => {
    if (typeof normalization === 'string') return;
    for (const modality of modalities) {
      if (!Object.hasOwn(normalization, modality)) {
        context.addIssue({ code: 'custom', path: ['normalization'], message: `it lacks the modality ${modality}` });
      }
    }
    for (const modality of Object.keys(normalization)) {
      if (!modalities.includes(modality)) {
        const message = `it names ${modality}, which is none of the modalities ${modalities.join(', ')}`;
        context.addIssue({ code: 'custom', path: ['normalization'], message });
      }
    }
  });

export type PreprocessPlan = z.infer<typeof preprocessPlanSchema>;

/** How a plan normalizes one of its sequences. */
export function normalizationOf({ normalization }: PreprocessPlan, modality: string): Normalization {
  return typeof normalization === 'string' ? normalization : (normalization[modality] as Normalization);
}
