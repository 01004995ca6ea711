import type { Engine } from '../engine/engine.ts';
import { diceOf } from '../evaluate/figures.ts';
import { maskOfLabel } from '../evaluate/label-values.ts';
import { countVoxels } from '../evaluate/voxel-counts.ts';
import { meanOf } from '../mean.ts';
import type { Model } from '../model/model-file.ts';
import { tilePatches } from '../patch/tiling.ts';
import { loadForPrediction } from '../predict/ensemble.ts';
import { resolvePrediction, type VotingSettings } from '../predict/options.ts';
import { predictPrepared } from '../predict/predict.ts';
import type { PreparedCase } from '../preprocess/prepare.ts';
import type { ProgressEvent } from '../progress-event.ts';
import type { LabelVolume, ScalarVolume } from '../volume/volume.ts';
import type { ValidationEntry } from './run-log.ts';
import type { TrainingCase } from './training-case.ts';

/** A held-out subject, to be predicted as a whole. */
export interface ValidationCase {
  readonly id: string;
  readonly prepared: PreparedCase;
  /** On the scan's own grid. */
  readonly reference: LabelVolume;
  /** The first sequence, on the same grid: for pictures. */
  readonly scan: ScalarVolume;
  /** The same to cut patches from. */
  readonly training: TrainingCase;
}

/** What a validation is called with, beside the model. */
export interface ValidationOptions {
  readonly engine: Engine;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProgressEvent) => void) | undefined;
  /** Called with each subject's prediction: for pictures. */
  readonly onPrediction?: ((subject: ValidationCase, mask: LabelVolume) => void) | undefined;
}

/** The part of a validation's log entry that whole volumes give. */
export type VolumeScores = Pick<ValidationEntry, 'dice' | 'meanDice' | 'subjects'>;

/**
 * Predicts the held-out subjects as `rarevox predict` would by default, tiling, views, fusion and the way back to the scan's
 * grid included, and scores them as `rarevox evaluate` would: the Dice of a validation is the Dice that the same weights get
 * in the end.
 */
export async function validateVolumes(
  cases: readonly ValidationCase[],
  model: Model,
  { engine, signal, onEvent, onPrediction }: ValidationOptions,
): Promise<VolumeScores> {
  const ensemble = await loadForPrediction(engine, model, resolvePrediction(model.description, {}));
  const values = model.description.labels.map(({ value }) => value);
  const subjects: Record<string, Record<string, number | null>> = {};
  for (const [index, subject] of cases.entries()) {
    signal?.throwIfAborted();
    const label = `Validating`;
    const { mask } = await predictPrepared(ensemble, [subject.prepared], { label, signal });
    onPrediction?.(subject, mask);
    const scores = values.map((value): [string, number | null] => {
      const counts = countVoxels(maskOfLabel(mask, value), maskOfLabel(subject.reference, value));
      return [String(value), diceOf(counts)];
    });
    subjects[subject.id] = Object.fromEntries(scores);
    onEvent?.({ kind: 'progress', label, done: index + 1, total: cases.length });
  }
  await ensemble.release();
  const dice = Object.fromEntries(
    values.map((value) => [String(value), meanOf(Object.values(subjects).map((scores) => scores[String(value)]))]),
  );
  return { dice, meanDice: meanOf(Object.values(dice)), subjects };
}

/** Forward passes of one patch that a validation of these cases takes. */
export function validationPasses(
  cases: readonly ValidationCase[],
  { patch, overlap, padding, views }: VotingSettings,
): number {
  const tiles = cases.reduce(
    (sum, { prepared }) => sum + tilePatches(prepared.grid.shape, patch, { overlap, padding }).length,
    0,
  );
  return tiles * views;
}

/** Of the training's time, at most this share goes to validation. */
const TIME_SHARE = 0.1;
/** Forward passes that a patch of a training step costs at least: forward, and the gradients of inputs and of weights. */
const PASSES_OF_A_STEP = 3;
/** Steps between validations are whole multiples of this. */
const STEPS_MULTIPLE = 50;

/**
 * How many steps to train between two validations, so that these take a tenth of the time at most. Counted in passes instead
 * of measured, so that it is the same on every machine.
 *
 * @param passes of one validation
 * @param patches of one training step
 */
export function validationInterval(passes: number, patches: number): number {
  const steps = passes / TIME_SHARE / (PASSES_OF_A_STEP * patches);
  return STEPS_MULTIPLE * Math.max(1, Math.ceil(steps / STEPS_MULTIPLE));
}
