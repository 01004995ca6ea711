import type { Value } from '../graph/builder.ts';
import type { Shape } from '../graph/op.ts';
import type { NetworkOptions } from './options.ts';

/**
 * What a network is asked for. `training`: normalization by the batch's own statistics, dropout, and the statistics
 * collected for the moving averages. `inference`: moving averages, no dropout.
 */
export type NetworkMode = 'training' | 'inference';

/** What building a network leaves beside its logits. */
export interface NetworkState<Options extends NetworkOptions = NetworkOptions> {
  readonly mode: NetworkMode;
  readonly options: Options;
  /** Dropout masks to be drawn afresh each step: inputs of the program, in uint8. */
  readonly masks: { readonly name: string; readonly shape: Shape; readonly rate: number }[];
  /** This batch's statistics by parameter name, in the order of the parameters with the role `statistic`. */
  readonly statistics: { readonly name: string; readonly value: Value }[];
  /** Logits [N, outputs, …] at the coarser levels, the finest first; only in training with deep supervision. */
  readonly auxiliary: Value[];
}

/** A state for one network. */
export function networkState<Options extends NetworkOptions>(
  mode: NetworkMode,
  options: Options,
): NetworkState<Options> {
  return { mode, options, masks: [], statistics: [], auxiliary: [] };
}
