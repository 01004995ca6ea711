import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import type { ModelDescription } from '../model/model-card.ts';
import { patchFault } from '../network/options.ts';
import type { Triple } from '../volume/volume.ts';
import { requireAgreement } from './agreement.ts';

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

/** How one model collects its votes. */
export interface VotingSettings {
  readonly overlap: number;
  readonly window: 'spline' | 'gaussian' | 'uniform';
  readonly padding: 'fit' | 'half';
  readonly views: 1 | 2 | 4 | 8;
  readonly patch: Triple;
}

/** What becomes of the models' averaged probabilities. */
export interface DecisionSettings {
  /** Of one class; several have none. */
  readonly threshold: number;
}

/** The settings of one prediction, with nothing left open: what the sidecar states. */
export interface PredictionSettings extends DecisionSettings {
  /** One for each model. */
  readonly voting: readonly VotingSettings[];
}

/**
 * Fills a prediction's options with the defaults of the model, or of each of the models that vote together. What is
 * decided on their average must have one default, or be given.
 *
 * @throws UsageError when an option is out of range, or is not given and the models' defaults differ; DataError when the
 *   models can't run with the options or don't go together
 */
export function resolvePrediction(
  models: ModelDescription | readonly ModelDescription[],
  options: PredictionOptions,
): PredictionSettings {
  const all = isList(models) ? models : [models];
  const parsed = predictionOptionsSchema.safeParse(options);
  if (!parsed.success)
    throw new UsageError(`The prediction's options are not valid:\n${z.prettifyError(parsed.error)}`);
  requireAgreement(all);
  const given: Given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  const { labels } = all[0] as ModelDescription;
  if (given.threshold !== undefined && labels.length > 1) {
    throw new UsageError('A threshold applies to models of one class only: this one takes the most probable class.');
  }
  return { voting: all.map((model) => votingOf(model, given)), threshold: common(all, given, 'threshold') };
}

/** The options that are there. */
type Given = { readonly [K in keyof PredictionOptions]?: Exclude<PredictionOptions[K], undefined> };

function votingOf(model: ModelDescription, given: Given): VotingSettings {
  const { overlap, window, padding, views, patch } = { ...model.prediction, patch: model.patch, ...given };
  const fault = patchFault(model.network, patch);
  if (fault !== null) throw new DataError(`The model can't run on this patch: ${fault}.`);
  return { overlap, window, padding, views, patch };
}

/** An option that all models share: the one that is given, else the models' only default. */
function common(models: readonly ModelDescription[], given: Given, name: 'threshold'): number {
  if (given[name] !== undefined) return given[name];
  const defaults = [...new Set(models.map(({ prediction }) => prediction[name]))];
  if (defaults.length > 1) {
    throw new UsageError(`The models have different defaults for the ${name} (${defaults.join(', ')}): give one.`);
  }
  return defaults[0] as number;
}

function isList(models: ModelDescription | readonly ModelDescription[]): models is readonly ModelDescription[] {
  return Array.isArray(models);
}
