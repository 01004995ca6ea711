import { z } from 'zod';
import { networkOptionsSchema } from '../network/options.ts';
import { preprocessPlanSchema } from '../preprocess/plan.ts';
import { trainConfigSchema } from './config.ts';

const positive = z.number().int().min(1);

/** RUN/config.json: the options with every default filled in, and what they came to with the data at hand. */
export const runDescriptionSchema = z.strictObject({
  version: z.literal(1),
  config: trainConfigSchema,
  dataset: z.strictObject({
    name: z.string(),
    training: z.array(z.string()),
    validation: z.array(z.string()),
  }),
  labels: z.array(z.strictObject({ value: positive, name: z.string() })),
  preprocess: preprocessPlanSchema,
  network: networkOptionsSchema,
  patch: z.tuple([positive, positive, positive]),
  /** One for each foreground class. */
  betas: z.array(z.number()),
});

export type RunDescription = z.infer<typeof runDescriptionSchema>;
export const RUN_DESCRIPTION = 'config.json';
