import { z } from 'zod';
import { selectorStateSchema } from '../patch/selection.ts';

const step = z.int().min(0);

/** Where a run stands. It holds no time of day and no duration, so that the same run leaves the same bytes; the log has them. */
export const runStateSchema = z.strictObject({
  /** Steps done. */
  step,
  /** What the next step's patches are drawn from. */
  drawing: selectorStateSchema,
  validation: z.strictObject({
    /** The last step that was validated; 0: none yet. */
    step,
    best: z.strictObject({ step, meanDice: z.number() }).nullable(),
    /** Validations since the best one. */
    waited: step,
  }),
});
export type RunState = z.infer<typeof runStateSchema>;
