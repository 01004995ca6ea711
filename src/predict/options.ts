import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import { type ModelDescription, postProcessingShape } from '../model/model-card.ts';
import { patchFault } from '../network/options.ts';
import type { Connectivity } from '../volume/connected-components.ts';
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
  ...postProcessingShape,
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
  /** The lower threshold of one class with hysteresis; null without. */
  readonly hysteresis: number | null;
  readonly fillHoles: boolean;
  /** Lesions strictly smaller than this, in mm3, are removed. */
  readonly lesionThreshold: number;
  /** What counts as one lesion, here and in the table of lesions. */
  readonly connectivity: Connectivity;
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
  if (labels.length > 1) {
    for (const name of ['threshold', 'hysteresis'] as const) {
      if (given[name] === undefined) continue;
      throw new UsageError(
        `The ${name} applies to models of one class only: of several the most probable one is taken. Leave it out.`,
      );
    }
  }
  return { voting: all.map((model) => votingOf(model, given)), ...decisionOf(all, given) };
}

/** The options that are there. */
type Given = { readonly [K in keyof PredictionOptions]?: Exclude<PredictionOptions[K], undefined> };

function votingOf(model: ModelDescription, given: Given): VotingSettings {
  const { overlap, window, padding, views, patch } = { ...model.prediction, patch: model.patch, ...given };
  const fault = patchFault(model.network, patch);
  if (fault !== null) throw new DataError(`The model can't run on this patch: ${fault}.`);
  return { overlap, window, padding, views, patch };
}

function decisionOf(models: readonly ModelDescription[], given: Given): DecisionSettings {
  const decision: DecisionSettings = {
    threshold: common(models, given, 'threshold', 0.5),
    hysteresis: common(models, given, 'hysteresis', null),
    fillHoles: common(models, given, 'fillHoles', false),
    lesionThreshold: common(models, given, 'lesionThreshold', 0),
    connectivity: common(models, given, 'connectivity', 18),
  };
  if (decision.hysteresis !== null && decision.hysteresis > decision.threshold) {
    const whose = given.hysteresis === undefined ? ", the model's default," : '';
    throw new UsageError(
      `The hysteresis ${decision.hysteresis}${whose} is above the threshold ${decision.threshold}: it is the lower of the two. ` +
        'Give a lower one.',
    );
  }
  return decision;
}

/** An option that all models share: the one that is given, else the models' only default, `otherwise` where they have none. */
function common<N extends keyof DecisionSettings>(
  models: readonly ModelDescription[],
  given: Given,
  name: N,
  otherwise: DecisionSettings[N],
): DecisionSettings[N] {
  const defaults = [...new Set(models.map(({ prediction }) => prediction[name] ?? otherwise))];
  const value = given[name] ?? defaults[0];
  if (given[name] === undefined && defaults.length > 1) {
    throw new UsageError(`The models have different defaults for ${name} (${defaults.join(', ')}): give one.`);
  }
  return value as DecisionSettings[N];
}

function isList(models: ModelDescription | readonly ModelDescription[]): models is readonly ModelDescription[] {
  return Array.isArray(models);
}
