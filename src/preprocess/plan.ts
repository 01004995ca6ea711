import { z } from 'zod';

const millimeters = z.number().positive();

export const NORMALIZATIONS = ['z-score', 'mean'] as const;
export type Normalization = (typeof NORMALIZATIONS)[number];

/** How scans become network input. Stored with the model, so that prediction prepares scans as training did. */
export const preprocessPlanSchema = z.strictObject({
  version: z.literal(1),
  /** The sequences, in the order of the network's channels. */
  modalities: z.array(z.string().min(1)).min(1),
  /** Spacing of the network's grid in mm along x, y, z (the axes of RAS+); null keeps each scan's own. */
  spacing: z.tuple([millimeters, millimeters, millimeters]).nullable(),
  /**
   * Both over the brain's voxels of each sequence: `z-score` subtracts the mean and divides by the standard deviation,
   * `mean` divides by the mean (Hashemi et al., MIDL 2019). Outside the brain the input is 0.
   */
  normalization: z.enum(NORMALIZATIONS),
});

export type PreprocessPlan = z.infer<typeof preprocessPlanSchema>;
