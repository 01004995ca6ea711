import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { patchFault } from '../network/options.ts';
import type { Triple } from '../volume/volume.ts';

const positive = z.number().int().min(1);

/** What a prediction may change of a model's defaults. */
export const predictionOptionsSchema = z.strictObject({
  overlap: z.number().min(0).max(0.95).optional(),
  window: z.enum(['spline', 'gaussian', 'uniform']).optional(),
  padding: z.enum(['fit', 'half']).optional(),
  views: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]).optional(),
  threshold: z.number().min(0).max(1).optional(),
  patch: z.tuple([positive, positive, positive]).optional(),
});
export type PredictionOptions = z.infer<typeof predictionOptionsSchema>;

/** The settings of one prediction, with nothing left open: what the sidecar states. */
export interface PredictionSettings {
  readonly overlap: number;
  readonly window: 'spline' | 'gaussian' | 'uniform';
  readonly padding: 'fit' | 'half';
  readonly views: 1 | 2 | 4 | 8;
  readonly threshold: number;
  readonly patch: Triple;
}

/**
 * Fills a prediction's options with the model's defaults.
 * @throws UsageError when an option is out of range; DataError when the model can't run with them
 */
export function resolvePrediction(model: ModelDescription, options: PredictionOptions): PredictionSettings {
  const parsed = predictionOptionsSchema.safeParse(options);
  if (!parsed.success)
    throw new UsageError(`The prediction's options are not valid:\n${z.prettifyError(parsed.error)}`);
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  if (given.threshold !== undefined && model.labels.length > 1) {
    throw new UsageError('A threshold applies to models of one class only: this one takes the most probable class.');
  }
  const settings: PredictionSettings = { ...model.prediction, patch: model.patch, ...given };
  const fault = patchFault(model.network, settings.patch);
  if (fault !== null) throw new DataError(`The model can't run on this patch: ${fault}.`);
  return settings;
}
