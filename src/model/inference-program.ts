import { GraphBuilder } from '../graph/builder.ts';
import type { Program } from '../graph/program.ts';
import { network } from '../network/network.ts';
import type { NetworkOptions } from '../network/options.ts';
import { networkState } from '../network/state.ts';
import type { Triple } from '../volume/volume.ts';

/**
 * The network as it predicts: `image` [N, channels, K, J, I] to `probabilities` [N, outputs, K, J, I]: a sigmoid for one
 * output, a softmax over background and classes for several.
 *
 * @param patch along i, j, k
 */
export function inferenceProgram(options: NetworkOptions, patch: Triple, batch = 1): Program {
  const b = new GraphBuilder();
  const image = b.input('image', [batch, options.channels, patch[2], patch[1], patch[0]]);
  const logits = network(b, image, networkState('inference', options));
  return b.program({ probabilities: options.outputs === 1 ? b.sigmoid(logits) : b.softmax(logits, 1) });
}
