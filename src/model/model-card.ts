import { z } from 'zod';
import { networkOptionsSchema } from '../network/options.ts';
import { preprocessPlanSchema } from '../preprocess/plan.ts';
import { DESCRIPTION_VERSION } from './migrate-description.ts';
import { operatingPointSchema } from './operating-point.ts';
import { reportedFiguresSchema } from './reported-figures.ts';
import { trainingDataSchema } from './training-data.ts';

const positive = z.number().int().min(1);
const label = z.strictObject({ value: positive.max(255), name: z.string() });

/** What is done to a label map, of models and of predictions: nothing where an entry is left out. */
export const postProcessingShape = {
  /** For models of one class: voxels of this probability count too where they are connected to one above the threshold. */
  hysteresis: z.number().min(0).max(1).optional(),
  /** Whether background that is enclosed on all sides gets the label around it. */
  fillHoles: z.boolean().optional(),
  /** Lesions strictly smaller than this, in mm3, are removed. */
  lesionThreshold: z.number().min(0).optional(),
  /** What counts as one lesion: voxels that share faces (6), edges too (18), corners too (26); 18 where left out. */
  connectivity: z.union([z.literal(6), z.literal(18), z.literal(26)]).optional(),
};

/** What a model file says of itself beside its weights: the metadata entry `rarevox`. */
export const modelDescriptionSchema = z
  .strictObject({
    version: z.literal(DESCRIPTION_VERSION),
    network: networkOptionsSchema,
    preprocess: preprocessPlanSchema,
    /** `allowed`: it was trained to predict with any of its sequences, as long as there is one. Older files say nothing. */
    missingModalities: z.enum(['refused', 'allowed']).default('refused'),
    /** Foreground classes: label value in the masks, and name, in the order of the network's outputs. */
    labels: z.array(label).min(1),
    /** Patch that it was trained on, along i, j, k in voxels of the plan's spacing. */
    patch: z.tuple([positive, positive, positive]),
    /** Defaults of the prediction. */
    prediction: z.strictObject({
      overlap: z.number().min(0).max(0.95),
      window: z.enum(['spline', 'gaussian', 'uniform']),
      padding: z.enum(['fit', 'half']),
      /** Number of views whose votes are averaged; never one that training did not show the network. */
      views: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
      /** For models of one class. */
      threshold: z.number().min(0).max(1),
      ...postProcessingShape,
    }),
    card: z.strictObject({
      name: z.string(),
      task: z.string(),
      created_by: z.string(),
      intended_use: z.string(),
      must_not_be_used_for: z.string().optional(),
      /** What it was not tested on, and where it is known to fail, one sentence or two each. */
      limits: z.array(z.string()).optional(),
      /** How it was trained: data, split, loss, steps, as the run's config has them; where known, the command. */
      training: z.record(z.string(), z.json()),
      references: z.array(z.string()),
      /** Version of rarevox that wrote the file. This entry and those below may be missing: older files have none. */
      rarevox_version: z.string().optional(),
      description: z.string().optional(),
      authors: z.string().optional(),
      data_source: z.string().optional(),
      data: trainingDataSchema.optional(),
      /** Figures with their intervals, from several sets of cases. */
      reported: reportedFiguresSchema.optional(),
      /** Means over the subjects that the run itself held out, by the label's name and the figure's. */
      eval_metrics: z.record(z.string(), z.record(z.string(), z.number().nullable())).optional(),
      /** How the threshold was chosen, where `rarevox calibrate` chose it. */
      operatingPoint: operatingPointSchema.optional(),
    }),
  })
  .refine(
    ({ network, preprocess, labels }) =>
      network.channels === preprocess.modalities.length &&
      network.outputs === (labels.length === 1 ? 1 : labels.length + 1),
    'the network does not have an input for each modality and an output for each label',
  )
  .refine(
    ({ labels, prediction: { hysteresis, threshold } }) =>
      hysteresis === undefined || (labels.length === 1 && hysteresis <= threshold),
    'a hysteresis is for one class, and not above the threshold',
  )
  .refine(
    ({ labels, prediction, card: { operatingPoint } }) =>
      operatingPoint === undefined || (labels.length === 1 && operatingPoint.threshold === prediction.threshold),
    "an operating point is for one class, and its threshold the prediction's",
  );

export type ModelDescription = z.infer<typeof modelDescriptionSchema>;
