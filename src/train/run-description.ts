import { z } from 'zod';
import { augmentationOptionsSchema } from '../augmentation/options.ts';
import { devices } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import { lossDescriptionSchema } from '../loss/loss-description.ts';
import { networkOptionsSchema } from '../network/options.ts';
import { preprocessPlanSchema } from '../preprocess/plan.ts';
import { trainConfigSchema } from './config.ts';
import type { RunFolder } from './run-folder.ts';

const positive = z.number().int().min(1);

/** RUN/config.json: the options with every default filled in, and what they came to with the data at hand. */
export const runDescriptionSchema = z.strictObject({
  version: z.literal(2),
  config: trainConfigSchema.extend({ augmentation: augmentationOptionsSchema }),
  dataset: z.strictObject({
    name: z.string(),
    training: z.array(z.string()),
    validation: z.array(z.string()),
  }),
  labels: z.array(z.strictObject({ value: positive, name: z.string() })),
  preprocess: preprocessPlanSchema,
  network: networkOptionsSchema,
  patch: z.tuple([positive, positive, positive]),
  loss: lossDescriptionSchema,
  /** What it computes on, to its end: another device rounds differently. Runs of before there was a choice lack it. */
  device: z.enum(devices).default('cpu'),
  /** The command that started it, where one did; files and folders by their last name, since places are one machine's own. */
  command: z.string().optional(),
});

export type RunDescription = z.infer<typeof runDescriptionSchema>;
export const RUN_DESCRIPTION = 'config.json';

const versionSchema = z.object({ version: z.number() });

/**
 * Reads RUN/config.json.
 * @throws DataError when it is damaged, or of a rarevox whose runs this one can't continue
 */
export async function readRunDescription(folder: RunFolder): Promise<RunDescription> {
  const { version } = await folder.readJson(RUN_DESCRIPTION, versionSchema);
  if (version !== 2) {
    throw new DataError(
      `${folder.file(RUN_DESCRIPTION)} is of another version of rarevox (${version}; this one writes 2): continue the run with that one, or start a new run.`,
    );
  }
  return folder.readJson(RUN_DESCRIPTION, runDescriptionSchema);
}
