import type { TrainConfig } from './config.ts';

/**
 * The learning rate at a step.
 *
 * - `polynomial`: rate (1 - progress)^0.9 (Chen et al. 2017, arXiv:1606.00915, as nnU-Net uses it);
 * - `step`: rate 0.95^floor(step / 500) (the authors' code, method section 6);
 * - `constant`.
 *
 * @param step steps done before this one
 * @param progress the share of the run that is over, 0 … 1
 */
export function learningRateAt(
  { learningRate, schedule }: Pick<TrainConfig, 'learningRate' | 'schedule'>,
  step: number,
  progress: number,
): number {
  switch (schedule) {
    case 'polynomial':
      return learningRate * (1 - Math.min(1, progress)) ** 0.9;
    case 'step':
      return learningRate * 0.95 ** Math.floor(step / 500);
    case 'constant':
      return learningRate;
  }
}
