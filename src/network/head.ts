import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { Shape } from '../graph/op.ts';
import { addBias, convolution, tensorOrder } from './convolutions.ts';
import { heNormal, type NetworkOptions } from './options.ts';

/**
 * The network's head: a transposed convolution with the stem's stride as kernel and stride, a bias and ReLU, where the stem has a
 * stride; then a 1x1x1 convolution to the outputs.
 *
 * Where kernel and stride are equal, output voxel s m + r (phase r in 0 … s - 1) depends on input voxel m and the kernel's tap r
 * alone: all phases are one 1x1x1 convolution. Everything that follows works voxel by voxel, so that the phases may stay
 * samples of a small image up to the very end, and only the outputs are interleaved: one channel for 48 at full resolution.
 * It is the same function of the same parameters (NAME.weight [channels in, filters, k, k, k] as of any transposed convolution).
 *
 * @param x [N, C, K, J, I] at the resolution behind the stem
 * @returns logits [N, outputs, K, J, I] at the resolution before it
 */
export function head(b: GraphBuilder, x: Value, options: NetworkOptions, { bias }: { bias: boolean }): Value {
  const strides = tensorOrder(options.stemStride);
  const phases = strides.reduce((product, stride) => product * stride, 1);
  const raised = phases === 1 ? x : raisedPhases(b, x, options.initialFilters, strides);
  const convolved = convolution(b, raised, options.outputs, [1, 1, 1], 'head.weight');
  const outputs = bias ? addBias(b, convolved, 'head') : convolved;
  return phases === 1 ? outputs : interleaved(b, outputs, strides);
}

/** ReLU of the transposed convolution, before interleaving: [N phases, filters, …], all phases of a sample one after the other. */
function raisedPhases(b: GraphBuilder, x: Value, filters: number, strides: Shape): Value {
  const [n, channels, ...spatial] = x.shape as [number, number, number, number, number];
  const name = 'head.upsample';
  const shape = [channels, filters, ...strides];
  const weight = b.parameter(`${name}.weight`, shape, heNormal(shape));
  const phases = strides.reduce((product, stride) => product * stride, 1);
  const phaseFirst = b.reshape(b.transpose(weight, [2, 3, 4, 1, 0]), [phases * filters, channels, 1, 1, 1]);
  const folded = b.reshape(b.convolution(x, phaseFirst), [n * phases, filters, ...spatial]);
  return b.relu(addBias(b, folded, name));
}

/** [N phases, C, k, j, i] to [N, C, k sk, j sj, i si]. */
function interleaved(b: GraphBuilder, x: Value, [sk, sj, si]: Shape): Value {
  const [all, channels, k, j, i] = x.shape as [number, number, number, number, number];
  const [strideK, strideJ, strideI] = [sk as number, sj as number, si as number];
  const n = all / (strideK * strideJ * strideI);
  const separate = b.reshape(x, [n, strideK, strideJ, strideI, channels, k, j, i]);
  const beside = b.transpose(separate, [0, 4, 5, 1, 6, 2, 7, 3]);
  return b.reshape(beside, [n, channels, k * strideK, j * strideJ, i * strideI]);
}
