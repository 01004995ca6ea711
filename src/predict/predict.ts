import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import type { Model } from '../model/model-file.ts';
import { type PreparedCase, prepareCase, restoreProbabilities } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { type LabelVolume, type ScalarVolume, voxelCount } from '../volume/volume.ts';
import { type PredictionOptions, resolvePrediction } from './options.ts';
import { type LoadedModel, loadForPrediction, type PredictCaseOptions, predictCase } from './predict-case.ts';

export interface Prediction {
  /** Label values on the scan's own grid, 0 the background. */
  readonly mask: LabelVolume;
  /** For each foreground class, in the order of the model's labels, on the scan's own grid; 0 outside the brain. */
  readonly probabilities: readonly ScalarVolume[];
}

export interface PredictOptions extends PredictionOptions {
  readonly brainMask?: LabelVolume | undefined;
  /** What the progress says; `Predicting` unless given. */
  readonly label?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
}

/**
 * Segments one scan: preprocessing, patch-wise prediction with fusion, and back onto the scan's own grid.
 *
 * @param images by modality; all on one grid, with every modality that the model was trained on, or at least one of them where
 *   the model's description says that modalities may be missing
 * @throws DataError when a modality is missing that the model needs, or the images don't fit
 */
export async function predict(
  engine: Engine,
  model: Model,
  images: Readonly<Record<string, ScalarVolume>>,
  options: PredictOptions = {},
): Promise<Prediction> {
  const { brainMask, label, signal, onEvent, ...rest } = options;
  const settings = resolvePrediction(model.description, rest);
  const wanted = model.description.preprocess.modalities;
  const missing = wanted.filter((modality) => images[modality] === undefined);
  if (missing.length > 0 && model.description.missingModalities === 'refused') {
    throw new DataError(
      `The model needs the modalities ${wanted.join(', ')}: ${missing.join(', ')} is missing. ` +
        'It was not trained to do without (modalityDropout).',
    );
  }
  if (missing.length === wanted.length) {
    throw new DataError(`The model takes the modalities ${wanted.join(', ')}: give at least one of them.`);
  }
  const volumes = wanted.map((modality) => images[modality] ?? null);
  const loaded = await loadForPrediction(engine, model, settings);
  return predictLoaded(loaded, volumes, { brainMask, label: label ?? 'Predicting', signal, onEvent });
}

/** The same with a model that is loaded already, for many scans; the images are in the order of the model's modalities, null where missing. */
export async function predictLoaded(
  loaded: LoadedModel,
  images: readonly (ScalarVolume | null)[],
  { brainMask, ...options }: PredictCaseOptions & { readonly brainMask?: LabelVolume | undefined },
): Promise<Prediction> {
  return predictPrepared(loaded, prepareCase({ images, brainMask }, loaded.model.description.preprocess), options);
}

/** The same with a case that is prepared by the model's plan already. */
export async function predictPrepared(
  loaded: LoadedModel,
  prepared: PreparedCase,
  options: PredictCaseOptions,
): Promise<Prediction> {
  const { description } = loaded.model;
  const fused = await predictCase(loaded, prepared, options);
  const voxels = voxelCount(prepared.grid.shape);
  // With several outputs the first is the background.
  const firstForeground = description.network.outputs === 1 ? 0 : 1;
  const probabilities = description.labels.map((_, index) => {
    const channel = index + firstForeground;
    return restoreProbabilities(fused.subarray(channel * voxels, (channel + 1) * voxels), prepared);
  });
  const values = description.labels.map(({ value }) => value);
  return { mask: labelMap(probabilities, values, loaded.settings.threshold), probabilities };
}

/**
 * The label map of probabilities on the scan's grid: one class by threshold; of several the most probable one, where it
 * is more probable than the background (1 - the sum of the classes).
 */
export function labelMap(
  probabilities: readonly ScalarVolume[],
  values: readonly number[],
  threshold: number,
): LabelVolume {
  const first = probabilities[0] as ScalarVolume;
  const data = new Uint8Array(first.data.length);
  if (probabilities.length === 1) {
    const value = values[0] as number;
    for (let voxel = 0; voxel < data.length; voxel++) {
      const p = first.data[voxel] as number;
      if (p >= threshold && p > 0) data[voxel] = value;
    }
  } else {
    for (let voxel = 0; voxel < data.length; voxel++) {
      let sum = 0;
      let best = 0;
      let bestClass = 0;
      for (let index = 0; index < probabilities.length; index++) {
        const p = (probabilities[index] as ScalarVolume).data[voxel] as number;
        sum += p;
        if (p > best) {
          best = p;
          bestClass = index;
        }
      }
      if (best > 1 - sum) data[voxel] = values[bestClass] as number;
    }
  }
  return { kind: 'label', shape: first.shape, affine: first.affine, data };
}
