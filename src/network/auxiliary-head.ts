import type { GraphBuilder, Value } from '../graph/builder.ts';
import { convolution } from './convolutions.ts';
import type { NetworkOptions } from './options.ts';
import type { NetworkState } from './state.ts';

/**
 * The decoder's levels that have an auxiliary output, the finest first: all but the coarsest, as in nnU-Net, and but the one
 * whose output is the network's own.
 */
export function auxiliaryLevels({ levels, stemStride }: NetworkOptions): readonly number[] {
  // With a stem stride the finest level of the decoder is coarser than the patch.
  const finest = stemStride.some((stride) => stride > 1) ? 0 : 1;
  return Array.from({ length: Math.max(0, levels - 1 - finest) }, (_, index) => finest + index);
}

/** What stands against deep supervision of this network, as a sentence; null when nothing, or when it is not asked for. */
export function supervisionFault(options: NetworkOptions): string | null {
  if (!options.deepSupervision || auxiliaryLevels(options).length > 0) return null;
  return `deep supervision needs an output below full resolution, and with levels ${options.levels} and stem stride ${options.stemStride.join(', ')} the network has none: take more levels, or set deepSupervision to false`;
}

/**
 * An output at a level of the decoder, so that the loss reaches the coarser levels directly (deep supervision; Lee et al. 2015,
 * arXiv:1409.5185, as nnU-Net uses it): a 1x1x1 convolution. Only in training; a trained model has none.
 *
 * @param features what the decoder has at this level
 */
export function auxiliaryHead(b: GraphBuilder, features: Value, level: number, state: NetworkState): void {
  const { mode, options } = state;
  if (mode !== 'training' || !options.deepSupervision || !auxiliaryLevels(options).includes(level)) return;
  const name = `decoder.${level}.auxiliary.weight`;
  // The decoder is built from the coarsest level up.
  state.auxiliary.unshift(
    b.scope(`decoder.${level}`, () => convolution(b, features, options.outputs, [1, 1, 1], name)),
  );
}
