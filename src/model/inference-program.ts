import { GraphBuilder } from '../graph/builder.ts';
import type { Program } from '../graph/program.ts';
import { fcDenseNet } from '../network/fc-densenet.ts';
import type { NetworkOptions } from '../network/options.ts';
import type { NetworkState } from '../network/state.ts';
import type { Triple } from '../volume/volume.ts';

/**
 * The network as it predicts: `image` [N, channels, K, J, I] to `probabilities` [N, outputs, K, J, I]: a sigmoid for one
 * output, a softmax over background and classes for several.
 *
 * @param patch along i, j, k
 */
export function inferenceProgram(network: NetworkOptions, patch: Triple, batch = 1): Program {
  const b = new GraphBuilder();
  const image = b.input('image', [batch, network.channels, patch[2], patch[1], patch[0]]);
  const state: NetworkState = { mode: 'inference', options: network, masks: [], statistics: [] };
  const logits = fcDenseNet(b, image, state);
  return b.program({ probabilities: network.outputs === 1 ? b.sigmoid(logits) : b.softmax(logits, 1) });
}
