import { GraphBuilder } from '../../src/graph/builder.ts';
import { elementCount, type Program, parametersOf } from '../../src/graph/program.ts';
import { network } from '../../src/network/network.ts';
import type { NetworkOptions } from '../../src/network/options.ts';
import { type NetworkMode, networkState } from '../../src/network/state.ts';

/** The network's program on a batch of patches (i, j, k). */
export function buildNetwork(
  options: NetworkOptions,
  patch: readonly [number, number, number],
  mode: NetworkMode = 'training',
  batch = 1,
) {
  const b = new GraphBuilder();
  const state = networkState(mode, options);
  const image = b.input('image', [batch, options.channels, patch[2], patch[1], patch[0]]);
  const logits = network(b, image, state);
  return { program: b.program({ logits }), logits, state };
}

export function parameterCount(program: Program, role: 'weight' | 'statistic'): number {
  return parametersOf(program, role).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** What the convolutions compute, a multiplication and an addition counted as two, in 10^9. */
export function gigaflopsOf(program: Program): number {
  const multiplications = program.nodes.map(({ op, inputs, shape }) => {
    if (op.kind !== 'convolution' && op.kind !== 'transposedConvolution') return 0;
    const [x, w] = inputs.map((id) => program.nodes[id]?.shape ?? []);
    // Each tap of the kernel is used once a voxel of the smaller image.
    const smaller = op.kind === 'convolution' ? shape : (x ?? []);
    return elementCount(w ?? []) * elementCount(smaller.slice(2));
  });
  return (2 * multiplications.reduce((sum, count) => sum + count, 0)) / 1e9;
}
