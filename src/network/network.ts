import type { GraphBuilder, Value } from '../graph/builder.ts';
import { fcDenseNet } from './fc-densenet.ts';
import type { NetworkState } from './state.ts';
import { unet } from './unet.ts';

/**
 * The network that the options name.
 *
 * @param image [N, channels, K, J, I]; each side a multiple of the network's total stride
 * @returns logits [N, outputs, K, J, I]
 */
export function network(b: GraphBuilder, image: Value, state: NetworkState): Value {
  const { options } = state;
  switch (options.architecture) {
    case 'fc-densenet':
      return fcDenseNet(b, image, { ...state, options });
    case 'unet':
      return unet(b, image, { ...state, options });
    default:
      return options satisfies never;
  }
}
