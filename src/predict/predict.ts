import type { Engine } from '../engine/engine.ts';
import type { Model } from '../model/model-file.ts';
import { type PreparedCase, prepareCase, restoreProbabilities } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { type LabelVolume, type ScalarVolume, voxelCount } from '../volume/volume.ts';
import { VoteAverage } from './average.ts';
import { type Ensemble, loadForPrediction } from './ensemble.ts';
import { labelMap } from './label-map.ts';
import { type Lesion, lesionsOf } from './lesions.ts';
import { requireModalities } from './modalities.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { type PredictCaseOptions, predictCase } from './predict-case.ts';

export interface Prediction {
  /** Label values on the scan's own grid, 0 the background. */
  readonly mask: LabelVolume;
  /** For each foreground class, in the order of the model's labels, on the scan's own grid; 0 outside the brain. */
  readonly probabilities: readonly ScalarVolume[];
  /**
   * For each foreground class, if asked for: the standard deviation of a voxel's votes, each weighted as in the mean (every
   * tile in every view by every model is one vote), on the scan's own grid; 0 outside the brain. It measures how
   * inconsistent the prediction is, from 0 to 0.5, and is no probability of an error.
   */
  readonly voteSpread: readonly ScalarVolume[] | null;
  /** The connected components of the mask, class by class. */
  readonly lesions: readonly Lesion[];
}

export interface PredictOptions extends PredictionOptions {
  readonly brainMask?: LabelVolume | undefined;
  /** Whether the spread of the votes is wanted too: 8 bytes a voxel of the network's grid more, for each output. */
  readonly voteSpread?: boolean | undefined;
  /** What the progress says; `Predicting` unless given. */
  readonly label?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
}

/**
 * Segments one scan: preprocessing, patch-wise prediction with fusion, and back onto the scan's own grid. Several models
 * are an ensemble: each prepares the scan by its own plan, and their probabilities are averaged on the scan's grid.
 *
 * @param images by modality; all on one grid, with every modality that the models were trained on, or at least one of them where
 *   the models' descriptions say that modalities may be missing
 * @throws DataError when a modality is missing that the models need, the images don't fit, or the models don't go together
 */
export async function predict(
  engine: Engine,
  models: Model | readonly Model[],
  images: Readonly<Record<string, ScalarVolume>>,
  options: PredictOptions = {},
): Promise<Prediction> {
  const { brainMask, voteSpread, label, signal, onEvent, ...rest } = options;
  const all = 'description' in models ? [models] : models;
  const descriptions = all.map(({ description }) => description);
  const ensemble = await loadForPrediction(engine, all, resolvePrediction(descriptions, rest));
  requireModalities(ensemble, images);
  const prepared = prepareForAll(ensemble, images, brainMask);
  try {
    return await predictPrepared(ensemble, prepared, { label: label ?? 'Predicting', voteSpread, signal, onEvent });
  } finally {
    await ensemble.release().catch(() => undefined);
  }
}

/** A scan prepared by each of an ensemble's plans, as far as it has their modalities. */
export function prepareForAll(
  { plans }: Pick<Ensemble, 'plans'>,
  images: Readonly<Record<string, ScalarVolume>>,
  brainMask: LabelVolume | undefined,
): PreparedCase[] {
  return plans.map((plan) => {
    const volumes = plan.modalities.map((modality) => images[modality] ?? null);
    return prepareCase({ images: volumes, brainMask }, plan);
  });
}

/**
 * The same with a case that is prepared already, for many scans.
 *
 * @param prepared by each of the ensemble's plans, in their order
 */
export async function predictPrepared(
  ensemble: Ensemble,
  prepared: readonly PreparedCase[],
  options: PredictCaseOptions,
): Promise<Prediction> {
  const { members, labels, plans, settings } = ensemble;
  if (prepared.length !== plans.length) {
    throw new RangeError(`predictPrepared: ${prepared.length} prepared cases for ${plans.length} plans`);
  }
  const averages = labels.map(() => new VoteAverage());
  for (const [index, member] of members.entries()) {
    const own = prepared[member.plan] as PreparedCase;
    const label = members.length === 1 ? options.label : `${options.label}, model ${index + 1} of ${members.length}`;
    const { means, variances } = await predictCase(ensemble, member, own, { ...options, label });
    for (const [at, average] of averages.entries()) {
      // Variances are interpolated, where that is needed, as the means are: a little spread between neighbors is lost.
      const variance = variances === null ? null : restoreClass(variances, at, own);
      average.add(restoreClass(means, at, own), variance);
    }
  }
  const results = averages.map((average) => average.result());
  const probabilities = results.map(({ mean }) => mean);
  const spreads = results.flatMap(({ spread }) => (spread === null ? [] : [spread]));
  const values = labels.map(({ value }) => value);
  const mask = labelMap(probabilities, values, settings);
  const maps = { mask, probabilities, voteSpread: options.voteSpread === true ? spreads : null };
  return { ...maps, lesions: lesionsOf(maps, labels, settings.connectivity) };
}

/** One class of a fused map [classes, K, J, I], on the scan's own grid. */
function restoreClass(fused: Float32Array, index: number, prepared: PreparedCase): ScalarVolume {
  const voxels = voxelCount(prepared.grid.shape);
  return restoreProbabilities(fused.subarray(index * voxels, (index + 1) * voxels), prepared);
}
