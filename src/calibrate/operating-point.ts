import { DataError } from '../errors.ts';
import type { Model } from '../model/model-file.ts';
import type { OperatingPoint, OperatingRule } from '../model/operating-point.ts';
import type { FiguresAt } from './figures-at.ts';
import { type EarlierUse, heldOutWarning, unknownUse } from './independence.ts';

/**
 * The record of a chosen threshold.
 * @param figures at that threshold
 * @param use what the subjects were used for before; null where it is not known
 */
export function operatingPointOf(
  subjects: readonly string[],
  rule: OperatingRule,
  { threshold, missRate, recall, precision, dice }: FiguresAt,
  use: EarlierUse | null,
): OperatingPoint {
  return {
    rule,
    threshold,
    n: subjects.length,
    subjects: [...subjects],
    figures: { missRate, recall: recall.mean, precision: precision.mean, dice: dice.mean },
    guarantee: guaranteeOf(subjects.length, rule, use),
  };
}

function guaranteeOf(n: number, rule: OperatingRule, use: EarlierUse | null): string {
  if (rule.kind !== 'miss-rate') {
    return 'None: the threshold was chosen on these subjects, so that their figures are too good, and new subjects may have others.';
  }
  const sentences = [
    `The expected miss rate (share of reference voxels that are not marked) of a new subject is at most ${rule.alpha}, if it is exchangeable ` +
      `with the ${n} calibration subjects and these were used neither for training nor for the choice of the checkpoint or of anything else ` +
      '(conformal risk control, Angelopoulos et al. 2022, arXiv:2208.02814).',
    'It is a mean over new subjects and over draws of the calibration subjects: one subject may miss more, and it says nothing of false positives.',
    'A subject with an empty reference counts as missing nothing.',
  ];
  if (use !== null && use.heldOut.length > 0) sentences.push(heldOutWarning(use.heldOut.length, use.endedTraining));
  const unknown = unknownUse(use);
  if (unknown !== null) sentences.push(`${unknown}, so that it is not known whether any was used before.`);
  return sentences.join(' ');
}

/**
 * What a model's way from probabilities to masks means for a threshold that is chosen on the probabilities alone.
 *
 * @returns warnings
 * @throws DataError where the model can't take the threshold, or it would not keep what the rule guarantees
 */
export function checkPostProcessing(
  { description: { labels, prediction } }: Model,
  rule: OperatingRule,
  threshold: number,
): readonly string[] {
  const { hysteresis, fillHoles = false, lesionThreshold = 0 } = prediction;
  if (hysteresis !== undefined && hysteresis > threshold) {
    throw new DataError(
      `The model's hysteresis ${hysteresis} is above the threshold ${threshold} that was chosen, and it must be the lower of the two. ` +
        'Calibrate a model without hysteresis.',
    );
  }
  if (lesionThreshold > 0 && rule.kind === 'miss-rate') {
    throw new DataError(
      `The model removes lesions below ${lesionThreshold} mm3, and the miss rate is bounded before that: what is removed may be missed. ` +
        'Calibrate a model without a lesion threshold.',
    );
  }
  if (labels.length > 1) {
    return [
      `The model finds several classes (${labels.map(({ name }) => name).join(', ')}), and \`predict\` marks the most probable one, whatever the ` +
        'threshold: apply it to the probabilities yourself (--save-probabilities).',
    ];
  }
  if (lesionThreshold === 0 && hysteresis === undefined && !fillHoles) return [];
  return [
    "The figures are those of the masks before the model's post-processing" +
      (rule.kind === 'miss-rate'
        ? '; hysteresis and the filling of holes only add voxels, so that the bound holds.'
        : '.'),
  ];
}

/**
 * The model with a chosen threshold as its default, and the record of it in its card.
 * @throws DataError for a model of several classes, which has no threshold
 */
export function withOperatingPoint({ description, parameters }: Model, operatingPoint: OperatingPoint): Model {
  const { prediction, card, labels } = description;
  if (labels.length > 1) {
    throw new DataError(
      `The model finds several classes (${labels.map(({ name }) => name).join(', ')}), and \`predict\` marks the most probable one: it can't ` +
        'keep a threshold. Leave out --out.',
    );
  }
  return {
    description: {
      ...description,
      prediction: { ...prediction, threshold: operatingPoint.threshold },
      card: { ...card, operatingPoint },
    },
    parameters,
  };
}
