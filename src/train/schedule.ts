import { z } from 'zod';

export const SCHEDULES = ['polynomial', 'cosine', 'step', 'constant'] as const;

/** The learning rate as a configuration names it. */
export const scheduleEntries = {
  learningRate: z.number().positive().default(0.001),
  /** How the rate goes on; see `learningRateAt`. */
  schedule: z.enum(SCHEDULES).default('polynomial'),
  /** Steps over which the rate rises linearly from near 0. */
  warmUp: z.int().min(0).default(0),
  /** Of `step`: the factor, and after how many steps it applies again. */
  decayFactor: z.number().positive().max(1).default(0.95),
  decayEvery: z.int().min(1).default(500),
};

const scheduleSchema = z.strictObject(scheduleEntries);
export type Schedule = z.infer<typeof scheduleSchema>;

/**
 * The learning rate at a step.
 *
 * - `polynomial`: rate (1 - progress)^0.9 (Chen et al. 2017, arXiv:1606.00915, as nnU-Net uses it);
 * - `cosine`: rate (1 + cos(pi progress)) / 2 (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts);
 * - `step`: rate decayFactor^floor(step / decayEvery) (the authors' code: 0.95 and 500, method section 6);
 * - `constant`.
 *
 * During the first `warmUp` steps all of that is multiplied by (step + 1) / warmUp (Goyal et al. 2017, arXiv:1706.02677).
 *
 * @param step steps done before this one
 * @param progress the share of the run that is over, 0 … 1
 */
export function learningRateAt(schedule: Schedule, step: number, progress: number): number {
  const warmth = step < schedule.warmUp ? (step + 1) / schedule.warmUp : 1;
  return warmth * schedule.learningRate * decayAt(schedule, step, Math.min(1, progress));
}

function decayAt({ schedule, decayFactor, decayEvery }: Schedule, step: number, progress: number): number {
  switch (schedule) {
    case 'polynomial':
      return (1 - progress) ** 0.9;
    case 'cosine':
      return (1 + Math.cos(Math.PI * progress)) / 2;
    case 'step':
      return decayFactor ** Math.floor(step / decayEvery);
    case 'constant':
      return 1;
    default:
      return schedule satisfies never;
  }
}
