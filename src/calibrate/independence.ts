import { z } from 'zod';
import { DataError } from '../errors.ts';
import { subjectKey } from '../evaluate/subject-key.ts';
import type { ModelDescription } from '../model/model-card.ts';
import type { OperatingRule } from '../model/operating-point.ts';

/** What a model card written by `rarevox train` tells of the subjects. */
const trainingSchema = z.object({
  subjects: z.array(z.string()),
  held_out: z.array(z.string()),
  config: z
    .object({ patience: z.number().nullable().optional(), warmStart: z.string().nullable().optional() })
    .optional(),
});

/** What calibration subjects were used for before. */
export interface EarlierUse {
  /** Why more of them may have been used than is known, as the beginning of a sentence; null where all is known. */
  readonly unknown: string | null;
  /** Calibration subjects whose patients the model was trained on. */
  readonly trained: readonly string[];
  /** … and whose patients were held out in its training. */
  readonly heldOut: readonly string[];
  /** Whether the training ended by the scores of the subjects held out (--patience). */
  readonly endedTraining: boolean;
}

/** Compares calibration subjects with a model's training, by patients where names of BIDS tell them. */
export function earlierUseOf(subjects: readonly string[], { card }: ModelDescription): EarlierUse {
  const training = trainingSchema.safeParse(card.training).data;
  if (training === undefined) {
    return {
      unknown: "The model's card does not name its training subjects",
      trained: [],
      heldOut: [],
      endedTraining: false,
    };
  }
  const start = training.config?.warmStart ?? null;
  const among = (names: readonly string[]): string[] => {
    const patients = new Set(names.map((name) => patientOf(subjectKey(name))));
    return subjects.filter((subject) => patients.has(patientOf(subject)));
  };
  return {
    unknown:
      start === null
        ? null
        : `The model started from another one (${start}), whose training subjects its card does not name`,
    trained: among(training.subjects),
    heldOut: among(training.held_out),
    endedTraining: (training.config?.patience ?? null) !== null,
  };
}

/**
 * Refuses what a guarantee can't be built on, and says what else stands against it.
 *
 * @returns warnings
 * @throws DataError for a rule with a guarantee, where a calibration subject's patient was trained on, or has several scans
 */
export function checkIndependence(
  subjects: readonly string[],
  use: EarlierUse | null,
  rule: OperatingRule,
): readonly string[] {
  const isGuaranteed = rule.kind === 'miss-rate';
  const warnings: string[] = [];
  if (isGuaranteed) {
    const patients = subjects.map(patientOf);
    const repeated = subjects.filter((_, index) => patients.indexOf(patients[index] as string) !== index);
    if (repeated.length > 0) {
      throw new DataError(
        `Some patients have several scans (${repeated.join(', ')} after an earlier one): these are not exchangeable with a new ` +
          "patient's. Keep one scan of each patient.",
      );
    }
  }
  const unknown = unknownUse(use);
  if (isGuaranteed && unknown !== null)
    warnings.push(`${unknown}: the guarantee holds only where the calibration subjects are none of them.`);
  if (use === null) return warnings;
  const { trained, heldOut, endedTraining } = use;
  if (trained.length > 0) {
    const fact = `The model was trained on ${trained.join(', ')}`;
    if (isGuaranteed) {
      throw new DataError(
        `${fact}. A guarantee needs calibration subjects that were used neither for training nor for the choice of the checkpoint or of ` +
          'anything else. Leave them out, and any other scan of the same patients.',
      );
    }
    warnings.push(`${fact}: the figures are too good, and the threshold suits subjects that it has not seen less.`);
  }
  if (heldOut.length > 0 && isGuaranteed) warnings.push(heldOutWarning(heldOut.length, endedTraining));
  return warnings;
}

/** Why calibration subjects may have been used before, unknown to us. */
export function unknownUse(use: EarlierUse | null): string | null {
  return use === null ? 'No model is given that names its training subjects' : use.unknown;
}

/** What is said, and stored with the operating point, where calibration subjects were held out in training. */
export function heldOutWarning(count: number, endedTraining: boolean): string {
  const fact = `${count} of the calibration subjects ${count === 1 ? 'was' : 'were'} held out in this model's training`;
  return endedTraining
    ? `${fact}, which ended by their Dice (--patience): they chose the model, so that the guarantee does not hold.`
    : `${fact}: the guarantee holds only if they chose nothing, neither the checkpoint (checkpoint_best), nor the loss, the length ` +
        'or any other option, nor this model among several.';
}

/** `sub-01` of `sub-01_ses-2`; other names tell nothing of patients and stand for themselves. */
function patientOf(subject: string): string {
  return /^sub-[A-Za-z0-9]+(?=_ses-)/.exec(subject)?.[0] ?? subject;
}
