import { DataError } from '../errors.ts';
import type { SampleRecord } from './recipe.ts';
import type { StepFigures } from './run-log.ts';

/** The training went astray: to continue it would not help. */
export class DivergenceError extends DataError {}

/**
 * A value of the step that stopped being a finite number, with the batch that it happened on.
 * @param step counted from 1
 */
export function divergence(what: string, step: number, samples: readonly SampleRecord[]): DivergenceError {
  const patches = samples.map(({ subject, start }) => `${subject} from voxel ${start.join(',')}`);
  return new DivergenceError(
    `${what} stopped being a finite number at step ${step} (patches of ${patches.join('; ')}): train again in another folder with a smaller --learning-rate or with --clip 12, or check these scans.`,
  );
}

/** So many steps in a row without any gradient are no coincidence. */
const STALLED_STEPS = 100;

/** An error where the last steps had no gradient, so that nothing more is learned; null where there is no such thing. */
export function stall(steps: readonly StepFigures[]): DivergenceError | null {
  if (steps.length < STALLED_STEPS || steps.slice(-STALLED_STEPS).some(({ gradientNorm }) => gradientNorm > 0)) {
    return null;
  }
  return new DivergenceError(
    `The last ${STALLED_STEPS} steps up to step ${steps.length} had a gradient of exactly 0, so that the network learns nothing more: train again in another folder with a smaller --learning-rate, or add a loss that learns from every patch (--loss asymmetric+cross-entropy).`,
  );
}

/** Beyond these the first steps destroy any start: Adam moves each weight by the rate itself. */
const LARGEST_RATE = { adam: 0.05, adamw: 0.05, sgd: 2 } as const;

/** A warning where the learning rate is beyond all experience; null where it is not. */
export function rateWarning(optimizer: keyof typeof LARGEST_RATE, learningRate: number): string | null {
  const largest = LARGEST_RATE[optimizer];
  if (learningRate <= largest) return null;
  return `A learning rate of ${learningRate} is very large for ${optimizer} (usual: 0.0001 to 0.01; above ${largest} training tends to go astray).`;
}
