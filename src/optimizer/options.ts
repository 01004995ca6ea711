import { z } from 'zod';

export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;

/** The optimizer as a configuration names it. */
export const optimizerEntries = {
  /** `adam`: the paper's; `adamw`: with decoupled weight decay; `sgd`: with Nesterov momentum. */
  optimizer: z.enum(OPTIMIZERS).default('adam'),
  /** Of `sgd`. */
  momentum: z.number().min(0).lt(1).default(0.99),
  /** Of `adamw`: the share of each kernel that a step at learning rate 1 would take away. */
  weightDecay: z.number().min(0).default(0.01),
  /**
   * Factor of the squared weights in the loss (method section 2), on the kernels that the network names; null: the paper's
   * 1e-4, or 0 for `adamw`, which decays in its own way.
   */
  l2: z.number().min(0).nullable().default(null),
  /** Largest Euclidean norm of the gradient, which is scaled down to it; null: as it comes. */
  clip: z.number().positive().nullable().default(null),
  /** Gradients of so many batches are averaged for one step. */
  accumulate: z.int().min(1).default(1),
  /** Decay of the exponential moving average of the weights, which the final model has; 0: the last weights as they are. */
  average: z.number().min(0).lt(1).default(0.999),
};

export const optimizerOptionsSchema = z.strictObject(optimizerEntries);
export type OptimizerOptions = z.infer<typeof optimizerOptionsSchema>;

/** The paper's factor of the squared weights (method section 2). */
const PAPER_L2 = 1e-4;

/** The L2 factor in force. */
export function l2Of({ optimizer, l2 }: Pick<OptimizerOptions, 'optimizer' | 'l2'>): number {
  return l2 ?? (optimizer === 'adamw' ? 0 : PAPER_L2);
}
