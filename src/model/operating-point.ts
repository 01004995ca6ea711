import { z } from 'zod';

/** What a threshold was chosen for; all means are over subjects. */
export const operatingRuleSchema = z.discriminatedUnion('kind', [
  /** The largest threshold whose expected miss rate is bounded by `alpha`, by conformal risk control. */
  z.strictObject({ kind: z.literal('miss-rate'), alpha: z.number().gt(0).lt(1) }),
  /** The largest threshold of at least this mean recall. */
  z.strictObject({ kind: z.literal('recall'), target: z.number().gt(0).max(1) }),
  /** The smallest threshold of at least this mean precision. */
  z.strictObject({ kind: z.literal('precision'), target: z.number().gt(0).max(1) }),
  /** The threshold of the greatest mean F-beta. */
  z.strictObject({ kind: z.literal('f-beta'), beta: z.number().gt(0) }),
]);
export type OperatingRule = z.infer<typeof operatingRuleSchema>;

const share = z.number().min(0).max(1);

/** How a model's threshold was chosen: written by `rarevox calibrate`. */
export const operatingPointSchema = z.strictObject({
  rule: operatingRuleSchema,
  threshold: share,
  /** Number of calibration subjects, and who they are. */
  n: z.number().int().min(1),
  subjects: z.array(z.string()),
  /** Means over the calibration subjects at the threshold; null where no subject has a value. */
  figures: z.strictObject({
    missRate: share,
    recall: share.nullable(),
    precision: share.nullable(),
    dice: share.nullable(),
  }),
  /** What the threshold guarantees, on which conditions, and what it doesn't: for people. */
  guarantee: z.string(),
});
export type OperatingPoint = z.infer<typeof operatingPointSchema>;
